"""What serving promises: a port that answers, and a clear word where there can be none."""

from __future__ import annotations

import errno
import json
import shlex
import socket
from pathlib import Path

import httpx2
import pytest

from safelight import Spec, loads, violations
from safelight_mockserver import Options, fake, running, serve
from safelight_mockserver.serving.banner import banner

from .conftest import ROOT

SPEC = ROOT / "spec" / "ttapi-images.yaml"


def refused_to_serve(path: Path | str, host: str = "127.0.0.1", port: int = 0) -> str:
    """Return what `serve` says when it cannot start."""
    told: list[str] = []
    warned: list[str] = []
    assert serve(path, host=host, port=port, tell=told.append, warn=warned.append) == 2
    assert told == []
    (warning,) = warned
    return warning


def test_a_shipped_spec_is_served_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has installed the wheel has no file to name."""
    monkeypatch.chdir(tmp_path)
    source = fake("ttapi-images").source
    assert source.current().name == "ttapi-images"
    assert source.path is not None
    assert source.path.is_file()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "is taken" in refused_to_serve("ttapi-images", port=taken.getsockname()[1])


def test_a_fake_runs_from_a_thread_for_as_long_as_it_is_wanted(ttapi: Spec) -> None:
    """On a free port of this machine only; afterwards nobody answers there."""
    with running(fake(ttapi)) as url:
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/v1")
        assert httpx2.post(f"{url}/images/generations", json={}).status_code == 401
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(f"{url}/images/generations", json={})


def test_two_fakes_run_side_by_side(ttapi: Spec, xai: Spec) -> None:
    """Each on a port of its own."""
    with running(fake(ttapi)) as first, running(fake(xai)) as second:
        assert first != second
        names = [httpx2.get(f"{url.removesuffix('/v1')}/health").json()["spec"] for url in (first, second)]
    assert names == ["ttapi-images", "xai-images"]


def test_a_port_that_is_taken_is_told_in_one_line(ttapi: Spec) -> None:
    """With what to do about it."""
    with running(fake(ttapi)) as url:
        port = int(url.removesuffix("/v1").rpartition(":")[2])
        warning = refused_to_serve(SPEC, port=port)
    assert warning == f"port {port} of 127.0.0.1 is taken; choose another with --port, or --port 0 for any that is free"


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_of_this_machine_is_told_in_one_line(host: str) -> None:
    """No traceback for a typing error."""
    warning = refused_to_serve(SPEC, host=host)
    assert warning.startswith(f"cannot listen at {host}, port 0: ")
    assert "\n" not in warning


def test_a_port_that_is_reserved_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for whoever is not root."""

    def bind(_socket: socket.socket, _address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    assert refused_to_serve(SPEC, port=80) == "port 80 of 127.0.0.1 is not for everyone: ports from 1024 on are"


def test_a_broken_spec_is_told_with_its_places(tmp_path: Path) -> None:
    """As `safelight lint` would; so is one that is not there."""
    path = tmp_path / "api.yaml"
    assert str(path) in refused_to_serve(path)
    path.write_text("safelight: 1", encoding="utf-8")
    assert f"{path}:1:1: error[" in refused_to_serve(path)


def test_the_banner_says_what_is_enforced_and_what_is_not(ttapi: Spec) -> None:
    """Nobody takes a rule for kept that is switched off."""
    plain = banner(ttapi, "api.yaml", "http://127.0.0.1:8080/v1", Options())
    assert "http://127.0.0.1:8080/v1\n" in plain
    assert " documented enforced, 4 observed not" in plain
    everything = Options(basis=("documented", "observed"), ignore=("generate.n.maximum", "generate.nothing"))
    assert "4 observed enforced, 1 ignored by id" in banner(ttapi, "api.yaml", "http://x/v1", everything)


def test_the_banners_example_is_a_call_that_works(ttapi: Spec) -> None:
    """With the key that is needed, which is not in the text: a shell fills it in."""
    options = Options(api_key="the key")
    with running(fake(ttapi, options)) as url:
        text = banner(ttapi, "api.yaml", url, options)
        assert "the key" not in text
        filled = text.replace("$SAFELIGHT_API_KEY", "the key")
        (line,) = [line for line in filled.splitlines() if line.startswith("  try")]
        _, _, address, *arguments = shlex.split(line)
        headers = {name: value for name, _, value in (one.partition(": ") for one in arguments[1:-1:2])}
        reply = httpx2.post(address, headers=headers, content=arguments[-1])
    assert reply.status_code == 200


def test_an_api_of_another_shape_gets_no_example_that_fails() -> None:
    """A call that lacks what must be sent, or an SDK that calls another path, would only be refused."""
    text = (ROOT / "tests" / "unit" / "spec" / "tiny.yaml").read_text(encoding="utf-8")
    spec = loads(text[: text.index("    rules:")] + text[text.index("    response:") :])
    told = banner(spec, "api.yaml", "http://x/v1", Options())
    (operation,) = spec.operations.values()
    (line,) = [line for line in told.splitlines() if line.startswith("  try")]
    assert violations(spec, operation, json.loads(shlex.split(line)[-1])) == ()
    assert "OPENAI" not in told


def test_an_api_without_bearer_keys_or_rules_has_a_banner_too(ttapi: Spec) -> None:
    """No example for programs that can only send bearer keys."""
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text(encoding="utf-8")
    spec = loads(text.replace("  - bearer\n", ""))
    assert ttapi.auth != spec.auth
    told = banner(spec, "api.yaml", "http://x/v1", Options())
    assert "TT-API-KEY: any-key" in told
    assert "OPENAI" not in told


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": ""},
        {"api_key": "schlüssel"},
        {"secret": b"short"},
        {"basis": ("observed",)},
        {"basis": ("documented", "rumoured")},
        {"body_limit": 0},
        {"public_url": "fake.example"},
        {"public_url": "ftp://fake.example"},
    ],
    ids=repr,
)
def test_an_option_that_cannot_work_is_refused(options: dict[str, object]) -> None:
    """At once, not when the first request comes."""
    with pytest.raises(ValueError, match=r"."):
        Options(**options)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - wrong on purpose
