"""The entry: what is remembered of a request, in full and in short."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from safelight.vocabulary.checks import Violation
from safelight_mockserver.answers.message import Head, RawHeaders

from .heads import NOTHING_ASKED, Asked, Pairs, as_pairs

__all__ = ["Brief", "End", "Entry", "Form"]

End: TypeAlias = Literal["open", "complete", "cut", "left"]
"""How an answer ended: not yet, whole, broken off by order, or left by its client."""

_OVERHEAD: Final = 1024  # Bytes of an entry beside its body, roughly.
_PARSED: Final = 5
"""Violations hold on to values of the parsed body: up to four bytes for each byte of it, beside the body itself."""


class Entry(NamedTuple):
    """A request that was received, and how it was answered.  Keys are not among it.

    Every request needs one, and a named tuple is made in a third of the time of a frozen dataclass.  Name its fields.

    Attributes:
        id: The id that the answer carries.
        at: Unix time by the fake's clock.
        verb: The HTTP method.
        path: The path of the URL.
        body: The body; None where it was longer than the limit.
        status: The HTTP status of the answer; 0 where the connection ended before any.
        violations: Every constraint that the request breaks.
        seq: Which change of the log this is, from 1; it rises when the entry is amended.  The state sets it.
        test: The test that the request belongs to, from the header ``X-Safelight-Test``.
        operation: The operation of the spec that was called; empty where the path is of none.
        model: The model that the request was judged by; empty where none is known.
        began: Unix time by the machine's clock, which nobody moves.
        milliseconds: From the arrival of the request to the end of the answer, as far as it has come.
        fault: The fault that was played, in the words in which it is ordered; empty for none.
        retry_after: Seconds after which the answer told the client to come back; None where it told nothing.
        images: The images that the call is billed for, whether or not they arrived.
        final: Whether the finished images went out, whole and readable.
        sent: Bytes of the body that went out.
        end: How the answer ended.
        note: What the fake did or could not do, in a sentence; empty where there is nothing to say.
        asked: The headers of the request, for `request_headers`.
        told: The headers of the answer, for `response_headers`; or what they are made of, for one that went out whole.
    """

    id: str
    at: float
    verb: str
    path: str
    body: bytes | None
    status: int
    violations: tuple[Violation, ...]
    seq: int = 0
    test: str | None = None
    operation: str = ""
    model: str = ""
    began: float = 0.0
    milliseconds: float = 0.0
    fault: str = ""
    retry_after: float | None = None
    images: int = 0
    final: bool = False
    sent: int = 0
    end: End = "complete"
    note: str = ""
    asked: Asked = NOTHING_ASKED
    told: Head | RawHeaders = ()

    @property
    def size(self) -> int:
        """How many bytes it takes, roughly."""
        texts = len(self.path) + len(self.note) + len(self.test or "") + self.asked.size
        return _OVERHEAD + texts + len(self.body or b"") * (_PARSED if self.violations else 1)

    @property
    def request_headers(self) -> Pairs:
        """The headers of the request, without secrets."""
        return self.asked.pairs

    @property
    def request_query(self) -> Pairs:
        """The parameters behind the path of the request, without secrets."""
        return self.asked.query

    @property
    def response_headers(self) -> Pairs:
        """The headers of the answer; none where it had not begun."""
        if isinstance(self.told, Head):
            return as_pairs(self.told.raw(self.id, self.milliseconds, None if self.status == 204 else self.sent))
        return as_pairs(self.told)


_VERB, _BEGAN, _FAULT, _SENT, _END = map(Entry._fields.index, ("verb", "began", "fault", "sent", "end"))
"""Where fields of an entry stand: before, between and behind these are those that a `Brief` has."""


class Form:
    """What the entries of requests share that are alike, byte for byte, and are answered alike.

    Args:
        entry: One of them; what differs from one to the next may be anything.

    Attributes:
        test: The test that they belong to.
        size: How many bytes each takes, roughly.
    """

    __slots__ = ("_parts", "size", "test")

    def __init__(self, entry: Entry) -> None:
        self._parts = entry[_VERB:_BEGAN], entry[_FAULT:_SENT], entry[_END:]
        self.size = entry.size
        self.test = entry.test

    def entry(self, brief: Brief) -> Entry:
        """Return an entry in full."""
        request, answer, end = self._parts
        _, id_, at, began, milliseconds, sent = brief
        return Entry._make((id_, at, *request, began, milliseconds, *answer, sent, *end))


class Brief(NamedTuple):
    """An entry in short: what differs from one request to the next that is like it.  See `Entry` for its fields."""

    form: Form
    id: str
    at: float
    began: float
    milliseconds: float
    sent: int

    @property
    def test(self) -> str | None:
        """The test that the request belongs to."""
        return self.form.test

    @property
    def size(self) -> int:
        """How many bytes the entry takes, roughly; those that it shares are counted for each."""
        return self.form.size

    @property
    def entry(self) -> Entry:
        """The entry in full."""
        return self.form.entry(self)
