"""What a server tells, where it can tell it and where it cannot."""

from __future__ import annotations

import errno
import io
import json
import sys
from typing import Final

import pytest

from safelight_mockserver import Entry
from safelight_mockserver.serving.voice import Voice

ENTRY: Final = Entry(id="req_1", at=0.0, verb="GET", path="/ü✓", body=b"", status=404, violations=())


def broken(number: int) -> Voice:
    """A voice of which nothing can be written."""

    def fail(_text: str) -> None:
        raise OSError(number, "trouble")

    return Voice(fail, fail, as_json=False)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_disk_that_is_full_is_told_once_and_ends_no_server(*, as_json: bool) -> None:
    """Clients have no part in it: their requests are answered as before."""
    tries: list[str] = []
    warned: list[str] = []

    def full(text: str) -> None:
        tries.append(text)
        raise OSError(errno.ENOSPC, "No space left on device")

    voice = Voice(full, warned.append, as_json=as_json)
    voice.request(ENTRY)
    voice.request(ENTRY)

    (warning,) = warned
    assert "requests are no longer told: No space left on device" in warning
    assert len(tries) == 1
    assert not as_json or json.loads(warning)["event"] == "warning"


def test_a_reader_that_has_left_is_not_missed() -> None:
    """As of `safelight serve … | head`."""
    warned: list[str] = []

    def left(_text: str) -> None:
        raise BrokenPipeError

    Voice(left, warned.append, as_json=False).request(ENTRY)

    assert warned == []


def test_what_can_be_told_nowhere_is_not_told() -> None:
    """A warning that cannot be written is no reason to fail; a server that cannot say where it is, is."""
    voice = broken(errno.ENOSPC)
    voice.warn("the port is taken")
    voice.request(ENTRY)

    with pytest.raises(OSError, match="trouble"):
        voice.tell("it is at http://127.0.0.1:8080/v1")


@pytest.mark.parametrize(("encoding", "path"), [("utf-8", "/ü✓"), ("latin-1", "/ü\\u2713"), ("ascii", "/\\xfc\\u2713")])
def test_letters_that_a_stream_does_not_have_are_escaped(
    encoding: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path may have any letter, and a worker has the stream that its parent was given."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    voice = Voice(as_json=False)

    voice.request(ENTRY)
    voice.warn("at /ü✓")

    for stream in (out, err):
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        assert path in buffer.getvalue().decode(encoding)
