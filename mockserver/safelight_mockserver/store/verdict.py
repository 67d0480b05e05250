"""The verdict on a client: how it behaved towards a server that was busy, broken, or lying.

A pure function from the request log to findings.  Requests with the same body, operation and test are attempts of one
call for as long as the call has not had its answer: an attempt whose finished images went out ends it, and so does one
that was refused for good, unless the client asks again all the same, which is a finding.

A pause counts as it was by the fake's clock or by the machine's, whichever is longer: a test may let its client really
sleep, or move the clock in its place.  A log cannot show what a client made of an answer; whoever called it can say
(*outcome*), and then a broken answer that was taken for a good one is found too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from safelight.records import dataclass

from .entry import Entry

__all__ = ["FINDINGS", "CallMade", "Finding", "Outcome", "Verdict", "verdict"]

Outcome: TypeAlias = Literal["returned", "raised"]
"""How the code that made the calls ended: with a result, or with an error."""

FINDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "too-early": "came back before the time that the server had asked for",
        "storm": "came back again and again with hardly a pause",
        "too-many": "made more attempts than any client should",
        "paid-twice": "sent a call again that may have been carried out, and it was billed once more",
        "hopeless": "sent again, unchanged, what was refused for good",
        "broken-taken-for-good": "took an answer without its finished images for a good one",
        "good-taken-for-broken": "failed although its finished images were there",
    }
)
"""Every kind of finding by its permanent name."""

_EARLY: Final = 0.95
"""A client may come back so much earlier than told: clocks differ, and timers fire a little early."""

_STORM: Final = 3
"""Pauses without need to hurry that make a storm."""

_HARDLY: Final = 0.1  # Seconds.
_MOST: Final = 6
"""Attempts of one call.  Official SDKs make three by default; twice as many are for patient batch jobs."""

_AGAIN: Final = frozenset({0, 408, 409, 429})
_FOR_GOOD: Final = frozenset({"quota", "spend-cap"})
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client should not have done.

    Attributes:
        kind: A key of `FINDINGS`.
        message: A sentence that says what it did, and what would have been right.
        requests: The ids of the requests that show it.
    """

    kind: str
    message: str
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallMade:
    """One call, in all its attempts.

    Attributes:
        attempts: Its requests, oldest first.
        gaps: Seconds from the end of each attempt to the next one.
        billed: How many of the attempts are paid for.
        final: Whether the finished images went out.
    """

    attempts: tuple[Entry, ...]
    gaps: tuple[float, ...]
    billed: int
    final: bool

    def __str__(self) -> str:
        """Tell of the call in a line."""
        told = " → ".join(_told(one) for one in self.attempts)
        pauses = f", after {', '.join(f'{gap:.2f} s' for gap in self.gaps)}" if self.gaps else ""
        images = "finished images sent" if self.final else "no finished image sent"
        return f"{told}{pauses}; billed {self.billed} times; {images}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a client.

    Attributes:
        calls: What it called, in the order in which each began.
        findings: What it should not have done; empty for a good client.
    """

    calls: tuple[CallMade, ...]
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the findings, each once."""
        return tuple(dict.fromkeys(one.kind for one in self.findings))

    def __str__(self) -> str:
        """Tell of the calls, and then of the findings."""
        lines = [f"{number}. {call}" for number, call in enumerate(self.calls[:_SHOWN], 1)]
        found = [f"{one.kind}: {one.message}" for one in self.findings]
        return "\n".join([*(lines or ["no call was made"]), *(found or ["nothing to complain about"])])


def verdict(entries: Iterable[Entry], *, outcome: Outcome | None = None) -> Verdict:
    """Judge a client by what it sent.

    Args:
        entries: The requests, oldest first; those for pictures and unknown paths do not count.
        outcome: How the code that made the last call ended; without it, nothing is said of what it made of answers.
    """
    calls = tuple(_call(attempts) for attempts in _grouped(entries))
    findings = [finding for call in calls for finding in _of_call(call)]
    if calls and outcome is not None:
        findings += _of_outcome(calls[-1], outcome)
    return Verdict(calls, tuple(findings))


def _grouped(entries: Iterable[Entry]) -> Iterator[tuple[Entry, ...]]:
    """Gather the attempts of each call."""
    open_: dict[tuple[str | None, str, bytes | None], list[Entry]] = {}
    groups: list[list[Entry]] = []
    for entry in entries:
        if not entry.operation:
            continue
        key = entry.test, entry.operation, entry.body
        if key not in open_:
            open_[key] = []
            groups.append(open_[key])
        open_[key].append(entry)
        if entry.final:
            del open_[key]
    return map(tuple, groups)


def _call(attempts: tuple[Entry, ...]) -> CallMade:
    gaps = tuple(_gap(before, after) for before, after in pairwise(attempts))
    return CallMade(attempts, gaps, sum(one.images > 0 for one in attempts), attempts[-1].final)


def _gap(before: Entry, after: Entry) -> float:
    took = before.milliseconds / 1000
    by_machine = after.began - before.began - took
    by_clock = after.at - before.at
    return max(by_machine, by_clock - took, 0.0)


def _of_call(call: CallMade) -> Iterator[Finding]:
    pairs = [*zip(pairwise(call.attempts), call.gaps, strict=True)]
    for (before, after), gap in pairs:
        asked = before.retry_after
        ids = before.id, after.id
        if asked is not None and gap < asked * _EARLY:
            yield Finding("too-early", f"came back after {gap:.2f} s, and was asked to wait {asked:g} s", ids)
        if before.images and after.images:
            yield Finding(
                "paid-twice",
                f"the attempt that ended with {_told(before)} was carried out and billed, and so was the next one; "
                "sending again is safe only after what is surely not billed, such as 429",
                ids,
            )
        if _is_for_good(before):
            yield Finding("hopeless", f"sent again what was refused with {_told(before)}: that will not change", ids)
    hasty = [before.id for (before, _), gap in pairs if gap < _HARDLY and not before.retry_after]
    if len(hasty) >= _STORM:
        yield Finding("storm", f"came back {len(hasty)} times within {_HARDLY} s; pauses should grow", (*hasty,))
    if len(call.attempts) > _MOST:
        yield Finding("too-many", f"made {len(call.attempts)} attempts of one call", _ids(call.attempts))


def _of_outcome(call: CallMade, outcome: Outcome) -> Iterator[Finding]:
    last = call.attempts[-1]
    if outcome == "returned" and not call.final:
        message = f"returned a result, and the last answer was {_told(last)}: its finished images never went out"
        yield Finding("broken-taken-for-good", message, (last.id,))
    if outcome == "raised" and call.final:
        message = f"raised an error, and the last answer was {_told(last)}, with its finished images"
        yield Finding("good-taken-for-broken", message, (last.id,))


def _is_for_good(entry: Entry) -> bool:
    """Whether asking again, unchanged, makes no sense."""
    if entry.fault.partition(";")[0] in _FOR_GOOD:
        return True
    return 400 <= entry.status < 500 and entry.status not in _AGAIN


def _ids(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(one.id for one in entries)


def _told(entry: Entry) -> str:
    status = str(entry.status) if entry.status else "no answer"
    fault = f" ({entry.fault})" if entry.fault else ""
    end = {"open": ", unfinished", "cut": ", cut off", "left": ", left by the client", "complete": ""}[entry.end]
    return f"{status}{fault}{end if entry.status else ''}"
