"""What every kind of fault does to a client, over a socket and in process."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx2
import pytest
from PIL import Image

from safelight_mockserver import Entry, Fake, fake, running
from safelight_mockserver.faults.kinds import KINDS
from safelight_mockserver.faults.order import read_fault
from safelight_mockserver.transport import AppTransport

SPEC: Final = Path(__file__).parents[2] / "spec" / "ttapi-images.yaml"
PATH: Final = "images/generations"
KEY: Final = {"Authorization": "Bearer a-key"}

Body: TypeAlias = dict[str, Any]
FOX: Final[Body] = {"model": "gpt-image-2", "prompt": "a fox", "size": "64x48"}
STREAM: Final[Body] = {**FOX, "stream": True, "partial_images": 2}
LINKED: Final[Body] = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256"}


@dataclass(frozen=True)
class Place:
    """A fake, and a client that reaches it."""

    app: Fake
    http: httpx2.Client
    has_port: bool

    def ask(self, body: Body, order: str, **headers: str) -> httpx2.Response:
        """Make a call that carries an order."""
        return self.http.post(PATH, json=body, headers={**KEY, "X-Safelight-Fault": order, **headers})

    @property
    def last(self) -> Entry:
        """The latest call in the log."""
        entries: tuple[Entry, ...] = asyncio.run(self.app.state.entries())
        return [one for one in entries if one.operation][-1]


@pytest.fixture(scope="module", params=["socket", "in process"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A fake over a socket, and one without."""
    app = fake(SPEC)
    if request.param == "socket":
        with running(app) as url, httpx2.Client(base_url=f"{url}/", timeout=60) as http:
            yield Place(app, http, has_port=True)
    else:
        with httpx2.Client(base_url="http://fake/v1/", transport=AppTransport(app)) as http:
            yield Place(app, http, has_port=False)


