"""Snippets run as they are pasted, and do what the request did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import Spec
from safelight.shipped import shipped
from safelight_mockserver import Fake, Options, fake, running
from safelight_mockserver.control import ROOT
from safelight_mockserver.control.snippets import Outcome, Snippets, snippets

SPECS = Path(__file__).parents[2] / "specs"
WRONG = {"model": "dall-e-3", "prompt": 'it\'s a "fox"\n$HOME `x` {y} \\', "n": 3, "user": "é狐"}
RULES = ("generate.n.maximum@dall-e-3",)


def written(spec: Spec, base: str, body: object = WRONG) -> Snippets:
    """Write the request for the only operation of a spec."""
    (operation,) = spec.operations.values()
    return snippets(spec, operation, body, base, Outcome(400, RULES))


def bodies(app: Fake) -> list[Any]:
    """Return what the fake was sent."""
    import asyncio

    return [json.loads(entry.body or b"") for entry in asyncio.run(app.state.entries())]


@pytest.mark.parametrize("spec_name", ["ttapi", "xai"])
def test_the_python_code_sends_the_request(spec_name: str, request: pytest.FixtureRequest) -> None:
    """To the same address, with the key from the environment."""
    spec: Spec = request.getfixturevalue(spec_name)
    app = fake(spec, Options(images="tiny", api_key="from-the-environment"))
    with running(app) as base:
        result = subprocess.run(
            [sys.executable, "-c", written(spec, base).python],
            env=os.environ | {spec.key_variable: "from-the-environment"},
            check=True,
            capture_output=True,
            text=True,
        )
    assert bodies(app) == [WRONG]
    assert not result.stdout.startswith("401")


def test_the_curl_command_sends_the_request(ttapi: Spec) -> None:
    """Quotes, line breaks and what a shell would expand arrive as they were."""
    if shutil.which("curl") is None:
        assert "CI" not in os.environ, "curl is missing"
        pytest.skip("there is no curl")
    app = fake(ttapi, Options(images="tiny", api_key="from-the-environment"))
    with running(app) as base:
        environment = os.environ | {ttapi.key_variable: "from-the-environment"}
        subprocess.run(["sh", "-c", written(ttapi, base).curl], env=environment, check=True, capture_output=True)
    assert bodies(app) == [WRONG]


@pytest.mark.parametrize(
    ("outcome", "passed"), [(Outcome(400, RULES), 0), (Outcome(400, ()), 1), (Outcome(200, ()), 1)]
)
def test_the_test_passes_where_the_fake_does_the_same_again_and_fails_where_not(
    outcome: Outcome, passed: int, ttapi: Spec, tmp_path: Path
) -> None:
    """A request of the log becomes a regression test."""
    (operation,) = ttapi.operations.values()
    code = snippets(ttapi, operation, WRONG, "http://fake/v1", outcome).pytest
    (tmp_path / "test_pasted.py").write_text(code, "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pasted.py"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == passed, result.stdout


@pytest.mark.parametrize("folder", ["", 'spécs of "mine"'])
def test_the_test_finds_a_spec_of_one_s_own(folder: str, tmp_path: Path) -> None:
    """The page names it by the path that the fake was started with, where a name would lead nowhere."""
    path = tmp_path / folder / "my-api.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text((SPECS / "xai-images.yaml").read_text("utf-8"), "utf-8")
    with running(fake(path, Options(images="tiny"))) as base:
        asked = {"operation": "generate", "body": {"prompt": 1}}
        code = httpx2.post(f"{base.removesuffix('/v1')}{ROOT}/validate", json=asked).json()["code"]["pytest"]
    (tmp_path / "test_pasted.py").write_text(code, "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pasted.py"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "named"),
    [
        pytest.param(None, "ttapi-images", id="no file"),
        pytest.param(shipped()["ttapi-images"], "ttapi-images", id="shipped"),
        pytest.param(Path("apis/ttapi-images.yaml"), "apis/ttapi-images.yaml", id="a copy"),
    ],
)
def test_a_shipped_spec_goes_by_its_name_and_any_other_by_its_path(path: Path | None, named: str, ttapi: Spec) -> None:
    """As it was named when the fake was started."""
    (operation,) = ttapi.operations.values()
    code = snippets(ttapi, operation, WRONG, "http://fake/v1", Outcome(400, RULES), path=path).pytest
    assert f'@pytest.mark.safelight(spec="{named}")' in code


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(body=JSON)
def test_whatever_the_body_the_code_compiles_and_holds_it(ttapi: Spec, body: object) -> None:
    """Any JSON value can be pasted into a file."""
    code = written(ttapi, "http://fake/v1", body)
    for text in (code.python, code.pytest):
        compile(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "pasted.py", "exec")
    namespace: dict[str, Any] = {}
    lines = code.python.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("body = "))
    end = next(place for place, line in enumerate(lines) if line.startswith("headers = "))
    exec("\n".join(lines[start:end]), namespace)
    assert namespace["body"] == body
