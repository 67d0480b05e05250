"""What clients make of every fault: the official ``openai`` package and the generated clients, as a table in the docs.

Two tables in ``docs/faults.md`` are written by these tests: what can be ordered, and what comes of it.  They fail where
a table is stale; with ``SAFELIGHT_WRITE=1`` in the environment they write it anew.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx2
import openai
import pytest
from PIL import Image

import ttapi_images
from safelight import Spec, load
from safelight_mockserver import Entry, Fake, MemoryState, fake, order
from safelight_mockserver.faults.grammar import parameters_of
from safelight_mockserver.faults.kinds import KINDS, FlawedImage, Kind, Link, Refusal, StreamFramed
from safelight_mockserver.faults.texts import TEXTS
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

ROOT: Final = Path(__file__).parents[2]
SPEC: Final = ROOT / "spec" / "ttapi-images.yaml"
GUIDE: Final = ROOT / "docs" / "faults.md"
BASE: Final = "http://fake/v1"

ORDERS: Final[Mapping[str, str]] = {
    "rate-limit": "rate-limit; retry-after=0.1",
    "unavailable": "unavailable; retry-after=0.1",
    "error": "error; text=pixel_budget",
    "latency": "latency; seconds=0.01",
    "stream-pauses": "stream-pauses; seconds=0.01",
    "url-slow": "url-slow; seconds=0.01",
}
"""Faults that are told more than their word, so that the table is quickly made."""

Body: TypeAlias = dict[str, Any]
WHOLE: Final[Body] = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x48"}
STREAM: Final[Body] = {**WHOLE, "stream": True, "partial_images": 2}
LINKED: Final[Body] = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256"}


@dataclass(frozen=True)
class Met:
    """What became of one call.

    Attributes:
        outcome: The exception, or what came in its place.
        attempts: How many requests it made.
        billed: For how many of them images were drawn.
    """

    outcome: str
    attempts: int
    billed: int

    def __str__(self) -> str:
        """Write a cell of the table."""
        return f"{self.outcome} | {self.attempts} | {self.billed}"


def body_for(word: str) -> Body:
    """Return a request that the fault can meet."""
    if word.startswith("stream-") or word == "new-events":
        return STREAM
    return LINKED if word.startswith("url-") else WHOLE


def judged(data: bytes, body: Body) -> str:
    """Say what a caller holds in hands."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except OSError:
        return "a broken image"
    size = f"{image.width}x{image.height}"
    return "the image" if (size, image.format) == (body["size"], "PNG") else f"{image.format} of {size}"


def prepared(spec: Spec, word: str) -> Fake:
    """Return a fake on which the fault stands."""
    app = fake(spec, state=MemoryState(1 << 26))
    asyncio.run(app.state.put_fault(order(ORDERS.get(word, word))))
    return app


def counted(app: Fake, outcome: str) -> Met:
    """Count what a call did."""
    entries: tuple[Entry, ...] = asyncio.run(app.state.entries())
    calls = [one for one in entries if one.operation]
    return Met(outcome, len(calls), sum(one.images > 0 for one in calls))


def told(error: Exception) -> str:
    """Name an exception as users meet it."""
    name = type(error).__name__
    return f"`{name}`" if type(error).__module__.partition(".")[0] in {"openai", "ttapi_images"} else f"`{name}` (bare)"


def by_openai(app: Fake, body: Body) -> str:
    """Make the call as users of the package do."""
    http = httpx2.Client(transport=AppTransport(app))
    with openai.OpenAI(base_url=BASE, api_key="k", http_client=http) as client:
        generate: Any = client.images.generate
        try:
            if body is STREAM:
                events: list[Any] = [*generate(**body)]
                final = [one for one in events if one.type == "image_generation.completed"]
                return judged(base64.b64decode(str(final[0].b64_json)), body) if final else "no image, no error"
            result = generate(**body)
            return from_openai(result, http, body)
        except Exception as error:  # noqa: BLE001 - which one is the question
            return told(error)


