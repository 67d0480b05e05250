"""Clients that send requests before they have answers: answered in turn, and not waited for once they have left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from safelight_mockserver import Fake, fake, running

from .sockets import connected, everything, post, wait_until

SPEC: Final = Path(__file__).resolve().parents[2] / "spec" / "ttapi-images.yaml"
STREAM: Final = {"model": "gpt-image-1", "prompt": "a fox", "stream": True}
CLOSE: Final = b"Connection: close\r\n"


def ends(app: Fake) -> list[str]:
    """How the answers ended, or that they have not."""
    return [entry.end for entry in asyncio.run(app.state.entries())]


@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_a_client_that_leaves_is_noticed_however_many_requests_it_has_sent(waiting: int) -> None:
    """The stream that it was getting ends at once; what it had sent beyond is not begun."""
    app = fake(SPEC)
    request = post(STREAM, ("X-Safelight-Fault", "stream-pauses; seconds=600")).replace(CLOSE, b"")
    with running(app) as url:
        with connected(url) as connection:
            connection.sendall(request * (1 + waiting))
            wait_until(lambda: ends(app) == ["open"])
        wait_until(lambda: ends(app) == ["left"])


def test_requests_that_were_sent_at_once_are_answered_in_their_order() -> None:
    """Each with what belongs to it."""
    app = fake(SPEC)
    models = ["dall-e-2", "dall-e-3", "dall-e-2"]
    first, second = (post({"model": model, "prompt": "a fox"}).replace(CLOSE, b"") for model in models[:2])
    with running(app) as url, connected(url) as connection:
        connection.sendall(first + second + post({"model": models[2], "prompt": "a fox"}))
        came = everything(connection)

    assert came.count(b"HTTP/1.1 200 OK") == 3
    assert [entry.model for entry in asyncio.run(app.state.entries())] == models
    assert [entry.id.encode() in came for entry in asyncio.run(app.state.entries())] == [True] * 3
