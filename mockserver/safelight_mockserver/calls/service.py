"""The service: what all calls of one fake API share, apart from the spec.

No web framework is needed for it, nor for answering calls (`endpoint`); `app` puts both behind one.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from safelight import Operation, Spec
from safelight.records import dataclass
from safelight_mockserver.answers.answer import Responder
from safelight_mockserver.answers.links import Link, sign
from safelight_mockserver.answers.message import Stamp, blocks_in
from safelight_mockserver.answers.reply import Address
from safelight_mockserver.answers.wire import Block, Text
from safelight_mockserver.clock import Clock
from safelight_mockserver.live import SpecSource
from safelight_mockserver.options import Options
from safelight_mockserver.pictures.picture import Picture
from safelight_mockserver.pictures.renderer import renderer
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.replies import Replies
from safelight_mockserver.store.state import State
from safelight_mockserver.store.tally import Tally

from .farewell import Farewell
from .gallery import Gallery
from .intake import Intake
from .line import Door
from .requestid import RequestIds

__all__ = ["Check", "Observer", "Scope", "Sent", "Service"]

Scope: TypeAlias = MutableMapping[str, Any]
"""The scope of a request, as ASGI has it."""

Observer: TypeAlias = Callable[[Entry], None]
"""Is told of each request once its answer has ended, or a stream of it."""

_KEPT_LINKS: Final = 512  # Links of one second are equal.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as it was sent."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes


Check: TypeAlias = Callable[[Spec, Operation, bytes, Sent], Sequence[str]]
"""Judges an answer of the fake: the spec, the operation that was called, the body of the request, and what was sent.

It returns what is wrong, a sentence each.  `safelight_testkit.selfcheck` has one.
"""


class Service:
    """What calls share.

    Args:
        source: Where the spec comes from.
        options: What the spec leaves open.
        clock: The time that is told, and by which links expire.
        state: What is remembered.
        responder: Makes what decides on the answers of an operation; one that errs shows what a test notices.

    Attributes:
        gallery: Draws pictures.
        tally: Counts requests.
        replies: The bodies of the latest answers.
        observers: Are told of requests.
        check: Judges every answer that no fault has spoiled; None where nobody asked for it.
        problems: What it found wrong, the latest hundred.
        intake: Room for bodies that are on their way in.
        farewell: Interrupts answers that still wait when a server has to stop.
        is_stopping: Tells whether the server is about to stop, so that answers without an end find one.
        door: Closes the port; set by a server that can.

    Raises:
        RenderError: The options name a renderer that is not there.
    """

    def __init__(
        self,
        source: SpecSource,
        options: Options,
        clock: Clock,
        state: State,
        *,
        responder: Callable[[Spec, Operation, Options], Responder] = Responder,
    ) -> None:
        self.source = source
        self.options = options
        self.clock = clock
        self.state = state
        self.responder = responder
        self.gallery = Gallery(options.cache_bytes, renderer(options.images))
        self.tally = Tally()
        self.replies = Replies(options.reply_bytes)
        self.observers: tuple[Observer, ...] = ()
        self.check: Check | None = None
        self.problems: list[str] = []
        self.farewell = Farewell()
        self.intake = Intake(options.intake_bytes)
        self.is_stopping: Callable[[], bool] = bool
        self.door: Door | None = None
        self.new_id = RequestIds()
        self.dice = random.Random(options.seed)  # noqa: S311 - it times answers, it protects nothing
        self._secret = options.secret or secrets.token_bytes(32)
        self._token = lru_cache(_KEPT_LINKS)(self._sign)
        self._path = lru_cache(_KEPT_LINKS)(self._path_of)

    def reconfigure(self, options: Options) -> None:
        """Go on with other options."""
        self.options = options

    @property
    def is_plain(self) -> bool:
        """Whether answers depend on nothing but the request, so that they can be kept."""
        return not self.options.rate_limits and not self.options.latency

    def stamp(self, scope: Scope, request_id: str, now: float) -> Stamp:
        """Return what the answer to a request is stamped with."""
        return Stamp(request_id, now, partial(self._address, scope))

    async def blocks(self, text: Text) -> dict[Block, bytes]:
        """Return the stretches of a text that have pictures in them, drawn if need be."""
        return {block: await self.gallery.block(block) for block in blocks_in(text)}

    def observe(self, entry: Entry) -> None:
        """Count a request whose answer has ended, and tell of it."""
        self.tally.add(entry)
        for observer in self.observers:
            observer(entry)

    def picture_path(self, picture: Picture, seconds: int) -> str:
        """Return the path of a link to a picture, good for so many seconds."""
        return f"/pictures/{self._token(Link(picture, int(self.clock.now()) + seconds))}"

    def _address(self, scope: Scope, hole: Address, now: float) -> str:
        return f"{self.origin(scope)}{self._path(hole, int(now))}"

    def _path_of(self, hole: Address, second: int) -> str:
        link = Link(hole.picture, second + hole.lifetime, hole.trouble, hole.seconds)
        return f"/pictures/{self._token(link)}"

    def _sign(self, link: Link) -> str:
        return f"{sign(link, self._secret)}.{link.picture.format}"

    def origin(self, scope: Scope) -> str:
        """Return the start of links: where the request was sent, unless the options know better."""
        if self.options.public_url is not None:
            return self.options.public_url.rstrip("/")
        server = tuple(scope.get("server") or ("127.0.0.1", 80))
        for name, value in scope["headers"]:
            if name == b"host":
                return _origin(scope["scheme"], value, server)
        return _origin(scope["scheme"], b"", server)


@lru_cache(_KEPT_LINKS)
def _origin(scheme: str, host: bytes, server: tuple[object, ...]) -> str:
    """Write the start of links: with the host that a request names, or else with the server's own address."""
    named = host.decode("latin-1") if _is_host(host) else "{}:{}".format(*server)
    return f"{scheme}://{named}"


def _is_host(text: bytes) -> bool:
    """Tell whether a link can lead to a host: a name or an address, and a port behind it that there is."""
    if not _HOST.fullmatch(text):
        return False
    try:
        parts = urlsplit(f"//{text.decode()}")
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # A port beyond the last, or brackets around what is no address.
        return False
