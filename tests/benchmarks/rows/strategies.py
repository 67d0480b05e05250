"""Drawing valid bodies with Hypothesis, against what one writes by hand and what a schema alone gives."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final

from tests.benchmarks.corpus import SPEC
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import Rounds, Work, interleave, seconds, told
from tests.benchmarks.results import Line, Row, at_least, lines
from tests.benchmarks.strategies import EXAMPLES, NATURAL, OURS, drawing, measured, sides

__all__ = ["run"]

_ROUNDS: Final = 9
_FEW: Final = 60
_ROOT: Final = SPEC.parents[1]
_SCHEMA: Final = _ROOT / "generated" / "jsonschema" / "ttapi-images" / "generate.json"
_OLDER: Final = "hypothesis-jsonschema"

_HOW: Final = f"""\
- Ours: `safelight_testkit.strategies.valid`. Natural form: `fixed_dictionaries` with optional keys for each model, its
  rules as filters (`tests/benchmarks/strategies.py`). Both draw {EXAMPLES} examples in each round; every one is valid.
- hypothesis-jsonschema: `from_schema` on the exported JSON Schema of all models. Its newest release fails with today's
  Hypothesis, so it runs in a process of its own with the last one that it works with; it is asked for {_FEW} examples
  in each round, after the time that it takes to build, and so is ours. Some of its examples break what a schema cannot
  say.
"""


def run() -> Row:
    """Measure."""
    found = list(lines("examples a second", _rates(measured(_ROUNDS), EXAMPLES), OURS, {NATURAL: at_least(2)}, "/s"))
    found += _against_schema()
    return Row(
        name="strategies",
        title="Drawing valid bodies with Hypothesis",
        how=_HOW,
        lines=tuple(found),
        machine=machine(),
        versions=versions("hypothesis") | _pinned(),
    )


def _rates(took: Rounds, examples: int) -> Rounds:
    return {name: tuple(examples / one for one in each) for name, each in took.items()}


def _against_schema() -> tuple[Line, ...]:
    ours = drawing(sides()[OURS], _FEW)
    with _older_hypothesis() as process:
        both: dict[str, Work] = {OURS: partial(seconds, ours), _OLDER: partial(_asked, process)}
        took = interleave(both, 5, measure=told, repeat=False)
    return lines("examples a second, from the schema", _rates(took, _FEW), OURS, {_OLDER: at_least(10)}, "/s")


@contextmanager
def _older_hypothesis() -> Generator[subprocess.Popen[str]]:
    python = _ROOT / ".venv-bench" / "older-hypothesis" / "bin" / "python"
    script = Path(__file__).parents[1] / "peers" / "schema_strategies.py"
    command = [str(python), str(script), str(_SCHEMA)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        _end(process.stdin).close()


def _asked(process: subprocess.Popen[str]) -> float:
    """Have the other process draw, and take the processor time that it tells."""
    asking = _end(process.stdin)
    asking.write(f"{_FEW}\n")
    asking.flush()
    answer = _end(process.stdout).readline()
    if not answer:
        raise RuntimeError(f"{_OLDER} gave up with exit code {process.wait()}")
    return float(answer)


def _end(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("a process without pipes cannot be asked")
    return pipe


def _pinned() -> dict[str, str]:
    text = (Path(__file__).parents[1] / "requirements" / "older-hypothesis.txt").read_text("utf-8")
    pins = dict(line.split("==", 1) for line in text.splitlines() if "==" in line)
    return {_OLDER: pins[_OLDER], "hypothesis beside it": pins["hypothesis"]}
