"""Ways to read a stream of image events, each through httpx2, down to the parsed JSON of each event."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import httpx_sse

from tests.benchmarks.answers import BODY, URL

__all__ = ["with_event_source", "with_find", "with_httpx_sse"]


def with_find(client: httpx2.Client) -> list[Any]:
    """The floor: lines found with ``bytes.find``, one data line an event, nothing else of the standard."""
    found: list[Any] = []
    pieces: list[bytes] = []
    with client.stream("POST", URL, json=BODY) as response:
        for chunk in response.iter_bytes():
            start = 0
            while (end := chunk.find(b"\n", start)) >= 0:
                pieces.append(chunk[start:end])
                line = b"".join(pieces)
                pieces.clear()
                if line.startswith(b"data: "):
                    found.append(json.loads(line[6:]))
                start = end + 1
            pieces.append(chunk[start:])
    return found


def with_event_source(client: httpx2.Client) -> list[Any]:
    """The reader of httpx2, without its bound of 1 MiB an event."""
    with client.stream("POST", URL, json=BODY) as response:
        return [json.loads(event.data) for event in httpx2.EventSource(response, max_event_size=None)]


def with_httpx_sse(client: httpx2.Client) -> list[Any]:
    """httpx-sse, which asks no more of a response than its headers and its lines."""
    with client.stream("POST", URL, json=BODY) as response:
        return [event.json() for event in httpx_sse.EventSource(response).iter_sse()]
