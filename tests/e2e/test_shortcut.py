"""The shortcut to known answers: it says what the usual way says, and what counts is asked for each request."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight import load
from safelight_mockserver import Clock, Entry, Fake, MemoryState, Options, fake, order, running
from safelight_mockserver.serving.shortcut import shortcut
from tests.e2e.sockets import KEY, PATH, connected, everything, post, wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
SPEC: Final = load(ROOT / "spec" / "ttapi-images.yaml")
FOX: Final[dict[str, Any]] = {"model": "dall-e-3", "prompt": "a fox"}
BODIES: Final[tuple[dict[str, Any], ...]] = (
    FOX,
    {"model": "dall-e-2", "prompt": "a fox", "n": 2},
    {"model": "dall-e-3", "prompt": "a fox", "n": 9},
)
CLOSE: Final = b"Connection: close\r\n"
DIFFERS: Final = re.compile(rb"(?m)^(date|x-request-id|openai-processing-ms): .*\r$|req_[0-9a-f]{32}")


class Derived(Fake):
    """A fake like any other, but nothing may be done past it."""


def unchecked(app: Fake) -> Fake:
    """A fake that does not judge its own answers, as those of tests do: judging needs the usual way."""
    app.check = None
    return app


class Side:
    """A fake on a port."""

    def __init__(self, stack: ExitStack, kind: type[Fake]) -> None:
        clock = Clock()
        clock.freeze(1_800_000_000.0)
        options = Options(images="tiny", secret=b"a secret of 16 bytes", seed=1)
        plain = fake(SPEC, options, clock=clock)
        self.app = unchecked(kind(plain.source, options, clock, plain.state))
        self.url = stack.enter_context(running(self.app))
        for body in BODIES:
            self.say([ask(body), post(body)])

    def say(self, parts: Sequence[bytes], pause: float = 0.0) -> bytes:
        """Send bytes, part by part, and return all that comes until the server closes."""
        with connected(self.url) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in parts:
                connection.sendall(part)
                sleep(pause)
            return everything(connection)

    def taken(self) -> list[Entry]:
        """What was received since this was asked last, but for what differs each time."""
        entries = asyncio.run(self.app.state.entries())
        asyncio.run(self.app.state.clear())
        return [one._replace(id="", seq=0, began=0.0, milliseconds=0.0, told=()) for one in entries]


@pytest.fixture(scope="module")
def sides() -> Generator[tuple[Side, Side]]:
    """A fake with a shortcut, and one without."""
    with ExitStack() as stack:
        both = Side(stack, Fake), Side(stack, Derived)
        assert [shortcut(one.app) is not None for one in both] == [True, False]
        yield both


def ask(body: Any, *headers: tuple[str, str], verb: str = "POST", path: str = PATH) -> bytes:  # noqa: ANN401 - JSON
    """A call on a connection that stays open."""
    return post(body, *headers, path=path).replace(CLOSE, b"").replace(b"POST", verb.encode(), 1)


def in_chunks(request: bytes) -> bytes:
    """The same call, its body sent in chunks."""
    head, _, body = request.partition(b"\r\n\r\n")
    head = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head)
    return head + b"\r\n\r\n%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (5, body[:5], len(body) - 5, body[5:])


@st.composite
def calls(draw: st.DrawFn) -> bytes:
    """A call: mostly one that is known, or one that differs from it in something that could count."""
    body = draw(st.sampled_from(BODIES))
    differences = [
        ask(body),
        ask(body),
        ask(body),
        ask({**body, "prompt": draw(st.sampled_from("abc"))}),
        ask(b"{" + json.dumps(body).encode()),
        ask(body, ("X-Safelight-Test", "a test")),
        ask(body, ("X-Safelight-Fault", "rate-limit")),
        ask(body, ("X-Forwarded-Proto", "https")),
        ask(body, ("Expect", "100-continue")),
        ask(body).replace(KEY.encode(), b"another"),
        ask(body).replace(b"Host: 127.0.0.1", b"Host: other.test"),
        ask(body, path=f"{PATH}?a=b"),
        ask(body, path=PATH.replace("images", "%69mages")),
        ask(body, path="/v1/nothing"),
        ask(body, verb="HEAD"),
        ask(body, verb="PUT"),
        in_chunks(ask(body)),
    ]
    return draw(st.sampled_from(differences))


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Calls one after another, cut anywhere, as a network may do; the last one ends the connection."""
    last = draw(st.sampled_from([post(FOX), ask(FOX).replace(b"HTTP/1.1", b"HTTP/1.0", 1)]))
    whole = b"".join([*draw(st.lists(calls(), max_size=6)), last])
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=3)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


@settings(max_examples=100, deadline=None)
@given(stream=streams(), pause=st.sampled_from([0.0, 0.002]))
def test_nobody_can_tell_which_way_an_answer_came(sides: tuple[Side, Side], stream: list[bytes], pause: float) -> None:
    """Whatever comes over a connection, in whatever parts: the same bytes come back, and the log says the same."""
    quick, usual = (DIFFERS.sub(b"", side.say(stream, pause)) for side in sides)

    assert quick == usual
    assert sides[0].taken() == sides[1].taken()


