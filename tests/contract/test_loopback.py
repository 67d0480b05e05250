"""The loopback: what it receives from a server on this machine is what httpx2 receives."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight_testkit.contract.arrival import Arrival, Unreached
from safelight_testkit.contract.loopback import Loopback
from safelight_testkit.contract.network import Network
from safelight_testkit.contract.trial import Call
from safelight_testkit.contract.wire import Wire
from safelight_testkit.judging.verdict import Answer, Ended, NoAnswer, Received
from tests.e2e.sockets import wait_until

Served = Callable[[socket.socket], None]
PATIENCE: Final = 30.0
LARGEST: Final = 4096
HANDSHAKE: Final = b"\x16"
"""What TLS begins with (RFC 8446, section 5.1)."""


class Server:
    """A server that does with each connection what it is told to.

    Attributes:
        url: Where it is.
        requests: What was sent to it, in the order of arrival.
        connections: How many there were.
        closed: How many of them it has closed.
    """

    def __init__(self, serve: Callable[[Server, socket.socket], None], host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listening = socket.create_server((host, 0), family=family)
        self._serve = serve
        port = self._listening.getsockname()[1]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = 0

    def run(self) -> None:
        """Serve until it is closed."""
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._with, args=(connection,), daemon=True).start()

    def _with(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):  # The client may have seen enough.
            self._serve(self, connection)
        self.closed += 1

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def request(self, connection: socket.socket) -> bytes:
        """Read one request; empty where the client has closed."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


@contextmanager
def served(serve: Callable[[Server, socket.socket], None], host: str = "127.0.0.1") -> Generator[Server]:
    """A server in a thread."""
    server = Server(serve, host)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield server
    finally:
        server.close()


def saying(pieces: Sequence[bytes]) -> Callable[[Server, socket.socket], None]:
    """Answer the first request of a connection in pieces, and close."""

    def serve(server: Server, connection: socket.socket) -> None:
        if server.request(connection):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for piece in pieces:
                connection.sendall(piece)

    return serve


def keeping(answer: bytes) -> Callable[[Server, socket.socket], None]:
    """Answer each request of a connection, until the client closes."""

    def serve(server: Server, connection: socket.socket) -> None:
        while server.request(connection):
            connection.sendall(answer)

    return serve


POST: Final = (("content-type", "application/json"), ("accept", "*/*"))


def post(url: str, path: str = "/v1/draw", content: bytes = b'{"prompt": "a fox"}') -> Call:
    """A call."""
    return Call("POST", url + path, POST, content)


async def near(call: Call) -> tuple[Arrival, str]:
    """Send a call over the loopback."""
    loopback = Loopback(connecting=PATIENCE, clock=lambda: 0.0)
    try:
        return await outcome(loopback, call)
    finally:
        loopback.close()


async def far(call: Call) -> tuple[Arrival, str]:
    """Send a call through httpx2."""
    network = Network(connecting=PATIENCE, transport=None, trust_env=False, clock=lambda: 0.0)
    try:
        return await outcome(network, call)
    finally:
        await network.close()


async def outcome(way: Loopback | Network, call: Call) -> tuple[Arrival, str]:
    """What arrives, and how it ends."""
    arrival = Arrival(0.0, LARGEST)
    try:
        async with asyncio.timeout(PATIENCE):
            await way.exchange(call, arrival)
    except Unreached:
        return arrival, "unreached"
    except OSError:
        return arrival, "broken"
    return arrival, "large" if arrival.large else "whole"


def seen(found: tuple[Arrival, str]) -> tuple[int, list[tuple[str, str]], bytes, str]:
    """What of an answer is judged; httpx2 writes names in lower case."""
    arrival, end = found
    headers = [(name.lower(), value) for name, value in arrival.headers]
    return arrival.status, headers, bytes(arrival.body), end


def head(*headers: str, status: str = "200 OK") -> bytes:
    """The head of an answer."""
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode()


