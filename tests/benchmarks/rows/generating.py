"""Writing everything that follows from a spec, and checking that it is fresh, against other generators and a floor."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.benchmarks.corpus import SPEC
from tests.benchmarks.machine import machine
from tests.benchmarks.measure import Work, interleave, of_command, told
from tests.benchmarks.results import Row, at_most, lines

__all__ = ["run"]

_ROUNDS: Final = 9
_ROOT: Final = SPEC.parents[1]
_PEERS: Final = _ROOT / ".venv-bench" / "generators" / "bin"
_DOCUMENT: Final = _ROOT / "generated" / "openapi" / "ttapi-images.json"

_HOW: Final = """\
- Every side is a whole command in a process of its own; what is told is its processor time, with all it starts.
- safelight generate: `safelight generate spec/ttapi-images.yaml --out FOLDER`: client, OpenAPI, JSON Schemas. The
  folder holds its output from the round before, as in daily use; `--check` compares and writes nothing.
- datamodel-codegen: pydantic models and the httpx2 client from our OpenAPI document, `--formatters builtin`, its
  fastest, and no timestamp; `--check` is its own.
- openapi-python-client: `generate` from the same document, `--overwrite`, ruff as its hook, which is its default.
- All run once before anything is measured, so that what Python keeps of modules, and Safelight of its templates, is in
  place, as in daily use.
- floor: `python -c` that imports yaml and jinja2 and parses the spec with libyaml.
"""

_FLOOR: Final = "import jinja2, yaml; yaml.load(open({0!r}, 'rb'), yaml.CSafeLoader)"


def run() -> Row:
    """Measure."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        os.environ["PATH"] = f"{_PEERS}{os.pathsep}{os.environ['PATH']}"  # where a peer looks for its formatter
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # in daily use, compiled files are in place
        sides = _sides(here)
        for work in sides.values():
            work()
        found = interleave(sides, _ROUNDS, measure=told, repeat=False)
    ours, check = "safelight generate", "safelight generate --check"
    return Row(
        name="generating",
        title="Generating everything from one spec",
        how=_HOW,
        lines=(
            *lines(
                "generate",
                found,
                ours,
                {"datamodel-codegen": at_most(0.5), "openapi-python-client": at_most(0.5), "floor": at_most(5)},
            ),
            *lines("check", found, check, {"datamodel-codegen --check": at_most(0.5), "floor": at_most(3)}),
        ),
        machine=machine(),
        versions=_versions(),
    )


def _sides(here: Path) -> dict[str, Work]:
    ours = (str(Path(sys.executable).with_name("safelight")), "generate", str(SPEC), "--out", "ours")
    models = (
        *(str(_PEERS / "datamodel-codegen"), "--input", str(_DOCUMENT), "--input-file-type", "openapi"),
        *(
            "--output",
            "made/models",
            "--output-model-type",
            "pydantic_v2.BaseModel",
            "--openapi-scopes",
            "schemas",
            "api",
        ),
        *("--generate-client", "httpx2", "--client-output", "made/client", "--client-package", "made.client"),
        *("--client-model-package", "made.models", "--target-python-version", "3.11"),
        *("--formatters", "builtin", "--disable-timestamp"),
    )
    client = (
        *(str(_PEERS / "openapi-python-client"), "generate", "--path", str(_DOCUMENT)),
        *("--output-path", "client", "--overwrite"),
    )
    floor = (sys.executable, "-c", _FLOOR.format(str(SPEC)))
    commands = {
        "safelight generate": ours,
        "safelight generate --check": (*ours, "--check"),
        "datamodel-codegen": models,
        "datamodel-codegen --check": (*models, "--check"),
        "openapi-python-client": client,
        "floor": floor,
    }
    (here / "made").mkdir()
    return {name: partial(of_command, command, here) for name, command in commands.items()}


def _versions() -> dict[str, str]:
    """The versions in the environment of the peers, which is another than this one."""
    script = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    names = ("datamodel-code-generator", "openapi-python-client")
    command = [str(_PEERS / "python"), "-c", script, *names]
    told_of = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return dict(zip(names, told_of, strict=True))
