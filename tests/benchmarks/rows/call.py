"""One call of the generated client whose answer is small: what is paid for checking, writing, sending and reading."""

from __future__ import annotations

import json
from typing import Final

import httpx2
import openai

import ttapi_images
from tests.benchmarks.answers import BODY, KEY, URL, answer, transport
from tests.benchmarks.machine import machine, versions
from tests.benchmarks.measure import interleave
from tests.benchmarks.results import Row, at_most, lines

__all__ = ["run"]

_ROUNDS: Final = 21
_CALLS: Final = 50

_HOW: Final = """\
- All three send the same body through `httpx2.MockTransport`, which answers with 0.4 kB of base64; no socket.
- ttapi_images: `client.images.generate(...)`, its checks on, as they are by default.
- httpx2: `client.post(url, json=body)` and `json.loads(response.content)`; it checks nothing and makes no records.
- openai: `client.images.generate(...)` with the same transport in its `http_client`.
"""


def run() -> Row:
    """Measure."""
    content = answer(400)
    sending = transport(lambda: httpx2.Response(200, content=content, headers={"content-type": "application/json"}))
    with (
        httpx2.Client(transport=sending, headers={"authorization": f"Bearer {KEY}"}) as bare,
        ttapi_images.Client(KEY, transport=sending, base_url="https://images.test/v1") as ours,
        openai.OpenAI(
            api_key=KEY, base_url="https://images.test/v1", http_client=httpx2.Client(transport=sending)
        ) as other,
    ):

        def by_us() -> None:
            for _ in range(_CALLS):
                ours.images.generate(model="gpt-image-1", prompt="a fox in the snow", size="1024x1024")

        def by_hand() -> None:
            for _ in range(_CALLS):
                json.loads(bare.post(URL, json=BODY).content)

        def by_openai() -> None:
            for _ in range(_CALLS):
                other.images.generate(model="gpt-image-1", prompt="a fox in the snow", size="1024x1024")

        found = interleave({"ttapi_images": by_us, "httpx2 + json": by_hand, "openai": by_openai}, _ROUNDS)
    return Row(
        name="call",
        title="Calling through the generated client, small answer",
        how=_HOW,
        lines=lines(f"{_CALLS} calls", found, "ttapi_images", {"httpx2 + json": at_most(1.3), "openai": at_most(0.25)}),
        machine=machine(),
        versions=versions("httpx2", "openai"),
    )
