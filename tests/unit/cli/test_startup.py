"""A command loads what it needs and nothing else, so that each starts as fast as it can.

Modules are counted, not seconds: the same on every machine.
"""

import subprocess
import sys

import pytest

HEAVY = {
    "PIL",
    "httpx2",
    "jinja2",
    "rich",
    "safelight_codegen",
    "safelight_mockserver",
    "starlette",
    "uvicorn",
    "yaml",
}
COUNT = (
    "import sys\n"
    "from safelight.cli import main\n"
    "try:\n"
    "    main({words!r})\n"
    "finally:\n"
    "    print(*sorted({{name.partition('.')[0] for name in sys.modules}}), file=sys.stderr)\n"
)


def loaded(*words: str) -> set[str]:
    """The top-level modules that a command has loaded when it ends."""
    result = subprocess.run(
        [sys.executable, "-c", COUNT.format(words=words)], capture_output=True, text=True, check=False
    )
    return set(result.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", [("--help",), ("--version",), ()], ids=["help", "version", "nothing"])
def test_help_loads_no_library_but_click(words: tuple[str, ...]) -> None:
    """Neither a YAML parser nor a server stands between a user and the list of commands."""
    assert loaded(*words) & HEAVY == set()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("lint", "ttapi-images"), id="lint"),
        pytest.param(("test-spec", "ttapi-images"), id="test-spec"),
        pytest.param(("validate", "ttapi-images", "generate", "/dev/null"), id="validate"),
        pytest.param(("explain", "ttapi-images", "n"), id="explain"),
        pytest.param(("lint", "--format", "json", "ttapi-images"), id="json"),
    ],
)
def test_reading_a_spec_needs_only_yaml(words: tuple[str, ...]) -> None:
    """In a pipe, as in an editor or in CI, nothing is drawn, so the library that draws is not loaded."""
    assert loaded(*words) & HEAVY == {"yaml"}


def test_importing_the_package_costs_nothing() -> None:
    """The public names are fetched when they are used."""
    code = "import safelight, sys; print(*(name for name in sys.modules if name.startswith('safelight.')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == []
