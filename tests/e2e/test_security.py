"""What a fake API does with those who mean it no good: nothing, in few words, at little cost."""

from __future__ import annotations

import gzip
import hmac
import json
import re
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from safelight import load
from safelight_mockserver import Fake, Options, fake, running
from safelight_mockserver.serving.limits import Limits
from safelight_mockserver.transport import AppTransport
from tests.e2e.serving import serving
from tests.e2e.sockets import KEY, PATH, connected, everything, post, status, told, wait_until

ROOT = Path(__file__).parents[2]
SPEC = load(ROOT / "spec" / "ttapi-images.yaml")
BODY = {"prompt": "a fox"}
QUICK = Limits(head_bytes=4096, headers=50, seconds=0.2, connections=20)


@pytest.fixture(scope="module")
def app() -> Fake:
    """The fake that the servers of this module serve."""
    return fake(SPEC)


@pytest.fixture(scope="module")
def server(app: Fake) -> Generator[str]:
    """A server with the usual limits."""
    with running(app) as url:
        yield url


@pytest.fixture
def strict(app: Fake) -> Generator[str]:
    """A server with limits that a test reaches at once."""
    with running(app, limits=QUICK) as url:
        yield url


def lives(base_url: str) -> bool:
    """Whether a server still answers calls."""
    return status(told(base_url, post(BODY))) == 200


