"""The state of several fakes that answer as one: in Redis, where each of them finds what the others remember.

Every step is one script, which Redis runs alone (`safelight_mockserver.store.redis_scripts`); so a sequence of faults
is played exactly, whichever server a request reaches, and a server that is killed between two steps leaves nothing half
done.  A request is remembered before its answer goes out: what a client was told, the log has.

Nothing is tried again here.  A step whose answer was lost may have been taken, and taking it twice would count a
request twice; so the client hears that the state cannot be reached, and knows what to do.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from safelight_mockserver.clock import Setting
from safelight_mockserver.faults.fault import Fault
from safelight_mockserver.faults.order import as_json, read_fault

from . import redis_scripts as scripts
from .address import check_address
from .entry import Entry
from .state import Allowance, Board, Limit, Outdated, Spent
from .stored import restored, stored
from .tally import counts

if TYPE_CHECKING:
    from redis.asyncio import BlockingConnectionPool, Redis

__all__ = ["RedisState", "StateError", "link_secret"]

_PREFIX: Final = "{safelight}:"
_OVERHEAD: Final = 1024  # Bytes that Redis keeps for an entry beside its stored form, roughly.
_CONNECTIONS: Final = 32
_SECONDS: Final = 5.0  # After which Redis is taken for out of reach.
_HOUR: Final = 3600
_ANY: Final = "*"  # Whatever version the board has.
_OF_HEADERS: Final = "header:"
"""A part of the names of counters that belong to one call, which nobody takes back."""


class StateError(Exception):
    """The shared state cannot be reached, or does not do what is asked of it."""


class RedisState:
    """A state in Redis; see `safelight_mockserver.State` for what each step does.

    Args:
        url: Where it is: ``redis://host:6379/0``, ``rediss://`` with TLS, or ``unix://``.  Servers with the same URL
            share everything; another database number is another state.
        max_bytes: How much of the log is remembered; the oldest requests are forgotten first.

    Raises:
        ValueError: The URL is none of Redis, or the library for it is not installed.
    """

    def __init__(self, url: str, max_bytes: int) -> None:
        self._url = url
        self._max_bytes = max_bytes
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, _Client] = WeakKeyDictionary()
        self._known: tuple[tuple[bytes | None, ...], Board] = ((None, None, None), Board(clock=Setting()))
        _pool(url)  # So that a URL that cannot work is told at once.

    @property
    def latest_board(self) -> Board | None:
        """The board as it was known last: that it still is, Redis says when the request is remembered."""
        return self._known[1]

    async def record(self, entry: Entry) -> None:
        """Remember a request."""
        await self._record(entry, _ANY)

    async def record_under(self, entry: Entry, board: Board) -> None:
        """Remember a request that was answered by a board, if that is still the board.

        Raises:
            Outdated: It is not.
        """
        if not await self._record(entry, board.version):
            raise Outdated

    async def _record(self, entry: Entry, version: str) -> bool:
        text, mark = stored(entry), _mark(entry.test)
        size = len(text) + _OVERHEAD
        return bool(
            await self._run(scripts.RECORD, entry.id, text, size, self._max_bytes, mark, version, *_counted(entry))
        )

    async def amend(self, entry: Entry) -> None:
        """Put an entry in the place of the one with its id."""
        text = stored(entry)
        await self._run(scripts.AMEND, entry.id, text, len(text) + _OVERHEAD, self._max_bytes, *_counted(entry))

    async def entries(self, *, test: str | None = None, after: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """Return the requests that are remembered, oldest first."""
        newest = await self._run(scripts.ENTRIES, _mark(test), after, -1 if limit is None else limit)
        return tuple(restored(text, int(seq)) for seq, text in reversed(newest))

    async def clear(self, test: str | None = None) -> None:
        """Forget every request, or those of one test."""
        await self._run(scripts.CLEAR, _mark(test))

    async def board(self) -> Board:
        """Return what counts for the next request."""
        found: tuple[bytes | None, ...] = tuple(await self._run(scripts.BOARD))
        texts, board = self._known
        if found != texts:
            version, clock, seed, *faults = found
            board = Board(
                tuple(read_fault(json.loads(text)) for text in faults if text is not None),
                Setting() if clock is None else Setting(**json.loads(clock)),
                None if seed is None else int(seed),
                "" if version is None else version.decode(),
            )
            self._known = found, board
        return board

    async def put_fault(self, fault: Fault) -> None:
        """Order a fault."""
        text = json.dumps(as_json(fault))
        mark = _mark(fault.scope.test)
        await self._run(scripts.PUT_FAULT, fault.id, text, mark, fault.counter, fault.hit_counter, _version())

    async def remove_fault(self, id_: str) -> bool:
        """Take a fault back, and tell whether it stood."""
        return bool(await self._run(scripts.REMOVE_FAULT, id_, _version()))

    async def clear_faults(self, test: str | None = None) -> None:
        """Take back every fault, or those of one test."""
        await self._run(scripts.CLEAR_FAULTS, _mark(test), _version())

    async def count(self, name: str) -> int:
        """Count one more of *name*."""
        kept = _HOUR if _OF_HEADERS in name else 24 * 30 * _HOUR
        return int(await self._run(scripts.COUNT, name, kept))

    async def spend(self, bucket: str, cost: float, limit: Limit, now: float) -> Spent:
        """Spend *cost* of the allowance of *bucket*."""
        told = (repr(float(value)) for value in (cost, limit.amount, limit.seconds, now))
        left, at = await self._run(scripts.SPEND, bucket, *told, 24 * _HOUR)
        return Allowance(float(left), float(at)).spend(cost, limit, now)[1]

    async def set_clock(self, setting: Setting) -> None:
        """Share how the clock stands."""
        text = json.dumps({"ahead": setting.ahead, "frozen": setting.frozen})
        await self._run(scripts.SET_DIAL, "clock", text, _version())

    async def set_seed(self, seed: int) -> None:
        """Share the seed of pictures."""
        await self._run(scripts.SET_DIAL, "seed", seed, _version())

    async def counts(self) -> Mapping[str, float]:
        """Return what all servers of this state have counted."""
        with _told_plainly(self._url):
            found = await _of(self._client().redis.hgetall(f"{_PREFIX}tally"))
        return {name.decode(): float(count) for name, count in found.items()}

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.redis.aclose()

    async def _run(self, script: str, *arguments: str | bytes | float) -> Any:  # noqa: ANN401 - whatever it returns
        with _told_plainly(self._url):
            return await self._client().script(script)(arguments)

    def _client(self) -> _Client:
        """Return the client of the running event loop: connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = _Client(_connect(self._url))
        return client


