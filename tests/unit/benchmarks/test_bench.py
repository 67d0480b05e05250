"""``make bench``: sides take turns, rows stand for themselves, and the servers' client counts what it should."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from safelight import loads
from safelight.judging.interpret import violations
from tests.benchmarks.__main__ import measured, merged
from tests.benchmarks.corpus import corpus, first_api
from tests.benchmarks.load import request, send
from tests.benchmarks.measure import interleave, told
from tests.benchmarks.peers import by_hand
from tests.benchmarks.registry import ROWS, chosen
from tests.benchmarks.results import Row
from tests.benchmarks.rows import growth
from ttapi_images import validators

ROWS_FOLDER = Path(growth.__file__).parent


def test_every_row_is_a_module_and_every_module_a_row() -> None:
    """What is written is measured, and what is listed exists."""
    assert {path.stem for path in ROWS_FOLDER.glob("[!_]*.py")} == set(ROWS)


def test_rows_are_chosen_by_name_and_measured_in_the_order_of_the_table() -> None:
    """``ONLY=growth,validator`` and ``ONLY="growth validator"`` are the same."""
    assert chosen("growth,validator") == chosen("growth validator") == ("validator", "growth")
    assert chosen("") == ROWS


def test_an_unknown_row_is_refused_with_the_names_that_there_are() -> None:
    """A slip of the pen measures nothing by accident."""
    with pytest.raises(ValueError, match="there is no row grwth; there are validator, "):
        chosen("grwth")


def test_sides_take_turns_in_every_round() -> None:
    """Each side is measured once a round, after a round that does not count, and never always in the same place."""
    order: list[str] = []

    def side(name: str) -> Callable[[], float]:
        def work() -> float:
            order.append(name)
            return 1.0

        return work

    found = interleave({name: side(name) for name in "abc"}, 6, measure=told, repeat=False)

    assert found == {"a": (1.0,) * 6, "b": (1.0,) * 6, "c": (1.0,) * 6}
    rounds = ["".join(order[start : start + 3]) for start in range(0, len(order), 3)]
    assert len(rounds) == 7
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert {one[0] for one in rounds} == {"a", "b", "c"}


def test_a_row_that_fails_is_told_and_takes_no_other_with_it() -> None:
    """The reason comes from the row's own process; it names no place on this machine."""
    failed = measured("no_such_row")

    assert "No module named 'tests.benchmarks.rows.no_such_row'" in failed.failure
    assert str(Path(__file__).resolve().parents[3]) not in failed.failure


def test_a_row_that_takes_too_long_is_stopped() -> None:
    """An unattended run ends."""
    assert measured("growth", longest=0.01).failure == "not done after 0.01 s"


def test_a_row_measured_again_takes_the_place_of_its_older_self() -> None:
    """The other rows stay as they were, in the order of the table."""
    old = (Row(name="validator", title="old"), Row(name="growth", title="old"))

    rows = merged(merged(old, Row(name="growth", title="new")), Row(name="call", title="new"))

    assert [(row.name, row.title) for row in rows] == [("validator", "old"), ("call", "new"), ("growth", "new")]


def test_the_bodies_of_the_validators_are_what_they_are_said_to_be() -> None:
    """Valid ones break nothing; faulty ones break the named constraint alone; no constraint is left out."""
    spec, operation = first_api()
    bodies = corpus()

    assert len(bodies.valid) == len(bodies.faulty) == 1000
    assert all(violations(spec, operation, body) == () for body in bodies.valid)
    told_of = [tuple(one.rule for one in violations(spec, operation, body)) for body in bodies.faulty]
    assert told_of == [(name,) for name in bodies.broken]
    assert len(set(bodies.broken)) > 50


def test_the_function_by_hand_and_the_compiled_validator_agree() -> None:
    """What is compared keeps to the same rules: one verdict on every body."""
    bodies = corpus(400)

    for body in (*bodies.valid, *bodies.faulty):
        assert bool(by_hand.validate(body)) is bool(validators.generate(body))


def test_a_grown_spec_has_so_many_times_the_models_and_rules() -> None:
    """What grows is what is said to grow, and the grown spec is sound."""
    (small,) = loads(growth.spec_text(1), "small.yaml").operations.values()
    grown = loads(growth.spec_text(5), "grown.yaml")
    (operation,) = grown.operations.values()

    assert len(grown.models) == 5 * 5
    assert len(operation.rules) == 5 * len(small.rules)


@pytest.mark.parametrize(("power", "slope"), [(0, 0.0), (1, 1.0), (2, 2.0)])
def test_the_exponent_of_a_cost_is_found(power: int, slope: float) -> None:
    """Constant, linear and quadratic costs are told apart."""
    costs = tuple(0.5 * size**power for size in (1, 10, 100))

    assert growth.exponent(costs) == pytest.approx(slope)


@contextmanager
def answering(answer: bytes) -> Generator[int]:
    """A server that sends the same bytes, in two pieces, for each request that comes; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):  # the client leaves when its time is over
                while connection.recv(65536):
                    connection.sendall(answer[:40])
                    connection.sendall(answer[40:])

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize("answer", [pytest.param(COUNTED, id="length"), pytest.param(CHUNKED, id="chunks")])
def test_the_client_of_the_servers_counts_whole_answers(answer: bytes) -> None:
    """An answer counts when its last byte has come, however it is framed and cut."""
    with answering(answer) as port:
        came = send(port, [request({"prompt": "a fox"})], 1, 0.05)

    assert came.answers > 0
    assert came.rate > 0


def test_an_answer_that_is_no_success_ends_a_measurement() -> None:
    """Refusing quickly is not answering quickly."""
    refused = COUNTED.replace(b"200 OK", b"400 Bad Request")

    with answering(refused) as port, pytest.raises(RuntimeError, match=r"not an answer.*400 Bad Request"):
        send(port, [request({"prompt": "a fox"})], 1, 0.05)