def opened(data: bytes) -> Image.Image:
    """Decode a file completely."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def kind_of(data: bytes) -> str:
    """Say what a file is, by decoding it."""
    try:
        image = opened(data)
    except OSError:
        return "a broken PNG" if data.startswith(b"\x89PNG") else "no image"
    return f"{image.format} of {image.width}x{image.height}"


def received(place: Place, body: Body, order: str) -> tuple[bytes, Exception | None]:
    """Make a call; return what came of the body, and the error that ended it."""
    got = b""
    try:
        with place.http.stream("POST", PATH, json=body, headers={**KEY, "X-Safelight-Fault": order}) as reply:
            for chunk in reply.iter_raw():
                got += chunk
    except httpx2.TransportError as error:
        return got, error
    return got, None


def image_in(reply: httpx2.Response) -> bytes:
    """Take the file out of an answer."""
    return base64.b64decode(reply.json()["data"][0]["b64_json"], validate=True)


def events_in(text: str) -> list[tuple[str, Any]]:
    """Read a stream as the standard has it: names, and data where it is JSON."""
    found: list[tuple[str, Any]] = []
    for block in text.replace("\r\n", "\n").split("\n\n")[:-1]:
        fields = [line.partition(":") for line in block.split("\n")]
        data = "\n".join(value.removeprefix(" ") for name, _, value in fields if name == "data")
        name = next((value.strip() for name, _, value in fields if name == "event"), "")
        if data and data != "[DONE]":
            found.append((name, json.loads(data)))
    return found


# --- what the API refuses ---


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ("rate-limit", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("spend-cap", 400, "billing_hard_limit_reached"),
        ("bad-key", 401, "invalid_api_key"),
        ("unverified", 403, None),
        ("moderation", 400, "moderation_blocked"),
        ("server-error", 500, "image_generation_failed"),
        ("bad-gateway", 502, None),
        ("unavailable", 503, "overloaded"),
        ("gateway-timeout", 504, None),
        ("error; text=maximum", 400, "integer_above_max_value"),
        ("error; text=required", 400, "missing_required_parameter"),
    ],
)
def test_the_api_refuses_in_its_own_envelope(place: Place, order: str, status: int, code: str | None) -> None:
    """All four fields, as the real one; the log says what was ordered."""
    reply = place.ask(FOX, order)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (status, code)
    assert list(error)[:4] == ["message", "type", "param", "code"]
    assert error["message"]
    assert "{" not in error["message"]
    assert (place.last.fault, place.last.status, place.last.final) == (order, status, False)


def test_every_error_of_the_spec_can_be_ordered(place: Place) -> None:
    """By the key of its text."""
    (operation,) = place.app.source.current().operations.values()
    for name, text in operation.errors.texts.items():
        assert place.ask(FOX, f"error; text={name}").status_code == text.status


def test_a_rate_limit_tells_when_to_come_back(place: Place) -> None:
    """In whole seconds for everyone, and exactly for those who read milliseconds."""
    exact = place.ask(FOX, "rate-limit; retry-after=2")
    assert (exact.headers["retry-after"], exact.headers.get("retry-after-ms")) == ("2", None)
    assert exact.headers["x-ratelimit-remaining-requests"] == "0"
    assert exact.headers["x-ratelimit-reset-requests"] == "2s"
    broken = place.ask(FOX, "unavailable; retry-after=0.25; should-retry=false")
    assert (broken.headers["retry-after"], broken.headers["retry-after-ms"]) == ("1", "250")
    assert broken.headers["x-should-retry"] == "false"
    assert place.last.retry_after == 0.25
    assert "retry-after" not in place.ask(FOX, "rate-limit").headers


def test_moderation_tells_what_was_found_and_where(place: Place) -> None:
    """Beside the message, with the id of the request in it."""
    reply = place.ask(FOX, "moderation; stage=output; categories=sexual+violence")
    error = reply.json()["error"]
    assert error["moderation_details"] == {"moderation_stage": "output", "categories": ["sexual", "violence"]}
    assert reply.headers["x-request-id"] in error["message"]


# --- time and connections ---


def test_an_answer_comes_late(place: Place) -> None:
    """By a fixed time, one from a range, one from a distribution, one for each byte, and before other faults."""
    for order in (
        "latency; seconds=0.2",
        "latency; seconds=0.2; to=0.3",
        "latency; seconds=0.2; sigma=0",
        "latency; seconds=0; per-byte=0.0002",
        "rate-limit; delay=0.2",
    ):
        began = time.monotonic()
        reply = place.ask(FOX, order)
        assert time.monotonic() - began >= 0.2, order
        assert reply.status_code in {200, 429}


def test_nobody_listens(place: Place) -> None:
    """The connection is refused, nothing is billed, and after a while all is well."""
    expected = httpx2.ReadError if place.has_port else httpx2.ConnectError
    with pytest.raises(expected):
        place.ask(FOX, "refuse; seconds=0.5")
    assert (place.last.status, place.last.images, place.last.end) == (0, 0, "cut")
    if place.has_port:
        with pytest.raises(httpx2.ConnectError):
            place.http.post(PATH, json=FOX, headers=KEY)
    for _ in range(200):
        try:
            reply = place.http.post(PATH, json=FOX, headers=KEY)
        except httpx2.ConnectError:
            time.sleep(0.05)
        else:
            break
    else:
        pytest.fail("nobody listens any more")
    assert reply.status_code == 200


def test_the_connection_is_reset_before_the_answer(place: Place) -> None:
    """After the work was done: the call is billed."""
    with pytest.raises(httpx2.ReadError):
        place.ask(FOX, "reset")
    assert (place.last.status, place.last.images, place.last.final, place.last.end) == (0, 1, False, "cut")


@pytest.mark.parametrize(
    ("order", "error", "share"),
    [("reset; after=100", httpx2.ReadError, None), ("truncate; keep=0.25", httpx2.RemoteProtocolError, 0.25)],
)
def test_the_connection_ends_in_the_middle_of_a_body(
    place: Place, order: str, error: type[Exception], share: float | None
) -> None:
    """A client gets what came before, and then a broken connection."""
    whole = len(place.http.post(PATH, json=FOX, headers=KEY).content)
    got, raised = received(place, FOX, order)
    assert isinstance(raised, error)
    assert len(got) == (100 if share is None else int(whole * share))
    assert (place.last.sent, place.last.end) == (len(got), "cut")


def test_a_reset_is_a_reset_and_a_close_is_a_close() -> None:
    """As the operating system tells it: RST for the one, FIN for the other."""
    app = fake(SPEC)
    with running(app) as url:
        address = httpx2.URL(url)
        body = json.dumps(FOX).encode()

        def ask(order: str) -> bytes:
            with socket.create_connection((address.host, address.port or 0)) as line:
                head = (
                    f"POST /v1/{PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                    f"X-Safelight-Fault: {order}\r\n\r\n"
                )
                line.sendall(head.encode() + body)
                got = b""
                while chunk := line.recv(65536):
                    got += chunk
                return got

        with pytest.raises(ConnectionResetError):
            ask("reset")
        cut = ask("truncate")
    head, _, rest = cut.partition(b"\r\n\r\n")
    (length,) = [int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    assert len(rest) == length // 2


# --- bodies ---


def test_a_body_is_no_json(place: Place) -> None:
    """Nothing else is wrong with the answer."""
    reply = place.ask(FOX, "malformed-json")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="Expecting"):
        reply.json()


def test_a_content_type_is_wrong(place: Place) -> None:
    """The body is right, and the type is what was ordered."""
    reply = place.ask(FOX, 'content-type; type="text/html; charset=utf-8"')
    assert reply.headers.get_list("content-type") == ["text/html; charset=utf-8"]
    assert opened(image_in(reply)).size == (64, 48)


def test_a_proxy_answers_with_a_page(place: Place) -> None:
    """And with none of the API's own headers."""
    reply = place.ask(FOX, "html; status=503")
    assert (reply.status_code, reply.headers["content-type"]) == (503, "text/html")
    assert "503 Service Unavailable" in reply.text
    assert "x-request-id" not in reply.headers


