"""Importing the client costs little more than importing its HTTP library."""

import json
import subprocess
import sys


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    program = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_the_import_loads_nothing_beyond_the_http_library() -> None:
    """Neither asyncio, nor a parser of arguments, nor anything else that the HTTP library does without."""
    new = loaded_by("import httpx2, ttapi_images") - loaded_by("import httpx2")

    assert {name for name in new if name.partition(".")[0] != "ttapi_images"} == set()


def test_the_import_leaves_the_command_line_out() -> None:
    """What only the command needs is loaded by the command."""
    assert not {"ttapi_images._cli", "ttapi_images._command", "ttapi_images._progress"} & loaded_by(
        "import ttapi_images"
    )