async def link_secret(url: str) -> bytes:
    """Return what all servers with this state sign links with; the first of them chooses it.

    Raises:
        StateError: The state cannot be reached.
        ValueError: As for `RedisState`.
    """
    redis = _connect(url)
    try:
        with _told_plainly(url):
            await _of(redis.set(f"{_PREFIX}secret", secrets.token_hex(32), nx=True))
            return bytes.fromhex((await _of(redis.get(f"{_PREFIX}secret"))).decode())
    finally:
        await redis.aclose()


class _Client:
    """Connections of one event loop, and the scripts that Redis knows through them."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._scripts: dict[str, Callable[[tuple[str | bytes | float, ...]], Awaitable[Any]]] = {}

    def script(self, text: str) -> Callable[[tuple[str | bytes | float, ...]], Awaitable[Any]]:
        """Return a function that runs a script; its text travels once."""
        found = self._scripts.get(text)
        if found is None:
            script: Any = self.redis.register_script(text)
            found = self._scripts[text] = lambda arguments: script([_PREFIX], arguments)
        return found


def _connect(url: str) -> Redis:
    pool = _pool(url)
    from redis.asyncio import Redis

    return Redis.from_pool(pool)


def _pool(url: str) -> BlockingConnectionPool:
    check_address(url)
    try:
        from redis.asyncio import BlockingConnectionPool
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ValueError("a state in Redis needs its library: pip install 'safelight[redis]'") from None
    made: BlockingConnectionPool = cast("Any", BlockingConnectionPool).from_url(  # Its options are not typed.
        url,
        max_connections=_CONNECTIONS,
        timeout=_SECONDS,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return made


@contextmanager
def _told_plainly(url: str) -> Generator[None]:
    """Tell what goes wrong with Redis in a sentence; a password in the URL is not part of it."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        parts = urlsplit(url)
        where = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        raise StateError(f"the shared state at {where} cannot be used: {error}") from error


def _of(reply: object) -> Awaitable[Any]:
    """Return what an asynchronous command returns: redis-py types it as if it might be synchronous."""
    return cast("Awaitable[Any]", reply)


def _counted(entry: Entry) -> Iterator[str | float]:
    """Yield what an entry counts for, each with how often, one after the other; nothing while it is answered."""
    for name, count in counts(entry):
        yield from (name, count)


def _version() -> str:
    """Return what no board had before: one that was lost with its Redis is not taken for one that came after."""
    return secrets.token_hex(8)


def _mark(test: str | None) -> str:
    return "" if test is None else f"t{test}"