async def by_async_openai(app: Fake, body: Body) -> str:
    """Make the call with its asynchronous twin."""
    http = httpx2.AsyncClient(transport=AsyncAppTransport(app))
    async with openai.AsyncOpenAI(base_url=BASE, api_key="k", http_client=http) as client:
        generate: Any = client.images.generate
        try:
            if body is STREAM:
                events: list[Any] = [one async for one in await generate(**body)]
                final = [one for one in events if one.type == "image_generation.completed"]
                return judged(base64.b64decode(str(final[0].b64_json)), body) if final else "no image, no error"
            result = await generate(**body)
            with httpx2.Client(transport=AppTransport(app)) as links:
                return await asyncio.to_thread(from_openai, result, links, body)
        except Exception as error:  # noqa: BLE001 - which one is the question
            return told(error)


def from_openai(result: Any, http: httpx2.Client, body: Body) -> str:  # noqa: ANN401 - whatever came
    """Take the image out of a result, as every user of the package has to."""
    item = result.data[0]
    if item.b64_json is not None:
        return judged(base64.b64decode(item.b64_json), body)
    reply = http.get(item.url)
    return judged(reply.content, body) if reply.status_code == 200 else f"a link that answers {reply.status_code}"


def by_client(app: Fake, body: Body) -> str:
    """Make the call as users of the generated client do."""
    with ttapi_images.Client(api_key="k", base_url=BASE, transport=AppTransport(app)) as client:
        generate: Any = client.images.generate
        try:
            if body is STREAM:
                with generate(**body) as stream:
                    events = [*stream]
                final = [one for one in events if isinstance(one, ttapi_images.ImageGenerationCompleted)]
                return judged(final[0].bytes, body) if final else "no image, no error"
            (item,) = generate(**body).data
            return judged(item.bytes if item.b64_json is not None else item.download(), body)
        except Exception as error:  # noqa: BLE001 - which one is the question
            return told(error)


async def by_async_client(app: Fake, body: Body) -> str:
    """Make the call with its asynchronous twin."""
    transport = AsyncAppTransport(app)
    async with ttapi_images.AsyncClient(api_key="k", base_url=BASE, transport=transport) as client:
        generate: Any = client.images.generate
        try:
            if body is STREAM:
                async with await generate(**body) as stream:
                    events = [one async for one in stream]
                final = [one for one in events if isinstance(one, ttapi_images.ImageGenerationCompleted)]
                return judged(final[0].bytes, body) if final else "no image, no error"
            (item,) = (await generate(**body)).data
            return judged(item.bytes if item.b64_json is not None else await item.adownload(), body)
        except Exception as error:  # noqa: BLE001 - which one is the question
            return told(error)


@pytest.fixture(scope="module")
def matrix() -> Mapping[str, tuple[Met, Met, Met, Met]]:
    """Every fault, met by every client; all at the same time, because clients pause between attempts."""
    spec = load(SPEC)

    def sync(call: Callable[[Fake, Body], str]) -> list[Met]:
        def one(word: str) -> Met:
            app = prepared(spec, word)
            return counted(app, call(app, body_for(word)))

        with ThreadPoolExecutor(len(KINDS)) as pool:
            return list(pool.map(one, KINDS))

    def asynchronous(call: Callable[[Fake, Body], Any]) -> list[Met]:
        apps = {word: prepared(spec, word) for word in KINDS}

        async def all_of_them() -> list[str]:
            return list(await asyncio.gather(*(call(apps[word], body_for(word)) for word in KINDS)))

        return [counted(app, outcome) for app, outcome in zip(apps.values(), asyncio.run(all_of_them()), strict=True)]

    columns = (sync(by_openai), asynchronous(by_async_openai), sync(by_client), asynchronous(by_async_client))
    return dict(zip(KINDS, zip(*columns, strict=True), strict=True))


def table(matrix: Mapping[str, tuple[Met, Met, Met, Met]]) -> str:
    """Write the matrix in Markdown; the twins of a library share their columns."""
    lines = [
        "| Fault | `openai` gives | attempts | billed | `ttapi_images` gives | attempts | billed |",
        "|---|---|--:|--:|---|--:|--:|",
    ]
    lines += [f"| `{ORDERS.get(word, word)}` | {met[0]} | {met[2]} |" for word, met in matrix.items()]
    return "\n".join(lines) + "\n"


