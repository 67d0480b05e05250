"""What the application promises over HTTP, asked in process: headers, links, limits, streams, the log."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount

from safelight import Spec
from safelight_mockserver import Clock, Fake, MemoryState, Options, fake
from safelight_mockserver.calls.gallery import Gallery
from safelight_mockserver.live import LiveSpec
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

from .conftest import ROOT

Body: TypeAlias = dict[str, Any]
SPEC = ROOT / "spec" / "ttapi-images.yaml"
PATH = "/v1/images/generations"
HEADERS = {"Authorization": "Bearer a-key"}
FOX: Body = {"model": "gpt-image-1", "prompt": "a fox"}
LINKED: Body = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256"}


def make(spec: Spec, options: Options | None = None) -> Fake:
    """Make a fake whose clock stands at 1,000,000 seconds."""
    clock = Clock()
    clock.freeze(1_000_000)
    return fake(spec, options, clock=clock)


def client(app: Fake) -> httpx2.Client:
    """Return a client without a socket."""
    return httpx2.Client(transport=AppTransport(app), base_url="http://fake.test", headers=HEADERS)


def ask(app: Fake, body: Body, **options: Any) -> httpx2.Response:  # noqa: ANN401 - as httpx2 types them
    """Make one call."""
    with client(app) as http:
        return http.post(PATH, json=body, **options)


def entries(app: Fake) -> tuple[Any, ...]:
    """Return the log."""
    return asyncio.run(app.state.entries())


def with_drawing(app: Fake, draw: Callable[[Picture], bytes]) -> Fake:
    """Let *app* draw in another way, which is no picture for a judge."""
    app.gallery = Gallery(1 << 20, draw)
    app.check = None
    return app


# --- answers ---


def test_an_answer_says_what_it_is_and_carries_an_id_of_its_own(ttapi: Spec) -> None:
    """The headers that the real API sends; the id is the one in the log."""
    app = make(ttapi)
    replies = [ask(app, LINKED) for _ in range(3)]
    assert {reply.headers["content-type"] for reply in replies} == {"application/json"}
    assert {reply.headers["x-content-type-options"] for reply in replies} == {"nosniff"}
    assert all(reply.headers["openai-processing-ms"].isdigit() for reply in replies)
    assert all(int(reply.headers["content-length"]) == len(reply.content) for reply in replies)
    assert [reply.headers["x-request-id"] for reply in replies] == [entry.id for entry in entries(app)]
    assert len({entry.id for entry in entries(app)}) == 3


def test_an_answer_tells_the_time_of_the_fakes_own_clock(ttapi: Spec) -> None:
    """Which a test can move."""
    app = make(ttapi)
    before = ask(app, LINKED).json()["created"]
    app.clock.advance(10)
    assert (before, ask(app, LINKED).json()["created"]) == (1_000_000, 1_000_010)


@pytest.mark.parametrize(
    ("fields", "form", "size", "mode"),
    [
        ({}, "PNG", (1024, 1024), "RGB"),
        ({"output_format": "jpeg", "size": "1536x1024"}, "JPEG", (1536, 1024), "RGB"),
        ({"output_format": "webp", "size": "1024x1536"}, "WEBP", (1024, 1536), "RGB"),
        ({"background": "transparent"}, "PNG", (1024, 1024), "RGBA"),
        ({"model": "gpt-image-2", "size": "16x48"}, "PNG", (16, 48), "RGB"),
        ({"model": "gpt-image-2", "size": "3072x1024", "output_format": "webp"}, "WEBP", (3072, 1024), "RGB"),
    ],
)
def test_an_image_is_a_real_file_of_what_was_asked_for(
    ttapi: Spec, fields: Body, form: str, size: tuple[int, int], mode: str
) -> None:
    """Decoded by a library that knows nothing of the fake."""
    text = ask(make(ttapi), {**FOX, **fields}).json()["data"][0]["b64_json"]
    image = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    image.load()
    assert (image.format, image.size, image.mode) == (form, size, mode)


def test_less_quality_makes_a_smaller_file(ttapi: Spec) -> None:
    """``output_compression`` does what it says."""
    app = make(ttapi)
    lengths = [
        len(ask(app, {**FOX, "output_format": "jpeg", "output_compression": level}).content) for level in (10, 60, 100)
    ]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1] / 2


def test_equal_requests_get_equal_pictures_from_any_server(ttapi: Spec) -> None:
    """Today, tomorrow and after a restart: the spec, the request and the seed decide."""
    first, second = (ask(make(ttapi), {**FOX, "n": 2}).json()["data"] for _ in range(2))
    assert first == second
    assert first[0] != first[1]
    assert ask(make(ttapi, Options(seed=1)), FOX).json()["data"][0] != first[0]


def test_answers_that_are_kept_are_never_given_to_the_wrong_client(ttapi: Spec) -> None:
    """The same body with another key, another content type, another method gets another answer."""
    app = make(ttapi, Options(api_key="a-key"))
    assert ask(app, LINKED).status_code == 200
    assert ask(app, LINKED, headers={"Authorization": "Bearer other"}).status_code == 401
    assert ask(app, LINKED, headers={"Content-Type": "text/plain"}).status_code == 400
    assert ask(app, LINKED, headers={"Authorization": "", "TT-API-KEY": "a-key"}).status_code == 200
    with client(app) as http:
        assert http.put(PATH, json=LINKED).status_code == 405
    assert ask(app, LINKED).status_code == 200


def test_many_calls_at_once_each_get_their_own_answer(ttapi: Spec) -> None:
    """Pictures and errors, mixed."""
    app = make(ttapi)

    async def run() -> list[httpx2.Response]:
        transport = AsyncAppTransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://fake.test", headers=HEADERS) as http:
            bodies = [{**LINKED, "n": n} for n in range(12)] * 4
            return await asyncio.gather(*(http.post(PATH, json=body) for body in bodies))

    replies = asyncio.run(run())
    assert [len(reply.json().get("data", [])) for reply in replies] == [*(0, *range(1, 11), 0)] * 4
    assert len(entries(app)) == 48


# --- links ---


def test_a_link_leads_to_the_picture_until_its_hour_is_over(ttapi: Spec) -> None:
    """To the second, by the clock of the fake; without a key, because a browser has none."""
    app = make(ttapi)
    url = ask(app, LINKED).json()["data"][0]["url"]
    assert url.startswith("http://fake.test/pictures/")
    assert url.endswith(".png")
    with httpx2.Client(transport=AppTransport(app)) as http:
        app.clock.advance(3599)
        good = http.get(url)
        assert http.head(url).headers["content-length"] == good.headers["content-length"]
        app.clock.advance(1)
        late = http.get(url)
    assert (good.status_code, good.headers["content-type"]) == (200, "image/png")
    assert good.headers["cache-control"] == "private, max-age=1"
    assert Image.open(io.BytesIO(good.content)).size == (256, 256)
    assert (late.status_code, "good for a time" in late.text) == (403, True)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        pytest.param(r"png$", "jpeg", id="another format"),
        pytest.param(r"[.]png$", "", id="no format"),
        pytest.param(r"pictures/", "pictures/A", id="a sign more"),
        pytest.param(r"[.]png$", "=.png", id="padding"),
        pytest.param(r"pictures/.*", "pictures/x", id="nonsense"),
    ],
)
def test_a_link_that_was_changed_is_refused(ttapi: Spec, part: str, other: str) -> None:
    """403, whatever was changed."""
    app = make(ttapi)
    url = re.sub(part, other, ask(app, LINKED).json()["data"][0]["url"])
    with client(app) as http:
        assert http.get(url).status_code == 403


def test_servers_with_one_secret_serve_each_others_links(ttapi: Spec) -> None:
    """And a server with another secret does not, nor one that made its own."""
    url = ask(make(ttapi, Options(secret=b"0123456789abcdef")), LINKED).json()["data"][0]["url"]
    statuses: list[int] = []
    for secret in (b"0123456789abcdef", b"0123456789abcdeX", None):
        with client(make(ttapi, Options(secret=secret))) as http:
            statuses.append(http.get(url).status_code)
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize(
    ("host", "options", "start"),
    [
        ("192.168.0.7:8080", Options(), "http://192.168.0.7:8080/pictures/"),
        ("[::1]:8080", Options(), "http://[::1]:8080/pictures/"),
        ('evil"/><script>', Options(), "http://fake.test:80/pictures/"),
        ("10.0.0.1", Options(public_url="https://fake.example/api/"), "https://fake.example/api/pictures/"),
    ],
)
def test_a_link_leads_to_where_the_client_asked_or_to_where_it_was_told(
    ttapi: Spec, host: str, options: Options, start: str
) -> None:
    """A host that is none is not repeated."""
    reply = ask(make(ttapi, options), LINKED, headers={"Host": host})
    assert reply.json()["data"][0]["url"].startswith(start)


# --- paths ---


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/images", f"{PATH}/", f"{PATH}/x", "/v2/images/generations", "//"])
def test_an_unknown_path_gets_an_empty_404(ttapi: Spec, path: str) -> None:
    """As from the real API: no body, no redirect."""
    with client(make(ttapi)) as http:
        reply = http.post(f"http://fake.test{path}", json=FOX)
    assert (reply.status_code, reply.content) == (404, b"")
    assert "x-safelight-hint" not in reply.headers


def test_a_call_without_the_base_path_is_told_where_it_belongs(ttapi: Spec) -> None:
    """In a header: the body stays as empty as the real one."""
    with client(make(ttapi)) as http:
        reply = http.post("/images/generations", json=FOX)
    assert (reply.status_code, reply.content) == (404, b"")
    assert reply.headers["x-safelight-hint"] == f"this call is at {PATH}"


def test_an_api_of_another_shape_is_served_alike(xai: Spec) -> None:
    """Its own path, errors and links; an id of the request although its spec names no header for it."""
    app = make(xai)
    body = {"model": "grok-imagine-image", "prompt": "a fox", "aspect_ratio": "2:1"}
    good, bad = ask(app, body), ask(app, {**body, "quality": "high"})
    assert bad.json() == {"code": "400", "error": "Argument not supported: quality"}
    assert bad.headers["x-request-id"].startswith("req_")
    with client(app) as http:
        picture = http.get(good.json()["data"][0]["url"])
    image = Image.open(io.BytesIO(picture.content))
    assert (image.format, image.size) == ("JPEG", (1024, 512))


def test_a_fake_can_be_mounted_below_a_path_of_another_application(ttapi: Spec) -> None:
    """Its calls are then below that path, and nowhere else."""
    outer = Starlette(routes=[Mount("/below", make(ttapi))])
    with httpx2.Client(transport=AppTransport(outer), base_url="http://outer", headers=HEADERS) as http:
        assert http.post(f"/below{PATH}", json=LINKED).status_code == 200
        assert http.post(PATH, json=LINKED).status_code == 404


def test_a_web_socket_is_turned_away(ttapi: Spec) -> None:
    """No path is for one, a call's neither."""
    for path in (PATH, "/nowhere"):
        sent: list[str] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: MutableMapping[str, Any], sent: list[str] = sent) -> None:
            sent.append(message["type"])

        asyncio.run(make(ttapi)({"type": "websocket", "path": path, "root_path": "", "headers": []}, receive, send))
        assert sent == ["websocket.close"]


