"""The import directions in pyproject.toml hold, and each contract notices what it forbids."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("spec", "codegen", "mockserver", "generated/python/ttapi_images")

# One forbidden import for each contract: where it is planted, and what.
PLANTS = {
    "layers": ("mockserver/safelight_mockserver/planted.py", "import safelight_codegen"),
    "floor": ("spec/safelight/planted.py", "import jinja2"),
    "readings": ("spec/safelight/model/planted.py", "import safelight.reading.nodes"),
    "language-layers": ("spec/safelight/vocabulary/planted.py", "import safelight.judging.judge"),
    "generator": ("codegen/safelight_codegen/planted.py", "import httpx2"),
    "templates": ("codegen/safelight_codegen/planted.py", "import jinja2"),
    "testkit": ("mockserver/safelight_testkit/planted.py", "import ttapi_images"),
    "strategies": ("mockserver/safelight_testkit/planted.py", "import hypothesis"),
    "wire": ("mockserver/safelight_testkit/contract/planted.py", "import httpx2"),
    "fake": ("mockserver/safelight_mockserver/planted.py", "import ttapi_images"),
    "edge": ("mockserver/safelight_mockserver/planted.py", "import starlette"),
    "python-layers": (
        "codegen/safelight_codegen/python/surface/planted.py",
        "import safelight_codegen.python.validation.choosing",
    ),
    "fake-layers": ("mockserver/safelight_mockserver/pictures/planted.py", "import safelight_mockserver.store.state"),
    "testkit-layers": ("mockserver/safelight_testkit/values/planted.py", "import safelight_testkit.requests.plain"),
    "client": ("generated/python/ttapi_images/ttapi_images/planted.py", "import safelight"),
}


def lint_imports(checkout: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Check *contracts*, or all of them, against the sources of *checkout*."""
    return subprocess.run(
        [
            *(sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
            *("--no-cache", "--no-logo"),
            *(part for contract in contracts for part in ("--contract", contract)),
        ],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(str(checkout / source) for source in SOURCES)},
        check=False,
        capture_output=True,
        text=True,
    )


def declared_contracts() -> set[str]:
    """Read the ids of the contracts in pyproject.toml."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {contract["id"] for contract in config["tool"]["importlinter"]["contracts"]}


def test_every_import_direction_is_kept() -> None:
    """Nothing in the kit or in a generated client imports what its contract forbids."""
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_planted_violation() -> None:
    """A contract without a proof that it can break is not let in."""
    assert set(PLANTS) == declared_contracts()


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_violation_breaks_its_contract(contract: str, checkout: Path) -> None:
    """Each contract, kept before, breaks when one forbidden import appears."""
    path, statement = PLANTS[contract]
    before = lint_imports(checkout, contract)
    (checkout / path).write_text(f"{statement}\n", "utf-8")
    after = lint_imports(checkout, contract)

    assert (before.returncode, after.returncode) == (0, 1), before.stdout + after.stdout + after.stderr
    assert "1 broken" in after.stdout
