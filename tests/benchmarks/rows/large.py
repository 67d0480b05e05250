"""One call of the generated client whose answer is an image of 1.5 MB in base64, decoded to its bytes."""

from __future__ import annotations

import json
from base64 import b64decode
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
_CHARACTERS: Final = 1_500_000

_HOW: Final = """\
- As for the small answer, with 1.5 MB of base64; each side ends with the bytes of the file.
- ttapi_images: `client.images.generate(...).data[0].bytes`. It finds the ends of long strings with `bytes.find`, and
  `json.loads` reads what is left (`codegen/runtime/python/_parsing.py`); base64 is decoded strictly.
- httpx2: `client.post`, `json.loads(response.content)`, `b64decode`.
- openai: `client.images.generate(...).data[0].b64_json`, `b64decode`, as its documentation shows.
"""


def run() -> Row:
    """Measure."""
    content = answer(_CHARACTERS)
    sending = transport(lambda: httpx2.Response(200, content=content, headers={"content-type": "application/json"}))
    with (
        httpx2.Client(transport=sending, headers={"authorization": f"Bearer {KEY}"}) as bare,
        ttapi_images.Client(KEY, transport=sending, base_url="https://images.test/v1") as ours,
        openai.OpenAI(
            api_key=KEY, base_url="https://images.test/v1", http_client=httpx2.Client(transport=sending)
        ) as other,
    ):

        def by_us() -> bytes:
            return ours.images.generate(model="gpt-image-1", prompt="a fox in the snow", size="1024x1024").data[0].bytes

        def by_hand() -> bytes:
            return b64decode(json.loads(bare.post(URL, json=BODY).content)["data"][0]["b64_json"])

        def by_openai() -> bytes:
            made = other.images.generate(model="gpt-image-1", prompt="a fox in the snow", size="1024x1024")
            return b64decode((made.data or [])[0].b64_json or "")

        if not by_us() == by_hand() == by_openai():
            raise AssertionError("the sides do not come to the same bytes")
        found = interleave({"ttapi_images": by_us, "httpx2 + json": by_hand, "openai": by_openai}, _ROUNDS)
    return Row(
        name="large",
        title="Calling through the generated client, 1.5 MB answer, image decoded",
        how=_HOW,
        lines=lines("one call", found, "ttapi_images", {"httpx2 + json": at_most(1.05), "openai": at_most(0.8)}),
        machine=machine(),
        versions=versions("httpx2", "openai"),
    )
