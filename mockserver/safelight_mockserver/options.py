"""The options of a fake API: what its spec leaves open and whoever starts it decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field
from datetime import date
from typing import Final, Literal, TypeAlias

from safelight.judging.interpret import DOCUMENTED, bases
from safelight.records import dataclass

from .rates import Rate

__all__ = ["Face", "Options"]

Face: TypeAlias = Literal["strict", "tolerant"]

_SHORTEST_SECRET = 16
_LONGEST_LATENCY = 100
_AMOUNTS: Final = (
    *("body_limit", "intake_bytes", "picture_pixels", "call_pixels"),
    *("cache_bytes", "log_bytes", "reply_bytes"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a fake API behaves.

    Attributes:
        api_key: The only key that is accepted.  By default any key will do, but there must be one: a client that
            forgets it would fail against the real API.
        basis: Which rules are enforced: ``documented``, and with it ``observed`` and ``advisory`` if named.
        as_of: The day whose state of the API is served; the day that the spec describes by default.
        ignore: Ids of constraints that are not enforced.
        face: A ``strict`` API refuses what breaks its rules.  A ``tolerant`` relay drops fields that it does not know,
            brings values into their range, and refuses only what it cannot mend.
        latency: How long answers take, as a multiple of what image APIs take (see
            `safelight_mockserver.answers.pace`); 0 for no longer than need be.
        rate_limits: What each key may use, see `safelight_mockserver.rates`; no limit by default.
        seed: Another seed, other pictures, other dice.
        images: What draws them: ``picture``, ``plain``, ``tiny``, or a renderer of one's own (see
            `safelight_mockserver.pictures.renderer`).
        control: Whether there is a control API, and its page, below ``/_safelight/``.
        control_key: The key that the control API asks for; none by default.
        secret: What links to pictures are signed with, at least 16 bytes.  Servers with the same secret serve each
            other's links.  By default every start makes a new one.
        public_url: Where clients reach the server, ``https://fake.example``, for the links in answers.  By default
            links lead to where the request was sent.
        body_limit: The largest request body, in bytes.
        intake_bytes: How much of all request bodies together may be on its way in at a time.
        picture_pixels: The largest picture, in pixels.
        call_pixels: The most pixels of all pictures that one call may ask for together.
        cache_bytes: How much of the pictures drawn is kept in memory.
        log_bytes: How much of the requests received is kept in memory.
        reply_bytes: How much of the bodies of answers is kept in memory, for exports.

    Raises:
        ValueError: An option cannot work.
    """

    api_key: str | None = field(default=None, repr=False)
    basis: Collection[str] = DOCUMENTED
    as_of: date | None = None
    ignore: Collection[str] = ()
    face: Face = "strict"
    latency: float = 0.0
    rate_limits: tuple[Rate, ...] = ()
    seed: int = 0
    images: str = "picture"
    control: bool = True
    control_key: str | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    public_url: str | None = None
    body_limit: int = 32 << 20
    intake_bytes: int = 256 << 20
    picture_pixels: int = 1 << 24
    call_pixels: int = 100_000_000
    cache_bytes: int = 64 << 20
    log_bytes: int = 64 << 20
    reply_bytes: int = 32 << 20

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        bases(self.basis)
        for what, key in (("an API key", self.api_key), ("a control key", self.control_key)):
            if key is not None and not (key and key.isascii() and key.isprintable()):
                raise ValueError(f"{what} is one or more printable ASCII characters: no other fits into a header")
        if self.secret is not None and len(self.secret) < _SHORTEST_SECRET:
            raise ValueError(f"a secret of {len(self.secret)} bytes can be guessed: use {_SHORTEST_SECRET} or more")
        for name in _AMOUNTS:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if not 0 <= self.latency <= _LONGEST_LATENCY:
            raise ValueError(f"latency must be from 0 to {_LONGEST_LATENCY}, got {self.latency}")
        scheme, found, host = (self.public_url or "http://host").partition("://")
        if scheme not in {"http", "https"} or not found or not host.isascii() or not host.isprintable():
            raise ValueError(f"public_url must be an http or https URL, got {self.public_url!r}")