class TestWhereItListens:
    """Nobody else reaches it unless its owner says so."""

    def test_it_listens_on_this_machine_only(self) -> None:
        """Without --host, the address is that of the loopback interface, in code and on the command line."""
        with running(fake(SPEC)) as url:
            assert url.startswith("http://127.0.0.1:")
        shown = subprocess.run(
            [sys.executable, "-m", "safelight.cli", "serve", "--help"], capture_output=True, text=True, check=True
        ).stdout
        assert re.search(r"--host TEXT\s+The address to listen at\.\s+\[default:\s+127\.0\.0\.1\]", shown)

    def test_no_control_api_is_open_to_the_network_without_a_key(self) -> None:
        """The start is refused with what to do; with a key, or without the control API, it is not."""
        command = [sys.executable, "-m", "safelight.cli", "serve", str(ROOT / "spec" / "ttapi-images.yaml")]
        arguments = ["--host", "0.0.0.0", "--port", "0"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert "--control-key" in done.stderr
        assert "--no-control" in done.stderr
        for allowed in (["--control-key", "k"], ["--no-control"]):
            with serving(*arguments, *allowed) as (process, _):
                assert process.poll() is None


class TestFiles:
    """A path names a call or a picture, never a file."""

    @pytest.mark.parametrize(
        "target",
        [
            "/../../../../etc/passwd",
            "/v1/../../../etc/passwd",
            "/pictures/../../../../etc/passwd",
            "/pictures/..%2f..%2f..%2fetc%2fpasswd",
            "/pictures/%2e%2e/%2e%2e/etc/passwd.png",
            "/pictures/....//....//etc/passwd",
            "/pictures/..\\..\\etc\\passwd",
            "/pictures/%00.png",
            "/pictures/file:%2f%2f%2fetc%2fpasswd.png",
            "//etc/passwd",
            "/_safelight/../../etc/passwd",
            "/_safelight/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        ],
    )
    def test_no_path_leads_out(self, server: str, target: str) -> None:
        """However a path is spelt, what comes back is a refusal, and nothing of a file."""
        reply = told(server, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert status(reply) in {400, 401, 403, 404, 405}
        assert b"root:" not in reply


class TestFetching:
    """The fake answers from itself alone."""

    def test_it_opens_no_connection_for_any_body(self, app: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
        """Addresses in a request are text: with every way out closed, such calls are answered as any other."""

        def closed(*_arguments: object, **_options: object) -> NoReturn:
            raise AssertionError("the fake tried to reach somebody")

        with AppTransport(app) as transport, httpx2.Client(transport=transport, base_url="http://fake") as client:
            client.post(PATH, json=BODY, headers={"TT-API-KEY": KEY})  # Starts what the transport needs.
            for name in ("connect", "connect_ex", "sendto"):
                monkeypatch.setattr(f"socket.socket.{name}", closed, raising=False)
            monkeypatch.setattr(socket, "getaddrinfo", closed)
            for url in ("http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_"):
                for name in ("prompt", "image", "image_url", "mask", "user", "webhook"):
                    body = {"prompt": "a fox", "model": "gpt-image-1", name: url}
                    assert client.post(PATH, json=body, headers={"TT-API-KEY": KEY}).status_code in {200, 400}
                assert client.get(f"/pictures/{url}").status_code in {403, 404}


class TestHeadersOfAnswers:
    """What a client sends never becomes a header, nor ends one."""

    @pytest.mark.parametrize(
        "body",
        [
            {"prompt": "a\r\nSet-Cookie: stolen=1\r\n\r\n<html>"},
            {"prompt": "a fox", "user": "me\r\nX-Injected: 1"},
            {"prompt": "a fox", "model": "dall-e-3\r\nX-Injected: 1"},
            {"prompt": "a fox", "size": "1x1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
            {"prompt": "a fox", "a\r\nX-Injected: 1": 1},
        ],
    )
    def test_no_value_of_a_body_becomes_a_header(self, server: str, body: dict[str, Any]) -> None:
        """One answer, its own headers only; line breaks arrive escaped, inside JSON."""
        reply = told(server, post(body))
        head, _, content = reply.partition(b"\r\n\r\n")
        assert status(reply) in {200, 400}
        assert not re.search(rb"(?im)^(x-injected|set-cookie)", head)
        assert b"content-length: %d\r\n" % len(content) in head.lower() + b"\r\n"
        assert json.loads(content)

    @pytest.mark.parametrize("separator", [b"\r\n", b"\n", b"\r", b"\x00", b"\x0b"])
    @pytest.mark.parametrize("header", [b"Authorization: Bearer k", b"X-Safelight-Test: t", b"X-Request-Id: r"])
    def test_no_header_becomes_two(self, server: str, header: bytes, separator: bytes) -> None:
        """A line break inside a header is two headers or a refusal, and nothing of it comes back as a header."""
        raw = post(BODY).replace(b"Connection:", header + separator + b"X-Injected: 1\r\nConnection:", 1)
        head = told(server, raw).partition(b"\r\n\r\n")[0]
        assert status(head) in {200, 400}
        assert b"x-injected" not in head.lower()

    @given(host=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
    @example(host="a:99999")
    @example(host="[.:]")
    @example(host="a:b:c")
    def test_no_host_writes_more_of_a_link_than_its_host(self, app: Fake, host: str) -> None:
        """A link in an answer leads to the host that was called if it looks like one, otherwise to this server."""
        with AppTransport(app) as transport, httpx2.Client(transport=transport, base_url="http://fake") as client:
            reply = client.post(PATH, json=BODY, headers={"TT-API-KEY": KEY, "Host": host})
        link = reply.json()["data"][0]["url"]
        assert re.fullmatch(r"http://[A-Za-z0-9._:\[\]-]+/pictures/[A-Za-z0-9_.-]+", link)

    def test_a_public_url_is_the_only_one(self) -> None:
        """With it, no header of a request has a say in where links lead."""
        options = Options(public_url="https://fake.example")
        with running(fake(SPEC, options)) as url:
            for headers in ([], [("X-Forwarded-Host", "evil.example")], [("Forwarded", "host=evil.example")]):
                reply = told(url, post(BODY, *headers, host="evil.example"))
                assert b'"url":"https://fake.example/pictures/' in reply
                assert b"evil.example" not in reply


class TestBodies:
    """A body costs what its bytes cost."""

    def test_no_body_is_inflated(self, app: Fake) -> None:
        """A kilobyte that stands for a megabyte is a kilobyte, which is no JSON; and valid JSON so packed is none."""
        with AppTransport(app) as transport, httpx2.Client(transport=transport, base_url="http://fake") as client:
            for content in (b"\0" * (1 << 20), json.dumps(BODY).encode()):
                for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
                    headers = {"TT-API-KEY": KEY, "Content-Type": "application/json", "Content-Encoding": encoding}
                    reply = client.post(PATH, content=gzip.compress(content), headers=headers)
                    assert reply.status_code == 400

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 1_000_000,
            b'{"a":' * 300_000,
            b'{"prompt":' + b"9" * 1_000_000 + b"}",
            b'{"n":1e999,"prompt":"a"}',
            b'{"n":-1E+400,"prompt":"a"}',
            b'{"prompt":NaN}',
            b'{"prompt":"' + b"\\ud800" * 100_000 + b'"}',
            b'{"prompt":"a","prompt":"b","n":' + b"0" * 100 + b"}",
            b"{" + b",".join(b'"k%d":1' % number for number in range(50_000)) + b"}",
        ],
        ids=["arrays", "objects", "digits", "infinite", "minus infinite", "NaN", "surrogates", "twice", "fields"],
    )
    def test_no_body_is_a_bomb(self, server: str, body: bytes) -> None:
        """Depth, digits, surrogates and fields end in a refusal, and the server goes on."""
        assert status(told(server, post(body))) == 400
        assert lives(server)

    def test_a_body_over_the_limit_is_refused_and_not_kept(self) -> None:
        """The limit is told; nothing of the body is in the log."""
        app = fake(SPEC, Options(body_limit=1000))
        with running(app) as url:
            assert status(told(url, post({"prompt": "x" * 5000}))) == 413
            assert lives(url)

    def test_bodies_that_come_at_a_time_are_limited_together(self) -> None:
        """Clients that send most of a large body and wait fill no memory: the next one is told to come back."""
        app = fake(SPEC, Options(body_limit=10_000, intake_bytes=25_000))
        large = post({"prompt": "x" * 9_900})
        with running(app) as url:
            with ExitStack() as waiting:
                clients = [waiting.enter_context(connected(url)) for _ in range(4)]
                for client in clients:
                    client.sendall(large[:-100])
                wait_until(lambda: len(select.select(clients, [], [], 0)[0]) == 2)
                for client in select.select(clients, [], [], 0)[0]:
                    reply = everything(client)
                    assert status(reply) == 503
                    assert b"retry-after: 1" in reply
            wait_until(lambda: status(told(url, large)) == 400)  # The prompt is too long, which is no matter of room.


class TestRequests:
    """A request ends where it says, once."""

    @pytest.mark.parametrize(
        "headers",
        [
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 4",
            "Content-Length: 4\r\nContent-Length: 5",
            "Content-Length: 4, 5",
            "Content-Length: +4",
            "Content-Length: -1",
            "Content-Length: 0x4",
            "Content-Length: 99999999999999999999",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding:\x0bchunked",
            " Transfer-Encoding: chunked",
        ],
    )
    def test_a_length_told_in_two_ways_is_refused(self, server: str, headers: str) -> None:
        """What hides a second request from a proxy in front is one refused request here, not two answers."""
        hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        raw = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\n{hidden}"
        reply = told(server, raw.encode("latin-1"))
        assert status(reply) == 400
        assert reply.count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize("chunk", ["zz", "-1", "4;\n", "f" * 20, "4 4"])
    def test_a_chunk_that_is_none_is_refused(self, server: str, chunk: str) -> None:
        """The length of a chunk is one hexadecimal number."""
        raw = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}\r\nabcd\r\n0\r\n\r\n"
        assert status(told(server, raw.encode())) == 400
        assert lives(server)

    @pytest.mark.parametrize(
        "line",
        [
            "GET http://evil.example/health HTTP/1.1",
            "GET //evil.example/health HTTP/1.1",
            "CONNECT evil.example:443 HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "GET evil.example HTTP/1.1",
            "GET /health HTTP/9.9",
            "GET /health",
            "PRI * HTTP/2.0",
        ],
    )
    def test_it_is_no_proxy(self, server: str, line: str) -> None:
        """Targets of every form are answered from here or refused, and nothing of another server comes back."""
        reply = told(server, f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert status(reply) in {200, 204, 400, 404, 405}
        assert b"evil" not in reply
        assert lives(server)

    def test_a_request_names_its_host_once(self, server: str) -> None:
        """Two hosts are two opinions on where a link shall lead."""
        raw = post(BODY, ("Host", "evil.example"))
        assert status(told(server, raw)) == 400

    def test_an_upgrade_is_declined_and_its_request_answered(self, server: str) -> None:
        """A client that offers another protocol gets an answer in this one."""
        headers = (("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQ"))
        assert status(told(server, post(BODY, *headers))) == 200
        raw = post(BODY, ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x"))
        assert status(told(server, raw)) == 200

    def test_requests_in_a_row_are_answered_in_a_row(self, server: str) -> None:
        """Pipelined requests get one answer each, in order; what follows them and is none ends the connection."""
        one = post(BODY).replace(b"Connection: close\r\n", b"")
        with connected(server) as connection:
            connection.sendall(one * 50 + b"nonsense\r\n\r\n")
            reply = everything(connection)
        assert len(re.findall(rb"HTTP/1.1 200", reply)) <= 50
        assert lives(server)


class TestLimits:
    """Nobody can cost more than a limit says."""

    @pytest.mark.parametrize("piece", [1 << 20, 1000])
    @pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"])
    def test_a_head_without_end_is_refused(self, strict: str, start: bytes, piece: int) -> None:
        """Its first bytes over the limit end it, however they arrive."""
        filler = b"a" if start[-1:] != b"\n" else b"A: b\r\n"
        raw = start + filler * ((1 << 20) // len(filler))
        with connected(strict) as connection:
            with suppress(ConnectionError):  # The server closes in between, as it should.
                for place in range(0, len(raw), piece):
                    connection.sendall(raw[place : place + piece])
            reply = everything(connection)
        assert status(reply) in {0, 431}, reply
        assert lives(strict)

    def test_a_head_is_refused_at_the_same_length_however_it_arrives(self, strict: str) -> None:
        """The border is exact: a byte more is refused, also where all of it comes at once, with a body behind it."""

        def of_length(length: int) -> bytes:
            raw = post(BODY, ("X", ""))
            missing = length - (raw.index(b"\r\n\r\n") + 4)
            return raw.replace(b"X: ", b"X: " + b"a" * missing)

        assert status(told(strict, of_length(QUICK.head_bytes))) == 200
        assert status(told(strict, of_length(QUICK.head_bytes + 1))) == 431

    def test_too_many_headers_are_refused(self, strict: str) -> None:
        """Their number is limited too, for each of them costs more than its bytes."""
        few = [(f"a{number}", "") for number in range(QUICK.headers - 5)]
        assert status(told(strict, post(BODY, *few))) == 200
        assert status(told(strict, post(BODY, *few, ("b", "")))) == 431

    def test_a_head_that_does_not_come_is_not_waited_for(self, strict: str) -> None:
        """A client that says nothing, or half a head, is told so and left."""
        for start in (b"", b"GET / HTTP/1.1\r\n", post(BODY)[:40]):
            with connected(strict) as connection:
                connection.sendall(start)
                assert status(everything(connection)) == 408

    def test_a_head_that_comes_a_byte_at_a_time_is_not_waited_for(self, strict: str) -> None:
        """Each byte on its own buys no time."""
        with connected(strict) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            said: list[bytes] = []
            reader = threading.Thread(target=lambda: said.append(everything(connection)))
            reader.start()
            while reader.is_alive():
                with suppress(ConnectionError):  # The server may close between two bytes.
                    connection.sendall(b"a")
                reader.join(0.02)
        assert status(said[0]) in {0, 408}

    def test_a_body_that_does_not_come_is_not_waited_for(self, strict: str) -> None:
        """The same holds for the body, with a length and in chunks; also in the second request of a connection."""
        whole = post(BODY).replace(b"Connection: close\r\n", b"")
        chunked = whole.partition(b"\r\n\r\n")[0].replace(b"Content-Length: 19", b"Transfer-Encoding: chunked")
        for start in (whole[:-3], chunked + b"\r\n\r\n4\r\nabcd\r\n", whole + whole[:-3]):
            with connected(strict) as connection:
                connection.sendall(start)
                reply = everything(connection)
            assert b"HTTP/1.1 408 " in reply
            assert reply.count(b"HTTP/1.1 ") == 1 + (start.count(b"POST") == 2)

    def test_an_answer_that_takes_long_is_not_a_request_that_does(self, strict: str) -> None:
        """A call that has arrived whole is answered, however long that takes."""
        body = {"model": "gpt-image-1", "prompt": "a slow one", "size": "1536x1024", "n": 10, "output_format": "webp"}
        assert status(told(strict, post(body))) == 200

    def test_a_client_that_takes_nothing_is_left(self, app: Fake) -> None:
        """Answers that nobody reads do not hold their connection for ever."""
        calls = 500
        one = post({"model": "gpt-image-1", "prompt": "a fox"}).replace(b"Connection: close\r\n", b"")
        with running(app, limits=Limits(seconds=0.2, connections=1)) as url, connected(url) as connection:
            connection.sendall(one * calls)
            wait_until(lambda: lives(url))
            assert everything(connection).count(b"HTTP/1.1 200") < calls

    def test_connections_over_the_limit_are_told_so(self, app: Fake) -> None:
        """They are closed at once, and taken again when others have left."""
        with running(app, limits=Limits(connections=5)) as url:
            with ExitStack() as waiting:
                for _ in range(5):
                    waiting.enter_context(connected(url))
                wait_until(lambda: not lives(url))
                assert status(told(url, b"")) == 503
            wait_until(lambda: lives(url))


class TestKeysAndLinks:
    """Secrets are compared without telling anything about them."""

    def test_a_key_is_compared_in_constant_time(self) -> None:
        """The comparison is the one of the standard library that is made for it."""
        app = fake(SPEC, Options(api_key="the-right-key"))
        compared: list[tuple[bytes, bytes]] = []

        def compare(left: bytes, right: bytes) -> bool:
            compared.append((left, right))
            return compare_digest(left, right)

        compare_digest = hmac.compare_digest
        with (
            mock.patch("hmac.compare_digest", compare),
            AppTransport(app) as transport,
            httpx2.Client(transport=transport, base_url="http://fake") as client,
        ):
            for key, expected in (("the-right-kez", 401), ("x", 401), ("the-right-key", 200)):
                assert client.post(PATH, json=BODY, headers={"TT-API-KEY": key}).status_code == expected
        assert {b"the-right-kez", b"x", b"the-right-key"} <= {one for pair in compared for one in pair}

    @given(data=st.data())
    def test_no_link_can_be_forged_or_extended(self, app: Fake, data: st.DataObject) -> None:
        """One character more, less or other in a link, and it leads to nothing."""
        with AppTransport(app) as transport, httpx2.Client(transport=transport, base_url="http://fake") as client:
            made = client.post(PATH, json=BODY, headers={"TT-API-KEY": KEY}).json()["data"][0]["url"]
            start, name = made.rsplit("/", 1)
            assert client.get(made).status_code == 200
            place = data.draw(st.integers(0, len(name) - 1))
            letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_."))
            edits = (
                name[:place] + letter + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + name[place + 1 :],
            )
            edit = data.draw(st.sampled_from([one for one in edits if one != name]))
            assert client.get(f"{start}/{edit}").status_code in {403, 404}

    def test_a_link_of_another_server_is_no_link(self) -> None:
        """Each start has its own secret unless one is given."""
        with AppTransport(fake(SPEC)) as one, AppTransport(fake(SPEC)) as other:
            with httpx2.Client(transport=one, base_url="http://fake") as client:
                link = client.post(PATH, json=BODY, headers={"TT-API-KEY": KEY}).json()["data"][0]["url"]
            with httpx2.Client(transport=other, base_url="http://fake") as client:
                assert client.get(link).status_code == 403