CHUNKED = head("Transfer-Encoding: chunked")
PACKED = gzip.compress(b"a fox" * 9)
ANSWERS: dict[str, bytes] = {
    "of a known length": head("Content-Length: 5", "X-Two: 1", "x-two: 2") + b"a fox",
    "in chunks": CHUNKED + b"3\r\na f\r\n2;why=not\r\nox\r\n0\r\nX-Trailer: 1\r\n\r\n",
    "until the connection closes": head("Content-Type: text/plain") + b"a fox",
    "of an older HTTP": b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\na fox",
    "empty": head("Content-Length: 0", status="400 Bad Request"),
    "of a status without a body": head(status="204 No Content"),
    "after an interim one": head(status="100 Continue")
    + head("Link: </a>", status="103 Early Hints")
    + head("Content-Length: 5")
    + b"a fox",
    "without a reason": b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\na fox",
    "packed": head("Content-Encoding: gzip", f"Content-Length: {len(PACKED)}") + PACKED,
    "packed the other way": head("Content-Encoding: deflate") + zlib.compress(b"a fox" * 9),
    "in no coding": head("Content-Encoding: identity", "Content-Length: 5") + b"a fox",
    "as large as is read": head(f"Content-Length: {LARGEST}") + b"x" * LARGEST,
    "larger than is read": head("Content-Length: 9999") + b"x" * 9999,
    "larger than is read, in chunks": CHUNKED + b"1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n",
    "cut in its head": head("Content-Length: 5")[:-6],
    "cut in its body": head("Content-Length: 50") + b"a fox",
    "cut between chunks": CHUNKED + b"3\r\na f\r\n",
    "cut in a chunk": CHUNKED + b"30\r\na f",
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "with a length that is none": head("Content-Length: many") + b"a fox",
    "with chunks that are none": CHUNKED + b"fox\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_received_as_httpx2_receives_it(answer: bytes) -> None:
    """Status, headers, body, and whether it came to its end."""

    async def both(url: str) -> None:
        assert seen(await near(post(url))) == seen(await far(post(url)))

    with served(saying([answer])) as server:
        asyncio.run(both(server.url))


@settings(max_examples=60)
@given(st.sampled_from([*ANSWERS]), st.lists(st.integers(0, 200), max_size=5))
def test_it_makes_no_difference_in_which_pieces_an_answer_comes(name: str, cuts: Sequence[int]) -> None:
    """A network cuts where it likes."""
    answer, places = ANSWERS[name], sorted(cuts)
    pieces = [answer[start:end] for start, end in zip([0, *places], [*places, len(answer)], strict=True)]

    with served(saying([answer])) as whole, served(saying(pieces)) as cut:
        assert seen(asyncio.run(near(post(cut.url)))) == seen(asyncio.run(near(post(whole.url))))


def test_what_arrives_at_the_server_is_the_call_and_nothing_that_was_not_asked_for() -> None:
    """Method, path with its query, headers and body; and where a link is fetched, no body."""
    answer = head("Content-Length: 0")

    async def send(url: str) -> None:
        await near(post(url, "/v1/draw?a=%20b"))
        await near(Call("GET", url, (("accept", "*/*"),), b""))

    with served(keeping(answer)) as server:
        asyncio.run(send(server.url))
        host = server.url.removeprefix("http://")

    common = f"host: {host}\r\nuser-agent: safelight\r\naccept-encoding: identity\r\n"
    first, second = (request.decode() for request in server.requests)
    assert first == (
        f"POST /v1/draw?a=%20b HTTP/1.1\r\n{common}content-type: application/json\r\naccept: */*\r\n"
        'content-length: 19\r\n\r\n{"prompt": "a fox"}'
    )
    assert second == f"GET / HTTP/1.1\r\n{common}accept: */*\r\n\r\n"


@pytest.mark.parametrize("value", ["two\r\nx-more: 1", "a\nb", "\0", "\N{FOX FACE}"], ids=["CRLF", "LF", "NUL", "fox"])
def test_a_header_that_cannot_be_written_is_not_sent(value: str) -> None:
    """A key out of the environment may hold anything, and is no way to add a header."""
    with served(keeping(head("Content-Length: 0"))) as server:
        call = Call("POST", server.url, (("authorization", value),), b"")
        assert asyncio.run(near(call))[1] == "unreached"

    assert server.requests == []


# --- connections ---


def over_one_loopback(calls: Iterable[Call], is_over: Callable[[int], bool] = lambda _: True) -> list[Received]:
    """Send calls one after another, each when so many are over at the server too."""

    async def send() -> list[Received]:
        async with Wire(timeout=PATIENCE, base_url="http://127.0.0.1") as wire:
            found: list[Received] = []
            for call in calls:
                found.append(await wire.send(call))
                await asyncio.to_thread(wait_until, partial(is_over, len(found)))
                await asyncio.sleep(0.01)
            return found

    return asyncio.run(send())


def statuses(found: Iterable[Received]) -> list[int]:
    """The statuses of answers; 0 where there is none."""
    return [one.status if isinstance(one, Answer) else 0 for one in found]


def test_a_connection_is_used_again() -> None:
    """Making one takes longer than using it."""
    with served(keeping(head("Content-Length: 5") + b"a fox")) as server:
        assert statuses(over_one_loopback([post(server.url)] * 5)) == [200] * 5
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [head("Content-Length: 0", "Connection: close"), head("Content-Length: 0"), head()],
    ids=["says so", "does not say so", "closes to end its answer"],
)
def test_a_connection_that_the_server_closes_is_not_used_again(answer: bytes) -> None:
    """Whether it says so or not, the next request gets its answer."""
    with served(saying([answer])) as server:
        found = over_one_loopback([post(server.url)] * 3, lambda number: server.closed >= number)

        assert statuses(found) == [200] * 3
        assert server.connections == 3


