"""When to send a call again without paying twice.

An image call costs money once the server has begun it, and there is no idempotency key.  So by default only what was
surely not carried out is sent again: a connection that was never made, 429, 503 with a time to come back, and
whatever the server itself marks with ``x-should-retry: true``.  A timeout or a reset after the request has left, or a
500, may hide a finished and billed image; those are repeated only by callers who opt in with *maybe_billed*.  A 429 for
want of money is final: waiting brings none.

The delay is what the server asks for (``retry-after-ms``, then ``retry-after`` as seconds or as an HTTP date, the
order of the official SDKs), at most 120 seconds; who asks for more is not asked again.  Otherwise it is exponential:
0.5 s doubled up to 8 s, shortened by up to a quarter at random, so that clients do not come back all at once.

Everything here is a function of its arguments: the clock and the dice are passed in.  The small records are named
tuples, here and in the other inner modules: as immutable as frozen dataclasses, and each costs the import of the client
a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Final, NamedTuple, TypeAlias, assert_never

__all__ = [
    "LONGEST_DELAY",
    "Answered",
    "Outcome",
    "Policy",
    "Retry",
    "Stop",
    "Unanswered",
    "backoff",
    "decide",
    "is_safe",
]

LONGEST_DELAY: Final = 120.0
"""Seconds.  A server that asks for a longer pause gets no second call; the caller gets the error at once."""

_FIRST_DELAY = 0.5
_LONGEST_BACKOFF = 8.0
_QUOTA_USED_UP = "insufficient_quota"  # type and code of the one 429 that does not pass
_PASSING = frozenset({408, 409, 429})  # with every 5xx: faults that time can cure


class Unanswered(NamedTuple):
    """No whole answer came.

    Where the server was *reached*, the call may have been carried out, and billed; where not, nothing was sent.
    """

    reached: bool


class Answered(NamedTuple):
    """The server answered, and not with success.

    Attributes:
        status: The HTTP status.
        headers: The response headers; their names are looked up in lower case.
        said: The type and the code of the error, where the body tells them.
    """

    status: int
    headers: Mapping[str, str]
    said: tuple[str | None, ...] = ()

    @property
    def quota_used_up(self) -> bool:
        """Whether calls are refused until somebody pays."""
        return self.status == 429 and _QUOTA_USED_UP in self.said


Outcome: TypeAlias = Unanswered | Answered


class Policy(NamedTuple):
    """How far a caller wants to go.

    Attributes:
        max_retries: How many times a call may be sent again.
        maybe_billed: Whether to send again what may have been carried out and billed the first time.
    """

    max_retries: int = 2
    maybe_billed: bool = False


class Retry(NamedTuple):
    """Send again *after* so many seconds."""

    after: float


class Stop(NamedTuple):
    """Do not send again.  *reason* is worth telling; empty where sending again would make no sense anyway."""

    reason: str = ""


def decide(outcome: Outcome, attempt: int, policy: Policy, *, now: float, dice: float) -> Retry | Stop:
    """Decide what follows a failed attempt.

    Args:
        outcome: How the attempt failed.
        attempt: Which attempt it was, from 1.
        policy: What the caller allows.
        now: Seconds since 1970, to read ``retry-after`` dates by.
        dice: A random number from 0 to 1, for the jitter.
    """
    if not is_safe(outcome):
        if not _may_pass(outcome):
            spent = isinstance(outcome, Answered) and outcome.quota_used_up
            return Stop("not sent again: the quota is used up, and waiting does not fill it" if spent else "")
        if not policy.maybe_billed:
            return Stop("not sent again: it may have been carried out and billed; retry_maybe_billed=True would")
    if attempt > policy.max_retries:
        return Stop()
    asked = _asked_delay(outcome.headers, now) if isinstance(outcome, Answered) else None
    if asked is None:
        return Retry(backoff(attempt, dice))
    if asked > LONGEST_DELAY:
        return Stop(f"not sent again: the server asks to wait {asked:.0f} s, over the limit of {LONGEST_DELAY:.0f} s")
    return Retry(asked)


def is_safe(outcome: Outcome) -> bool:
    """Tell whether the attempt was surely not billed and may succeed when it is sent again unchanged."""
    match outcome:
        case Unanswered(reached):
            return not reached
        case Answered(status, headers):
            verdict = _verdict(headers)
            if verdict is not None:
                return verdict
            if outcome.quota_used_up:
                return False
            return status == 429 or (status == 503 and ("retry-after" in headers or "retry-after-ms" in headers))
        case _:
            assert_never(outcome)


def backoff(attempt: int, dice: float) -> float:
    """Seconds to wait after the *attempt*-th attempt (from 1) where the server names no time."""
    doubled: float = _FIRST_DELAY * 2 ** min(attempt - 1, 10)  # bounded: 2 ** 10_000 is no float
    return min(doubled, _LONGEST_BACKOFF) * (1 - 0.25 * dice)


def _verdict(headers: Mapping[str, str]) -> bool | None:
    """The server's own word on sending again, if it has one."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def _may_pass(outcome: Outcome) -> bool:
    match outcome:
        case Unanswered():
            return True
        case Answered(status, headers):
            return (
                _verdict(headers) is not False and not outcome.quota_used_up and (status in _PASSING or status >= 500)
            )
        case _:
            assert_never(outcome)


def _asked_delay(headers: Mapping[str, str], now: float) -> float | None:
    """The delay in seconds that the server asks for; None where it asks for none that can be read."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None and milliseconds > 0:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is None and text is not None:
        seconds = _seconds_until(text, now)
    return seconds if seconds is not None and seconds > 0 else None


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _seconds_until(date: str, now: float) -> float | None:
    from email.utils import mktime_tz, parsedate_tz

    parsed = parsedate_tz(date)
    if parsed is None:
        return None
    try:
        return mktime_tz((*parsed[:9], parsed[9] or 0)) - now  # HTTP dates are GMT, said or not
    except (OverflowError, ValueError):  # a date of the year 0 or 99999
        return None