def test_there_is_no_body(place: Place) -> None:
    """Although the status is 200."""
    reply = place.ask(FOX, "empty")
    assert (reply.status_code, reply.content) == (200, b"")


# --- streams ---


def test_a_stream_is_cut(place: Place) -> None:
    """After so many events."""
    got, raised = received(place, STREAM, "stream-cut; after=2")
    assert isinstance(raised, httpx2.ReadError)
    assert [name for name, _ in events_in(got.decode())] == ["image_generation.partial_image"] * 2
    assert (place.last.status, place.last.end, place.last.final) == (200, "cut", False)


def test_a_stream_tells_of_an_error(place: Place) -> None:
    """As an event of its own, after which nothing comes."""
    events = events_in(place.ask(STREAM, "stream-error; after=1").text)
    assert [name for name, _ in events] == ["image_generation.partial_image", "error"]
    assert events[-1][1]["error"]["code"] == "image_generation_failed"


def test_an_event_is_no_json(place: Place) -> None:
    """The other events are as they were."""
    text = place.ask(STREAM, "stream-malformed; after=1").text
    datas = [line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")]
    readable = [is_json(data) for data in datas]
    assert readable == [True, False, True]


def is_json(text: str) -> bool:
    """Tell whether a text can be read."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_stream_comes_byte_by_byte(place: Place) -> None:
    """And is the same in the end."""
    headers = {**KEY, "X-Safelight-Fault": "stream-bytes; size=3"}
    with place.http.stream("POST", PATH, json=STREAM, headers=headers) as reply:
        pieces = list(reply.iter_raw())
    assert len(events_in(b"".join(pieces).decode())) == 3
    if not place.has_port:  # A network may join what was sent apart.
        assert {len(one) for one in pieces[:-1]} <= {1, 2, 3}


def test_a_stream_pauses(place: Place) -> None:
    """Before each event."""
    began = time.monotonic()
    events = events_in(place.ask(STREAM, "stream-pauses; seconds=0.1").text)
    assert len(events) == 3
    assert time.monotonic() - began >= 0.3


def test_a_stream_ends_without_its_final_image(place: Place) -> None:
    """In good order: nothing but the missing event tells."""
    reply = place.ask(STREAM, "stream-no-final")
    assert {name for name, _ in events_in(reply.text)} == {"image_generation.partial_image"}
    assert (place.last.end, place.last.final, place.last.images) == ("complete", False, 1)


@pytest.mark.parametrize(
    ("order", "end", "marks"),
    [
        ("stream-crlf", "}\r\n\r\n", {"\r\n\r\n": 3, "\n\n": 0}),
        ("stream-comments", "}\n\n", {": keep-alive\n\n": 3}),
        ("stream-done", "}\n\ndata: [DONE]\n\n", {"\n\n": 4}),
        ("stream-no-blank-line", "}\n", {"\n\n": 2}),
    ],
)
def test_a_stream_is_written_in_another_way(place: Place, order: str, end: str, marks: dict[str, int]) -> None:
    """Its events are the same, but for the one that is never ended."""
    text = place.ask(STREAM, order).text
    assert text.endswith(end)
    assert {mark: text.count(mark) for mark in marks} == marks
    assert len(events_in(text)) == (2 if order == "stream-no-blank-line" else 3)


# --- images and links ---


@pytest.mark.parametrize(
    ("order", "file"),
    [
        ("image-format", "JPEG of 64x48"),
        ("image-size", "PNG of 32x24"),
        ("image-garbage", "no image"),
        ("image-truncated", "a broken PNG"),
    ],
)
def test_an_image_is_not_what_the_answer_says(place: Place, order: str, file: str) -> None:
    """The answer itself is without fault, and the log knows that no good image went out."""
    reply = place.ask(FOX, order)
    assert (reply.status_code, reply.json()["output_format"], reply.json()["size"]) == (200, "png", "64x48")
    assert kind_of(image_in(reply)) == file
    assert (place.last.images, place.last.final) == (1, False)


@pytest.mark.parametrize(
    ("order", "file"),
    [
        ("image-format", "JPEG of 256x256"),
        ("image-size", "PNG of 128x128"),
        ("image-garbage", "no image"),
        ("image-truncated", "a broken PNG"),
    ],
)
def test_a_linked_image_is_not_what_the_answer_says(place: Place, order: str, file: str) -> None:
    """JPEG named PNG, and so on: content type and suffix say nothing of it."""
    url = place.ask(LINKED, order).json()["data"][0]["url"]
    reply = place.http.get(url)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
    assert url.endswith(".png")
    assert kind_of(reply.content) == file


@pytest.mark.parametrize(("order", "status"), [("url-expired", 403), ("url-missing", 404)])
def test_a_link_leads_nowhere(place: Place, order: str, status: int) -> None:
    """From the start, or because its time is over."""
    url = place.ask(LINKED, order).json()["data"][0]["url"]
    assert place.http.get(url).status_code == status


def test_a_link_is_slow(place: Place) -> None:
    """And leads to the image in the end."""
    url = place.ask(LINKED, "url-slow; seconds=0.2").json()["data"][0]["url"]
    began = time.monotonic()
    assert opened(place.http.get(url).content).size == (256, 256)
    assert time.monotonic() - began >= 0.2


# --- is the client open? ---


def test_answers_have_fields_that_the_spec_does_not_know(place: Place) -> None:
    """On every level, in events too."""
    body = place.ask(FOX, "extra-fields").json()
    assert all("field_of_the_future" in one for one in (body, body["data"][0], body["usage"]))
    assert all("field_of_the_future" in data for _, data in events_in(place.ask(STREAM, "extra-fields").text))


def test_answers_have_values_that_the_spec_does_not_know(place: Place) -> None:
    """Wherever a choice of the request is repeated."""
    body = place.ask(FOX, "new-values").json()
    assert (body["output_format"], body["background"]) == ("png-next", "opaque-next")
    assert {data["quality"] for _, data in events_in(place.ask(STREAM, "new-values").text)} == {"medium-next"}


def test_streams_have_events_that_the_spec_does_not_know(place: Place) -> None:
    """Before the others, and between them."""
    names = [name for name, _ in events_in(place.ask(STREAM, "new-events").text)]
    assert names.count("something_of_the_future") == 2
    assert names[-1] == "image_generation.completed"


# --- what cannot happen ---


def test_a_fault_that_cannot_happen_is_missed_and_the_log_says_why(place: Place) -> None:
    """A stream cannot be cut where there is none."""
    for order, why in (
        ("stream-cut", "the answer is no stream"),
        ("url-expired", "the answer has no links"),
    ):
        assert place.ask(FOX, order).status_code == 200
        assert place.last.fault == ""
        assert why in place.last.note


def test_an_order_that_makes_no_sense_is_refused(place: Place) -> None:
    """With a sentence that says what would be right."""
    reply = place.ask(FOX, "rate-limt")
    assert reply.status_code == 400
    assert "did you mean 'rate-limit'?" in reply.json()["safelight"]
    reply = place.ask(FOX, "error; text=maximun")
    assert reply.status_code == 400
    assert "did you mean 'maximum'?" in reply.json()["safelight"]


def test_every_kind_is_tried_here() -> None:
    """A kind that is added is a test to write."""
    text = Path(__file__).read_text("utf-8")
    assert [word for word in KINDS if word != "ok" and f'"{word}' not in text and f"'{word}" not in text] == []


def test_questions_about_methods_are_no_calls(place: Place) -> None:
    """A browser asks before it calls; an order is not for that."""
    asyncio.run(place.app.state.put_fault(read_fault({"fault": "rate-limit", "id": "once", "times": 1})))
    try:
        assert place.http.request("OPTIONS", PATH).status_code == 204
        assert place.http.get(PATH).status_code == 405
        assert [place.http.post(PATH, json=FOX, headers=KEY).status_code for _ in range(2)] == [429, 200]
    finally:
        asyncio.run(place.app.state.remove_fault("once"))
