"""The fault: a standing order to trouble some requests, and when it does.

A fault has steps, such as 429, 429, ok, and meets the requests that its scope matches.  Which step the *n*-th of them
gets is a pure function of the fault and of *n* (`Fault.step`), so several servers that share one counter play one
sequence exactly, whichever of them a request reaches.

Keys are never part of a fault: a scope holds the SHA-256 of the key that it is about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any, Final

from safelight.records import dataclass
from safelight.vocabulary.checks import same

from .kinds import Kind, Pass

__all__ = ["Fault", "Request", "Scope", "key_digest"]

_CHANCES: Final = 1 << 53


def key_digest(key: str) -> str:
    """Return what a scope holds of a key: enough to know it again, and nothing that could be used."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What scopes look at of a request.

    Attributes:
        operation: The operation that it calls.
        model: The model that it is judged by; empty where none is known.
        body: Its fields; empty where the body is no JSON object.
        keys: The keys that it came with.
        test: The test that it belongs to.
    """

    operation: str
    model: str
    body: Mapping[str, Any]
    keys: tuple[str, ...]
    test: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which requests a fault is about; each part that is left out matches all.

    Attributes:
        operation: The operation that they call.
        model: Their model.
        parameters: Fields of the body with their values, compared as JSON has it.
        key: The digest of their key, see `key_digest`.
        test: The test that they belong to.
    """

    operation: str | None = None
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    key: str | None = None
    test: str | None = None

    def misses(self, request: Request) -> str:
        """Say in a clause why a request is not meant; empty where it is."""
        if self.test is not None and self.test != request.test:
            return f"it is for the test {self.test!r}"
        if self.operation is not None and self.operation != request.operation:
            return f"it is for the operation {self.operation}"
        if self.model is not None and self.model != request.model:
            return f"it is for the model {self.model}"
        if self.key is not None and self.key not in map(key_digest, request.keys):
            return "it is for another key"
        for name, value in self.parameters.items():
            if name not in request.body or not same(request.body[name], value):
                return f"it is for requests with {name} {value!r}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A standing order.

    Attributes:
        id: Its name; whoever orders may choose it.
        steps: What the requests that it hits get, one after the other.
        scope: Which requests it is about.
        times: How many rounds of its steps it lasts; None for one that stands until it is taken back.
        nth: The first request in its scope that it hits, from 1.
        every: From there on it hits one in so many.
        probability: The share of those that it hits, 0 to 1.
        seed: Another seed, other requests that are hit.
        delay: Seconds before whatever a step does.
    """

    id: str
    steps: tuple[Kind, ...]
    scope: Scope = field(default_factory=Scope)
    times: int | None = None
    nth: int = 1
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    delay: float = 0.0

    @property
    def counter(self) -> str:
        """The name under which the requests in its scope are counted."""
        return f"fault:{self.id}"

    @property
    def hit_counter(self) -> str:
        """The name under which those that chance lets it hit are counted."""
        return f"hits:{self.id}"

    def is_due(self, number: int) -> bool:
        """Tell whether it hits the request with this *number*, counted from 1 within its scope, while it lasts."""
        if number < self.nth or (number - self.nth) % self.every:
            return False
        return self.probability >= 1 or _chance(self.seed, number) < self.probability

    def hits_by(self, number: int) -> int | None:
        """Return the hits up to the request with this *number*, which is due; None where only counting can tell."""
        return (number - self.nth) // self.every + 1 if self.probability >= 1 else None

    def step(self, hit: int) -> Kind:
        """Return what the request of this *hit*, from 1, gets; nothing once the fault has lasted its rounds."""
        rounds, place = divmod(hit - 1, len(self.steps))
        return self.steps[place] if self.times is None or rounds < self.times else Pass()

    async def next_step(self, count: Callable[[str], Awaitable[int]]) -> Kind:
        """Count a request in its scope and return what that one gets.

        Args:
            count: Counts one more of a name, see `safelight_mockserver.State.count`.
        """
        number = await count(self.counter)
        if not self.is_due(number):
            return Pass()
        hit = self.hits_by(number)
        return self.step(await count(self.hit_counter) if hit is None else hit)


def _chance(seed: int, number: int) -> float:
    """Return a number from 0 to 1 that looks random, the same for the same arguments on every machine."""
    digest = hashlib.sha256(f"{seed}:{number}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / _CHANCES
