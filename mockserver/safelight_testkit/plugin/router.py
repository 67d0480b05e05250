"""A respx router whose answers come from the server of a test: for code that makes its HTTP client itself.

respx patches one library: httpx, or httpx2 where that was put in httpx's place before respx was imported (`alias` does
it).  Calls through the other one would leave the machine unnoticed, so here they fail and say why.

Replies stream, as they do through the server's own transports; ``respx.ASGIHandler`` would hold them back until they
are complete, and answers asynchronous clients only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx
import httpx2
import pytest
import respx

from safelight_testkit.plugin.server import SafelightServer

__all__ = ["routing"]

_ASYNC: Final = "safelight.async"


@contextmanager
def routing(server: SafelightServer) -> Generator[respx.MockRouter]:
    """Answer every call to the servers that the spec names, for as long as the context lasts.

    Args:
        server: Who answers.
    """
    origins = {"{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in (*server.spec.servers, server.base_url)}
    transport, async_transport = server.httpx_transport, server.async_httpx_transport

    def answer(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        if _ASYNC in request.extensions:
            return async_transport.handle_async_request(request)
        return transport.handle_request(request)

    router = _Router(assert_all_called=False)
    for origin in sorted(origins):
        router.route(url__startswith=str(httpx.URL(f"{origin}/"))).mock(side_effect=answer)
    with pytest.MonkeyPatch.context() as patch, router:
        if httpx.__name__ != httpx2.__name__:
            _guard(patch, {urlsplit(origin).hostname for origin in origins})
        yield router


class _Router(respx.MockRouter):
    """Marks asynchronous calls: respx gives all of them to the same functions."""

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, _ASYNC: True}
        return await super().async_handler(request)


def _guard(patch: pytest.MonkeyPatch, hosts: Collection[str | None]) -> None:
    """Let calls to *hosts* through httpx2 fail, which respx does not see."""
    send, send_async = httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request

    def check(request: httpx2.Request) -> None:
        if request.url.host in hosts:
            pytest.fail(
                f"{request.method} {request.url} goes out by httpx2, and respx sees httpx: it would have reached the "
                "network. In the pytest configuration, put safelight_respx = 'httpx2' and add '-p no:respx' to "
                "addopts; or give the client safelight_server.transport",
                pytrace=False,
            )

    def guarded(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        check(request)
        return send(self, request)

    async def guarded_async(self: httpx2.AsyncHTTPTransport, request: httpx2.Request) -> httpx2.Response:
        check(request)
        return await send_async(self, request)

    patch.setattr(httpx2.HTTPTransport, "handle_request", guarded)
    patch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", guarded_async)
