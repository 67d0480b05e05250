"""The network: sends calls through httpx2, with all that a way to another machine may need."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import httpx2

from safelight_testkit.contract.arrival import Arrival, Unreached
from safelight_testkit.contract.trial import Call

__all__ = ["Network", "Transport"]

Transport: TypeAlias = httpx2.AsyncBaseTransport
"""What carries requests."""


class Network:
    """Sends calls through httpx2.

    Args:
        connecting: Seconds that a connection may take to be made.
        transport: What carries them; a real network by default.
        trust_env: Whether proxies of the environment are used.
        clock: Tells Unix time.
    """

    def __init__(
        self,
        *,
        connecting: float,
        transport: Transport | None,
        trust_env: bool,
        clock: Callable[[], float],
    ) -> None:
        self._connecting = connecting
        self._transport = transport
        self._trust_env = trust_env
        self._clock = clock
        self._clients: dict[bool, tuple[httpx2.AsyncClient, tuple[tuple[str, str], ...]]] = {}
        self._open = AsyncExitStack()

    async def close(self) -> None:
        """Close all connections."""
        await self._open.aclose()

    async def exchange(self, call: Call, arrival: Arrival) -> None:
        """Send a call, and receive its answer until it ends or is too large.

        Raises:
            Unreached: There is no connection, or nothing that can be sent.
            OSError: The connection broke, or what came is no HTTP.
        """
        try:
            await self._exchange(call, arrival)
        except httpx2.ConnectTimeout as error:
            raise Unreached(f"no connection within {self._connecting:g} s") from error
        except httpx2.TimeoutException as error:
            raise TimeoutError from error
        except (httpx2.ConnectError, httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise Unreached(_words(error)) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise ConnectionError(_words(error)) from error

    async def _client(self, url: str) -> tuple[httpx2.AsyncClient, tuple[tuple[str, str], ...]]:
        """The client for an address, and the headers of all its requests; only HTTPS needs certificates to be read."""
        secure = self._transport is None and url[:6].lower() == "https:"
        if secure not in self._clients:
            client = httpx2.AsyncClient(
                transport=self._transport,
                timeout=None,  # for the whole exchange others keep it, and for connecting it goes with each request
                follow_redirects=False,
                trust_env=self._trust_env,
                verify=secure,
                limits=httpx2.Limits(max_connections=None),
            )
            del client.headers["accept"]  # which each call has
            await self._open.enter_async_context(client)
            self._clients[secure] = client, tuple(client.headers.multi_items())
        return self._clients[secure]

    async def _exchange(self, call: Call, arrival: Arrival) -> None:
        client, common = await self._client(call.url)
        request = httpx2.Request(
            call.verb,
            call.url,
            headers=(*common, *call.headers),
            content=call.content,
            extensions={"timeout": {"connect": self._connecting}},
        )
        response = await client.send(request, stream=True)
        try:
            arrival.begin(response.status_code, tuple(response.headers.multi_items()), self._clock())
            async for chunk in response.aiter_bytes():
                if not arrival.take(chunk):
                    break
        finally:
            await response.aclose()


def _words(error: Exception) -> str:
    """What an exception says; its name where it says nothing."""
    return str(error) or type(error).__name__
