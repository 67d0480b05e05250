"""The result of a trial: what was found, and as much of the answer as a report needs."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from safelight_testkit.contract.trial import Trial
from safelight_testkit.judging.verdict import Finding, NoAnswer, Received, Severity

__all__ = ["Result", "Thumbnail", "Verdict", "excerpt"]

_LONGEST: Final = 4000
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{160,}={0,2}")


class Verdict(StrEnum):
    """What became of a trial."""

    PASSED = "passed"
    FAILED = "failed"
    OUTAGE = "outage"  # sent, and not judged
    UNSENT = "unsent"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small copy of an image that was received.

    Attributes:
        where: Its place in the answer.
        width: Of the image itself, in pixels; so is *height*.
        data: The copy, a JPEG or PNG file in base64.
        media_type: Which of the two.
    """

    where: str
    width: int
    height: int
    data: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a trial.

    Attributes:
        trial: What was sent.
        findings: What was found.
        status: The HTTP status; 0 where there was no answer.
        media_type: The content type of the answer.
        answer: The answer as text, without images and not all of a long one; empty where nothing is wrong.
        seconds: How long the last attempt took.
        tries: How often it was sent; 0 if never.
        usd: What it is estimated to have cost.
        why: Why it was not sent.
        pictures: Small copies of images that were received.
    """

    trial: Trial
    findings: tuple[Finding, ...] = ()
    status: int = 0
    media_type: str = ""
    answer: str = ""
    seconds: float = 0.0
    tries: int = 0
    usd: float = 0.0
    why: str = ""
    pictures: tuple[Thumbnail, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What became of the trial: a fault outweighs an outage."""
        if not self.tries:
            return Verdict.UNSENT
        found = {finding.severity for finding in self.findings}
        if Severity.FAULT in found:
            return Verdict.FAILED
        return Verdict.OUTAGE if Severity.OUTAGE in found else Verdict.PASSED

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are faults."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.FAULT)


def excerpt(received: Received) -> str:
    """An answer as text for people: images are left out, and the end of what is long."""
    if isinstance(received, NoAnswer):
        return received.why
    text = received.body[: 1 << 24].decode("utf-8", "backslashreplace")
    text = _BASE64.sub(lambda found: f"{found[0][:24]}… ({len(found[0])} characters)", text)
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
