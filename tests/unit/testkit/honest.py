"""Answers of an honest server, and ways to make them lie."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx2
from PIL import Image

from safelight import Spec
from safelight_mockserver import Options, fake
from safelight_mockserver.transport import AppTransport
from safelight_testkit.judging.verdict import Answer

Data = dict[str, Any]

_ANSWERS: dict[tuple[str, str], Answer] = {}
"""Drawing takes time, and the fake always answers the same."""


def server(spec: Spec, options: Options | None = None) -> httpx2.Client:
    """A client of a fake of *spec*, in process."""
    base_url = f"http://127.0.0.1{urlsplit(spec.servers[0]).path}"
    headers = {"authorization": "Bearer a-key", "content-type": "application/json"}
    return httpx2.Client(transport=AppTransport(fake(spec, options)), base_url=base_url, headers=headers)


def answer_of(response: httpx2.Response) -> Answer:
    """A response as the judge takes it."""
    headers = tuple(response.headers.multi_items())
    return Answer(status=response.status_code, headers=headers, body=response.content, received=time.time())


def honest(spec: Spec, body: object) -> Answer:
    """What an honest server answers to *body*, with what its links lead to."""
    key = spec.digest, json.dumps(body)
    if key not in _ANSWERS:
        _ANSWERS[key] = _answered(spec, key[1])
    return _ANSWERS[key]


def _answered(spec: Spec, content: str) -> Answer:
    (operation,) = spec.operations.values()
    with server(spec) as client:
        answer = answer_of(client.post(operation.path.lstrip("/"), content=content))
        if answer.status != 200 or answer.media_type != "application/json":
            return answer
        urls = [item["url"] for item in json.loads(answer.body).get("data", ()) if "url" in item]
        return replace(answer, links={url: answer_of(client.get(url)) for url in urls})


def edited(answer: Answer, edit: Callable[[Data], object]) -> Answer:
    """*answer* with its JSON body edited in place."""
    body = json.loads(answer.body)
    edit(body)
    return replace(answer, body=json.dumps(body).encode())


def events(answer: Answer) -> list[tuple[str, Data]]:
    """The events of a stream."""
    blocks = [block.split("\n", 1) for block in answer.body.decode().split("\n\n") if block]
    return [(line.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for line, data in blocks]


def streamed(told: Iterable[tuple[str, Data]]) -> bytes:
    """Events as a stream."""
    return b"".join(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in told)


def picture(
    width: int = 1024, height: int = 1024, file_format: str = "PNG", color: tuple[int, ...] = (20, 40, 60)
) -> str:
    """An image file in base64."""
    file = BytesIO()
    Image.new("RGBA" if len(color) == 4 else "RGB", (width, height), color).save(file, file_format)
    return base64.b64encode(file.getvalue()).decode()


__all__ = ["Data", "answer_of", "edited", "events", "honest", "picture", "server", "streamed"]