def test_health_tells_which_spec_is_served(ttapi: Spec) -> None:
    """For load balancers and people, without a key."""
    with httpx2.Client(transport=AppTransport(make(ttapi)), base_url="http://fake.test") as http:
        assert http.get("/health").json() == {
            "status": "ok",
            "spec": "ttapi-images",
            "revised": ttapi.revised.isoformat(),
            "digest": ttapi.digest,
            "problem": None,
        }
        assert http.head("/health").status_code == 200
        assert http.post("/health").status_code == 405


def test_an_edit_of_the_spec_counts_from_the_next_request_on(tmp_path: Path) -> None:
    """A broken one does not count, and health says so; a good one brings the fake up to date."""
    path = tmp_path / "api.yaml"
    text = SPEC.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    time = [0.0]
    told: list[str] = []
    app = Fake(LiveSpec(path, told.append, now=lambda: time[0]), Options(), Clock(), MemoryState(1000))

    def status_after(edited: str) -> int:
        path.write_text(edited, encoding="utf-8")
        time[0] += 1
        return ask(app, {**LINKED, "n": 5}).status_code

    assert status_after(text) == 200
    assert status_after(text.replace("maximum: 10\n", "maximum: 4\n")) == 400
    assert status_after(text.replace("maximum: 10\n", "maximum: ten\n")) == 400
    with client(app) as http:
        health = http.get("/health").json()
    assert health["status"] == "stale"
    assert "error[" in health["problem"]
    assert status_after(text) == 200
    assert len(told) == 3


