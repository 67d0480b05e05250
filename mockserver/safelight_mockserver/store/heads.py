"""Heads: the headers of requests and answers, as a log keeps them: by reference, and told without keys.

Most requests are never looked at again.  So nothing is copied or decoded when a request is remembered; what somebody
reads is worked out then.  Keys stay where they are: what is told, printed, exported or shared has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

__all__ = ["NOTHING_ASKED", "Asked", "Pairs", "as_pairs", "as_raw"]

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names, in lower case, and values."""

_Raw: TypeAlias = Sequence[tuple[bytes, bytes]]

_SECRET: Final = re.compile(r"auth|cookie|credential|key|passw|secret|session|signature|token")
_IDEMPOTENCY: Final = "idempotency-key"  # It opens nothing, and tells whether a call was tried again.
_HIDDEN: Final = "***"
_PAIR: Final = 100  # Bytes that a header takes beside its texts, roughly.


class Asked:
    """The headers of a request.

    Args:
        raw: As they came, with names in lower case.
        keys: The names of those in which the API takes keys.  Those whose names sound like secrets are hidden anyway.
        query: What stood behind the path, as it came.

    Attributes:
        size: How many bytes of memory they take, roughly.
    """

    __slots__ = ("_keys", "_query", "_raw", "size")

    def __init__(self, raw: _Raw, keys: frozenset[bytes] = frozenset(), query: bytes = b"") -> None:
        self._raw = raw
        self._keys = keys
        self._query = query
        self.size = sum([len(name) + len(value) + _PAIR for name, value in raw]) + len(query)

    @property
    def pairs(self) -> Pairs:
        """The headers without secrets; of those that begin with a scheme, as in ``Bearer ...``, it is left."""
        return tuple(
            (name, _masked(value) if raw in self._keys or _is_secret(name) else value)
            for (name, value), (raw, _) in zip(as_pairs(self._raw), self._raw, strict=True)
        )

    @property
    def query(self) -> Pairs:
        """The parameters behind the path, without secrets."""
        told = parse_qsl(self._query.decode("latin-1"), keep_blank_values=True)
        return tuple((name, _HIDDEN if _is_secret(name.lower()) else value) for name, value in told)

    def __eq__(self, other: object) -> bool:
        """Compare what is told."""
        if not isinstance(other, Asked):
            return NotImplemented
        return (self.pairs, self.query) == (other.pairs, other.query)

    def __hash__(self) -> int:
        """Hash what is told."""
        return hash((self.pairs, self.query))

    def __repr__(self) -> str:
        """Tell no secrets here either."""
        return f"Asked({self.pairs!r}, query={self.query!r})"


NOTHING_ASKED: Final = Asked(())


def as_pairs(raw: _Raw) -> Pairs:
    """Return headers as texts."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def as_raw(pairs: Sequence[Sequence[str]]) -> tuple[tuple[bytes, bytes], ...]:
    """Return headers as they go over the wire."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs)


def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None and not name.endswith(_IDEMPOTENCY)


def _masked(value: str) -> str:
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} {_HIDDEN}" if blank and scheme.isalpha() else _HIDDEN
