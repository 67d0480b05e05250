"""What the validator and the decoder cost, counted in instructions and bytes: the machine's mood is no part of it.

The ceilings are multiples of what a function by hand costs in the same interpreter, because instructions differ from
one Python to the next.  Whoever makes something cheaper lowers its ceiling.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.benchmarks.operations import Cost, cost_of, decoding, event_stream
from ttapi_images._sse import Decoder, Event

ROOT = Path(__file__).resolve().parents[3]

OLDER = sys.version_info < (3, 12)  # later Pythons have other instructions, of which ours take a little more

VALID = 1.09 if OLDER else 1.15
"""A valid body, against the function by hand."""

FAULTY = 2.5 if OLDER else 2.65
"""A body with one fault, with its message, against a function by hand that makes none."""

CHUNK = 0.35
"""A chunk of 1.4 kB of a stream, against a valid body by hand."""

SEARCHED = 2.2
"""How often each byte of a stream may be looked at: once for LF, once for CR, and the lines that are no data again."""


@pytest.fixture(scope="module")
def costs() -> Mapping[str, Cost]:
    """What everything costs, counted in a process of its own: in this one a debugger or a coverage tool may look on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    counted = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.operations"],
        cwd=ROOT,
        env=environment | {"PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    return {name: Cost(**cost) for name, cost in json.loads(counted.stdout).items()}


def test_judging_a_valid_body_stays_cheap(costs: Mapping[str, Cost]) -> None:
    """A legal call is checked for little more than a careful person's own checks would cost."""
    assert costs["validator, valid"].instructions <= VALID * costs["by hand, valid"].instructions


def test_judging_a_faulty_body_stays_cheap(costs: Mapping[str, Cost]) -> None:
    """Telling a fault in full costs a bounded multiple of merely finding it."""
    assert costs["validator, faulty"].instructions <= FAULTY * costs["by hand, faulty"].instructions


@pytest.mark.parametrize("chunk", [1400, 65536])
def test_decoding_grows_with_the_stream_and_no_faster(costs: Mapping[str, Cost], chunk: int) -> None:
    """Ten times the bytes take at most ten times the instructions, and no byte is searched again and again."""
    small, large = costs[f"decoder, 100000, {chunk}"], costs[f"decoder, 1000000, {chunk}"]

    assert large.instructions <= 10 * small.instructions
    assert large.searched <= SEARCHED * len(event_stream(1_000_000))


def test_a_chunk_of_a_stream_stays_cheap(costs: Mapping[str, Cost]) -> None:
    """What a stream costs beside its bytes is little for each chunk that the network delivers."""
    chunks = len(event_stream(1_000_000)) / 1400
    by_hand = costs["by hand, valid"].instructions / 200

    assert costs["decoder, 1000000, 1400"].instructions / chunks <= CHUNK * by_hand


class Rescanning(Decoder):
    """A decoder with the usual fault: it searches all that it holds for each chunk."""

    def feed(self, chunk: bytes) -> Iterable[Event]:
        """Search first, and decode then."""
        self._line.find(b"\n\n")
        return super().feed(chunk)


def test_a_decoder_that_searches_its_buffer_again_is_noticed() -> None:
    """The count of searched bytes sees what C does; the check above can fail."""
    stream = event_stream(100_000)

    assert cost_of(decoding(Decoder, stream, 1400)).searched <= SEARCHED * len(stream)
    assert cost_of(decoding(Rescanning, stream, 1400)).searched > SEARCHED * len(stream)


def test_a_validator_that_judges_twice_is_noticed(costs: Mapping[str, Cost]) -> None:
    """The count of instructions follows the work; the check of valid bodies can fail."""
    twice = costs["validator, twice, valid"].instructions

    assert twice > 1.9 * costs["validator, valid"].instructions
    assert twice > VALID * costs["by hand, valid"].instructions


def test_a_validator_that_seeks_what_nobody_asked_for_is_noticed(costs: Mapping[str, Cost]) -> None:
    """To find the nearest legal value with each fault costs more than a fault may; that check can fail, too."""
    assert costs["validator that seeks, faulty"].instructions > FAULTY * costs["by hand, faulty"].instructions


def test_the_same_work_costs_the_same_every_time() -> None:
    """A count is no measurement: it does not depend on what else the machine does."""
    work = decoding(Decoder, event_stream(10_000), 1400)

    assert cost_of(work) == cost_of(work)