# --- limits ---


def test_a_body_over_the_limit_is_refused_and_not_kept(ttapi: Spec) -> None:
    """One at the limit is read."""
    app = make(ttapi, Options(body_limit=1000))
    padding = 1000 - len(json.dumps({**FOX, "prompt": ""}))
    fits, over = (json.dumps({**FOX, "prompt": "x" * count}).encode() for count in (padding, padding + 1))

    with client(app) as http:
        headers = {"Content-Type": "application/json"}
        assert http.post(PATH, content=fits, headers=headers).status_code == 200
        reply = http.post(PATH, content=over, headers=headers)
    assert (reply.status_code, reply.headers["connection"]) == (413, "close")
    assert reply.json()["error"]["message"] == "The request body is larger than 1000 bytes."
    assert [entry.body for entry in entries(app)] == [fits, None]


def test_a_large_body_is_judged_like_a_small_one(ttapi: Spec) -> None:
    """A megabyte of prompt is too long, and nothing worse."""
    error = ask(make(ttapi), {**FOX, "prompt": "x" * 1_000_000}).json()["error"]
    assert error["message"].endswith("got a string with length 1000000 instead.")


def test_a_client_that_leaves_while_it_sends_leaves_nothing_behind(ttapi: Spec) -> None:
    """No answer, no entry in the log, no error."""
    app = make(ttapi)
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "root_path": "", "scheme": "http",
        "query_string": b"", "headers": [], "server": ("fake.test", 80), "asgi": {"version": "3.0"},
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert entries(app) == ()


