"""The wire: sends calls and receives answers; how, nothing else in the test kit knows.

Whatever goes wrong between two machines comes back as a value: an answer that was cut, or none at all.  Answers are
read as they stream in, up to a limit, and within a time that counts from the request to the last byte; a server that
sends a byte a minute holds up nobody.

Calls of a server on this machine take the loopback, which costs little; all others go through httpx2.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from safelight_testkit.contract.arrival import Arrival, Unreached
from safelight_testkit.contract.trial import Call
from safelight_testkit.judging.verdict import Ended, Received

if TYPE_CHECKING:
    from safelight_testkit.contract.loopback import Loopback
    from safelight_testkit.contract.network import Network, Transport

__all__ = ["Wire", "is_loopback"]

_LARGEST: Final = 1 << 28
"""Bytes of the largest answer that is read: ten images of 3840 by 2160 in base64 have room in it."""

_CONNECT: Final = 10.0


class Wire:
    """Sends calls and receives answers.

    Args:
        timeout: Seconds for one exchange, from the request to the last byte of the answer.
        transport: What carries them; a real network by default.
        base_url: Where the server is; to a server on this machine, no proxy of the environment is used.
        largest: Bytes of the largest answer that is read.
        clock: Tells Unix time.
    """

    def __init__(
        self,
        *,
        timeout: float,
        transport: Transport | None = None,
        base_url: str = "",
        largest: int = _LARGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._timeout = timeout
        self._largest = largest
        self._clock = clock
        self._transport = transport
        self._is_near = transport is None and is_loopback(base_url)
        self._trust_env = not is_loopback(base_url)
        self._loopback: Loopback | None = None
        self._network: Network | None = None

    async def __aenter__(self) -> Self:
        """Open connections as they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        if self._loopback is not None:
            self._loopback.close()
        if self._network is not None:
            await self._network.close()

    async def send(self, call: Call) -> Received:
        """Send a call and receive its answer."""
        arrival = Arrival(time.perf_counter(), self._largest)
        try:
            async with asyncio.timeout(self._timeout):
                await self._way(call.url).exchange(call, arrival)
        except TimeoutError:
            return arrival.ended(Ended.LATE, f"no answer within {self._timeout:g} s")
        except Unreached as error:
            return arrival.ended(Ended.CUT, str(error), sent=False)
        except OSError as error:
            return arrival.ended(Ended.CUT, str(error))
        return arrival.ended(Ended.LARGE if arrival.large else Ended.WHOLE, "")

    async def fetch(self, url: str) -> Received:
        """Fetch what a link leads to; no key goes with it, because it may lead anywhere."""
        return await self.send(Call("GET", url, (("accept", "*/*"),), b""))

    def _way(self, url: str) -> Loopback | Network:
        """What sends a call to an address; each is imported with the first call that it sends."""
        connecting = min(self._timeout, _CONNECT)
        if self._is_near and _is_plain(url):
            if self._loopback is None:
                from safelight_testkit.contract.loopback import Loopback

                self._loopback = Loopback(connecting=connecting, clock=self._clock)
            return self._loopback
        if self._network is None:
            from safelight_testkit.contract.network import Network

            self._network = Network(
                connecting=connecting, transport=self._transport, trust_env=self._trust_env, clock=self._clock
            )
        return self._network


def _is_plain(url: str) -> bool:
    """Whether nothing but HTTP over a socket of this machine is needed, and nothing in the URL to be rewritten."""
    return url[:7].lower() == "http://" and url.isascii() and "@" not in url and "#" not in url and is_loopback(url)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine and to no other, so that it costs nothing to call it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
