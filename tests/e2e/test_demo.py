"""What a newcomer runs first: the demo, and the command that the README shows for a terminal."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from safelight import load, violations
from safelight_mockserver import fake, running

ROOT = Path(__file__).parents[2]
SPEC = load(ROOT / "spec" / "ttapi-images.yaml")
OPERATION = SPEC.operations["generate"]


def kind_of(rule: str) -> str:
    """What kind of mistake a violated id speaks of: the keyword of a constraint, or the rule itself."""
    return rule.partition("@")[0].rpartition(".")[2]


def size_of(path: Path) -> tuple[int, int]:
    """The size of a picture."""
    with Image.open(path) as picture:
        picture.load()
        return picture.size


def demo(name: str) -> tuple[dict[str, Any], ...]:
    """A table of calls in the demo."""
    calls: tuple[dict[str, Any], ...] = runpy.run_path(str(ROOT / "examples" / "demo.py"))[name]
    return calls


def test_the_demo_runs_and_leaves_a_picture_of_everything(tmp_path: Path) -> None:
    """Exit code 0, pictures that open, all of them on the contact sheet, and nothing that still runs."""
    command = [sys.executable, str(ROOT / "examples" / "demo.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert "accepted!" not in done.stdout
    answers = re.findall(r"With(?:out a| a wrong) key the API answers (\d+)", done.stdout)
    assert answers == ["401", "401"]

    pictures = {path.name: size_of(path) for path in (tmp_path / "demo-output").iterdir()}
    sheet = pictures.pop("contact-sheet.png")
    assert f"{len(pictures)} pictures" in " ".join(done.stdout.split())
    assert {model for model in SPEC.models if any(model in name for name in pictures)} == set(SPEC.models)
    assert [name for name in sorted(pictures) if name.startswith("stream")] == [f"stream-{n}.png" for n in (1, 2, 3, 4)]
    assert pictures["1-gpt-image-2-1.png"] == (1616, 912)
    assert min(sheet) > 240


def test_the_demo_calls_every_model_in_every_form_of_answer() -> None:
    """Both forms where there are two, and none of its calls breaks a rule."""
    calls = demo("CALLS")
    assert [violations(SPEC, OPERATION, {"prompt": "a fox", **call}) for call in calls] == [()] * len(calls)
    assert {call["model"] for call in calls} == set(SPEC.models)
    forms = {(call["model"], call.get("response_format")) for call in calls if call["model"].startswith("dall-e")}
    assert forms == {(model, form) for model in ("dall-e-2", "dall-e-3") for form in ("url", "b64_json")}


def test_the_demo_makes_one_mistake_of_every_kind() -> None:
    """Each of its wrong calls breaks one constraint, and together they meet every kind, observed ones too."""
    found = [
        [one.rule for one in violations(SPEC, OPERATION, call, basis=["documented", "observed"])]
        for call in demo("REFUSED")
    ]
    assert [len(rules) for rules in found] == [1] * len(found)
    parameters = [one for table in OPERATION.tables.values() for one in table.parameters.values()]
    kinds = {kind_of(one.id) for parameter in parameters for one in parameter.constraints}
    kinds |= {kind_of(rule.id) for rule in OPERATION.rules}
    assert {kind_of(rule) for rules in found for rule in rules} >= {*kinds, "unknown_fields", "required"}


def test_the_command_in_the_readme_saves_a_picture(tmp_path: Path) -> None:
    """As it is written there, pointed at a fake by the environment alone."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^python (-m ttapi_images .*)$", readme, re.MULTILINE)
    with running(fake(SPEC)) as url:
        done = subprocess.run(
            [sys.executable, *shlex.split(line)],
            cwd=tmp_path,
            env=os.environ | {"TTAPI_BASE_URL": url, "TTAPI_API_KEY": "any"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert size_of(tmp_path / "fox.png") == (1616, 912)