# --- streams ---


def drive(app: Fake, body: Body, act: Callable[[httpx2.Response], Coroutine[Any, Any, None]]) -> None:
    """Make a streaming call and let *act* read it."""

    async def run() -> None:
        transport = AsyncAppTransport(app)
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://fake.test", headers=HEADERS) as http,
            http.stream("POST", PATH, json=body) as reply,
        ):
            await act(reply)

    asyncio.run(run())


STREAM: Body = {**FOX, "stream": True, "partial_images": 3}


def test_an_event_is_sent_as_soon_as_its_picture_is_drawn(ttapi: Spec) -> None:
    """The second picture is drawn only after the test has read the first: nothing waits for the end."""
    first_was_read = threading.Event()
    drawn: list[Picture] = []

    def draw(picture: Picture) -> bytes:
        drawn.append(picture)
        assert len(drawn) == 1 or first_was_read.wait(60)
        return b"picture"

    async def act(reply: httpx2.Response) -> None:
        assert reply.headers["content-type"] == "text/event-stream"
        text = ""
        async for chunk in reply.aiter_text():
            text += chunk
            if "\n\n" in text:
                first_was_read.set()
        lines = text.splitlines()
        names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
        data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
        assert names == [one["type"] for one in data]
        assert len(text.split("\n\n")) == 5

    drive(with_drawing(make(ttapi), draw), STREAM, act)
    assert len(drawn) == 4


def test_a_stream_that_nobody_reads_any_more_is_not_drawn_to_its_end(ttapi: Spec) -> None:
    """The client leaves after the first event; the picture that was begun is finished, and no other follows."""
    left = threading.Event()
    drawn: list[Picture] = []

    def draw(picture: Picture) -> bytes:
        drawn.append(picture)
        assert len(drawn) == 1 or left.wait(60)
        return b"picture"

    async def act(reply: httpx2.Response) -> None:
        async for chunk in reply.aiter_text():
            if "\n\n" in chunk:
                break
        await reply.aclose()
        left.set()

    app = with_drawing(make(ttapi), draw)
    drive(app, STREAM, act)
    assert len(drawn) <= 2
    assert entries(app)[0].status == 200


def test_a_fault_of_a_streaming_call_is_an_ordinary_error(ttapi: Spec) -> None:
    """Nothing has been sent by then."""
    reply = ask(make(ttapi), {**STREAM, "partial_images": 4})
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/json")


# --- the log ---


def test_the_log_has_each_request_with_what_was_wrong_with_it(ttapi: Spec) -> None:
    """Those too that no path is for; every violation, not only the one that was told."""
    app = make(ttapi)
    ask(app, {**FOX, "n": 0, "quality": "no"})
    with client(app) as http:
        http.get("/nowhere")
    bad, lost = entries(app)
    assert (bad.verb, bad.path, bad.status, bad.at) == ("POST", PATH, 400, 1_000_000)
    assert json.loads(bad.body) == {**FOX, "n": 0, "quality": "no"}
    assert [one.rule for one in bad.violations] == ["generate.n.minimum", "generate.quality.values"]
    assert (lost.verb, lost.path, lost.status, lost.violations) == ("GET", "/nowhere", 404, ())


def test_no_key_is_in_the_log(ttapi: Spec) -> None:
    """Neither a right nor a wrong one."""
    app = make(ttapi, Options(api_key="sk-right-and-secret"))
    ask(app, FOX, headers={"Authorization": "Bearer sk-right-and-secret"})
    ask(app, FOX, headers={"Authorization": "Bearer sk-wrong-and-secret"})
    assert "and-secret" not in repr(entries(app))
    assert "and-secret" not in repr(app.options)


# --- the process ---


def test_a_server_that_has_drawn_nothing_has_not_loaded_what_draws() -> None:
    """Nor what only clients and generators need: starting is quick."""
    heavy = {"PIL", "httpx2", "jinja2", "uvicorn", "safelight_codegen"}
    code = f"import sys, safelight_mockserver; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