def test_what_a_server_says_unasked_is_not_taken_for_an_answer() -> None:
    """A second answer to one request would be taken for that of the next."""
    answer = head("Content-Length: 5") + b"a fox"

    with served(keeping(answer + answer.replace(b"fox", b"hen"))) as server:
        found = over_one_loopback([post(server.url)] * 3)

    assert [one.body for one in found if isinstance(one, Answer)] == [b"a fox"] * 3


def test_a_connection_that_is_reset_is_told_as_broken() -> None:
    """The request may have reached the server."""

    def reset(server: Server, connection: socket.socket) -> None:
        server.request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with served(reset) as server:
        (found,) = over_one_loopback([post(server.url)])

    assert isinstance(found, NoAnswer)
    assert (found.late, found.sent) == (False, True)
    assert found.why


def test_where_nobody_listens_nothing_was_sent() -> None:
    """It is told as such, and a run ends with its first request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    (found,) = over_one_loopback([post(f"http://127.0.0.1:{port}")])

    assert isinstance(found, NoAnswer)
    assert (found.late, found.sent) == (False, False)


def test_a_server_that_says_too_little_is_given_up_in_time() -> None:
    """What has come until then is kept, and the connection is not used again."""

    def slowly(server: Server, connection: socket.socket) -> None:
        server.request(connection)
        connection.sendall(head("Content-Length: 50"))
        for _ in range(50):
            connection.sendall(b"x")
            time.sleep(0.1)

    async def send(url: str) -> Received:
        async with Wire(timeout=1.5, base_url=url) as wire:
            return await wire.send(post(url))

    with served(slowly) as server:
        found = asyncio.run(send(server.url))

    assert isinstance(found, Answer)
    assert found.ended is Ended.LATE
    assert 0 < len(found.body) < 50


def test_calls_under_way_at_once_get_their_own_answers() -> None:
    """Each has a connection to itself."""

    def echo(server: Server, connection: socket.socket) -> None:
        while request := server.request(connection):
            body = request.partition(b"\r\n\r\n")[2]
            connection.sendall(head(f"Content-Length: {len(body)}") + body)

    async def send(url: str) -> list[Received]:
        async with Wire(timeout=PATIENCE, base_url=url) as wire:
            return await asyncio.gather(*(wire.send(post(url, content=b"%d" % number)) for number in range(50)))

    with served(echo) as server:
        found = asyncio.run(send(server.url))

    assert [one.body for one in found if isinstance(one, Answer)] == [b"%d" % number for number in range(50)]


# --- the way that is taken ---


def test_no_proxy_is_asked_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with served(keeping(head("Content-Length: 0"))) as server:
        assert statuses(over_one_loopback([post(server.url)])) == [200]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_server_may_be_named_or_have_an_address_of_either_kind() -> None:
    """All of these are this machine."""
    with served(keeping(head("Content-Length: 0"))) as four:
        named = four.url.replace("127.0.0.1", "localhost")
        assert statuses(over_one_loopback([post(four.url), post(named)])) == [200, 200]
    with served(keeping(head("Content-Length: 0")), host="::1") as six:
        assert statuses(over_one_loopback([post(six.url)])) == [200]


def test_what_is_more_than_plain_http_goes_through_httpx2() -> None:
    """A name and a password in a URL are sent as a header, and a link to HTTPS is spoken to in TLS."""

    def serve(server: Server, connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) == HANDSHAKE:
            server.requests.append(connection.recv(1))
        else:
            keeping(head("Content-Length: 0"))(server, connection)

    with served(serve) as server:
        with_password = server.url.replace("http://", "http://fox:secret@")
        found = over_one_loopback([post(with_password), post(server.url.replace("http:", "https:"))])

    assert statuses(found) == [200, 0]
    assert b"basic " in server.requests[0].lower()
    assert server.requests[1] == HANDSHAKE