def test_a_known_request_takes_it_and_another_does_not(sides: tuple[Side, Side]) -> None:
    """A prompt that nobody has sent before goes the usual way, and every request does while a fault stands."""
    app = sides[0].app
    way = shortcut(app)
    assert way is not None

    def taken(body: Any) -> bool:  # noqa: ANN401 - JSON
        content, written = json.dumps(body).encode(), list[bytes]()
        headers = [line.partition(": ") for line in ask(body).decode().split("\r\n")[1:5]]
        host, port = "127.0.0.1", int(sides[0].url.split(":")[2].partition("/")[0])
        raw = [(name.lower().encode(), value.encode()) for name, _, value in headers]
        scope = {"method": "POST", "scheme": "http", "server": (host, port), "headers": raw}
        endpoint = way.lead(scope, PATH.encode())
        was = endpoint is not None and way.answer(endpoint, scope, content, (), written.append)
        assert len(written) == was
        return was

    assert taken(FOX)
    assert not taken({**FOX, "prompt": "never sent"})
    assert isinstance(app.state, MemoryState)
    app.state.put(order("server-error"))
    assert not taken(FOX)
    asyncio.run(app.state.clear_faults())
    assert taken(FOX)


@dataclass(frozen=True, slots=True)
class Talk:
    """A connection that stays open, with one request at a time."""

    connection: socket.socket

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        self.connection.sendall(request)
        came = b""
        while not (found := re.search(rb"content-length: (\d+)\r\n(?:.+\r\n)*\r\n", came)) or len(
            came
        ) < found.end() + int(found[1]):
            part = self.connection.recv(1 << 16)
            assert part, f"the server hung up after {came!r}"
            came += part
        return int(came.split(b" ", 2)[1]), came[found.end() :]


def test_what_counts_is_asked_for_each_request(tmp_path: Path) -> None:
    """Faults, the seconds that links tell, options and an edited spec reach a client that repeats itself."""
    file = tmp_path / "spec.yaml"
    text = (ROOT / "spec" / "ttapi-images.yaml").read_text("utf-8")
    file.write_text(text, "utf-8")
    clock, state = Clock(), MemoryState(1 << 20)
    clock.freeze(1_800_000_000.0)
    app = unchecked(fake(file, Options(images="tiny"), clock=clock, state=state))
    request = ask(FOX)
    with running(app) as url, connected(url) as connection:
        talk = Talk(connection)
        created = [json.loads(talk.ask(request)[1])["created"] for _ in range(3)]
        clock.advance(1)
        created += [json.loads(talk.ask(request)[1])["created"] for _ in range(2)]
        state.put(order("rate-limit", times=1))
        statuses = [talk.ask(request)[0] for _ in range(3)]
        app.reconfigure(Options(images="tiny", api_key="another"))
        statuses += [talk.ask(request)[0] for _ in range(2)]
        app.reconfigure(Options(images="tiny"))
        statuses += [talk.ask(request)[0] for _ in range(2)]
        file.write_text(text.replace("dall-e-3", "dall-e-4"), "utf-8")
        app.source.reload()
        statuses += [talk.ask(request)[0] for _ in range(2)]

    assert [second - 1_800_000_000 for second in created] == [0, 0, 0, 1, 1]
    assert statuses == [429, 200, 200, 401, 401, 200, 200, 400, 400]
    assert len(state.kept()) == 14


def test_what_is_derived_sees_each_request() -> None:
    """Whether it is a fake or a memory with something of its own."""
    seen: list[str] = []

    class Seeing(Derived):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has it
            seen.append("fake")
            await super().__call__(scope, receive, send)

    class Noting(MemoryState):
        async def record(self, entry: Entry) -> None:
            seen.append("memory")
            await super().record(entry)

    plain = fake(SPEC)
    for app in (Seeing(plain.source, plain.options, Clock(), plain.state), fake(SPEC, state=Noting(1 << 20))):
        with running(unchecked(app)) as url, connected(url) as connection:
            talk = Talk(connection)
            assert [talk.ask(ask(FOX))[0] for _ in range(4)] == [200] * 4

    assert seen == ["fake"] * 4 + ["memory"] * 4


def test_an_observer_that_fails_costs_the_connection_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """The client has its answer, and gets no other one; whoever runs the server hears why."""
    app = unchecked(fake(SPEC))
    with running(app) as url:
        with connected(url) as connection:
            Talk(connection).ask(ask(FOX))

        def fail(_entry: Entry) -> None:
            raise OSError("there is nobody to tell")

        app.observers = (fail,)
        with connected(url) as connection, caplog.at_level(logging.ERROR):
            connection.sendall(ask(FOX))
            came = everything(connection)
            wait_until(lambda: "there is nobody to tell" in caplog.text)

    assert came.count(b"HTTP/1.1") == came.count(b"HTTP/1.1 200 OK") == 1
