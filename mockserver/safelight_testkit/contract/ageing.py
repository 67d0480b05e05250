"""Links to images over time: they must work until shortly before the time that the spec gives them, and not after it.

Nobody waits an hour for it: whoever runs the tests can move the server's clock, or this is not tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from safelight.model import Spec
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.runner import Runner, Sender
from safelight_testkit.judging.verdict import Answer, Finding, NoAnswer, Received

__all__ = ["age"]

_MOST: Final = 0.9
"""The part of their time after which links are tried; the rest is for the time that a run itself takes."""


async def age(
    spec: Spec, runner: Runner, sender: Sender, results: Sequence[Result], let_pass: Callable[[float], None]
) -> list[Result]:
    """Let links grow old, and too old, and add what is found to the result of the request that they came with.

    Args:
        spec: The spec.
        runner: Knows the links of the results.
        sender: Fetches them.
        results: What came of a run.
        let_pass: Moves the clock of the server by seconds.
    """
    found = list(results)
    for place in range(len(found) - 1, -1, -1):  # The latest link is the one whose age is known best.
        result = found[place]
        lifetime = spec.operations[result.trial.operation].response.url_lifetime
        url = runner.links.get(result.trial.number)
        if lifetime is None or url is None:
            continue
        let_pass(_MOST * lifetime)
        before = await sender.fetch(url)
        let_pass((1 - _MOST) * lifetime + 1.0)
        after = await sender.fetch(url)
        found[place] = replace(result, findings=(*result.findings, *_findings(lifetime, before, after)))
        break  # One link shows it; the clock has been moved for all.
    return found


def _findings(lifetime: int, before: Received, after: Received) -> Iterator[Finding]:
    if isinstance(before, NoAnswer) or before.status != 200:
        got = before.why if isinstance(before, NoAnswer) else before.status
        message = f"the link is dead after {_MOST * lifetime:g} seconds ({got}), and should work for {lifetime}"
        yield Finding(kind="link.dead", message=message, expected=200, got=got)
    if isinstance(after, Answer) and after.status == 200:
        message = f"the link still works after {lifetime} seconds"
        yield Finding(kind="link.expired", message=message, got=after.status)