def test_the_twins_of_a_library_behave_alike(matrix: Mapping[str, tuple[Met, Met, Met, Met]]) -> None:
    """Sync or async is a matter of taste: what a fault leads to is the same."""
    assert {word: met for word, met in matrix.items() if met[0] != met[1] or met[2] != met[3]} == {}


def test_the_generated_client_never_pays_twice(matrix: Mapping[str, tuple[Met, Met, Met, Met]]) -> None:
    """Whatever happens, one call is billed once at most."""
    assert {word: met[2] for word, met in matrix.items() if met[2].billed > 1} == {}


def test_the_generated_client_raises_its_own_errors_or_returns_the_image(
    matrix: Mapping[str, tuple[Met, Met, Met, Met]],
) -> None:
    """No fault makes it raise what its users were not told of."""
    assert {word: met[2] for word, met in matrix.items() if "(bare)" in met[2].outcome} == {}


def kinds_table() -> str:
    """Write what there is to order, as the records themselves say it."""
    lines = ["| Fault | What happens | What it can be told |", "|---|---|---|"]
    for word, kind in KINDS.items():
        told = "; ".join(f"`{one.name}`: {one.doc.rstrip('.')}" for one in parameters_of(kind).values())
        lines.append(f"| `{word}` | {described(kind)} | {told} |")
    return "\n".join(lines) + "\n"


def described(kind: Kind) -> str:
    """Say in a sentence what a kind does; where several share a record, what sets this one apart."""
    match kind:
        case Refusal(text=text):
            return refused(text)
        case StreamFramed(framing):
            return FRAMINGS[framing]
        case FlawedImage(flaw):
            return FLAWS[flaw]
        case Link(state):
            return LINKS[state]
        case _:
            return (type(kind).__doc__ or "").partition("\n")[0]


def refused(text: str) -> str:
    """Say how the API refuses: in the words of its spec, or in those for a spec without them."""
    if not text:
        return "The API refuses with any error of its spec."
    (operation,) = load(SPEC).operations.values()
    known = operation.errors.texts.get(text) or TEXTS[text]
    code = known.fields.get("code")
    return f"The API refuses: {known.status}{f', `{code}`' if code else ''}."


FRAMINGS: Final[Mapping[str, str]] = {
    "crlf": "Lines of the stream end in CRLF.",
    "comments": "Comments between events keep the connection alive.",
    "done": "`[DONE]` comes last in the stream.",
    "no-blank-line": "The blank line that ends the last event is missing.",
}
FLAWS: Final[Mapping[str, str]] = {
    "garbage": "The images are no images at all.",
    "format": "The images are of another format than the answer says, as JPEG named PNG.",
    "truncated": "The files of images are cut in half.",
    "size": "The images have half the width and height.",
}
LINKS: Final[Mapping[str, str]] = {
    "expired": "The time of the links is over.",
    "missing": "The links lead nowhere: 404.",
    "slow": "What the links lead to comes late.",
}


def section(text: str, name: str) -> tuple[str, str, str]:
    """Split the guide around a section that is written by this test."""
    begin, end = f"<!-- {name}: written by tests/contract/test_faults_matrix.py -->\n", f"<!-- end of {name} -->\n"
    before, rest = text.split(begin)
    shown, after = rest.split(end)
    return before + begin, shown, end + after


@pytest.mark.parametrize("name", ["kinds", "matrix"])
def test_the_tables_in_the_guide_are_what_happens(matrix: Mapping[str, tuple[Met, Met, Met, Met]], name: str) -> None:
    """Whoever reads them can rely on them."""
    before, shown, after = section(GUIDE.read_text("utf-8"), name)
    made = table(matrix) if name == "matrix" else kinds_table()
    if os.environ.get("SAFELIGHT_WRITE"):
        GUIDE.write_text(f"{before}{made}{after}", "utf-8")
        return
    assert shown == made, "a table is stale: SAFELIGHT_WRITE=1 pytest tests/contract/test_faults_matrix.py"
