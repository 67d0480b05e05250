"""The allowance: what a key may still use where rate limits were set, and the refusal once it is used up."""

from __future__ import annotations

from dataclasses import replace

from safelight import Operation
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.reply import Headers
from safelight_mockserver.faults.kinds import Refusal
from safelight_mockserver.faults.texts import refused
from safelight_mockserver.rates import duration
from safelight_mockserver.store.state import Limit

from .service import Service

__all__ = ["allowance"]

_UNAUTHORIZED = 401
_LATER = Refusal("rate-limit", "rate_limit")
_NEVER = Refusal("rate-limit", "rate_limit", should_retry=False)
"""For a request that costs more than the whole limit: a client that waits would wait for ever."""


async def allowance(service: Service, operation: Operation, answer: Answer, key: str) -> tuple[Answer | None, Headers]:
    """Let a key use what a request costs, or refuse the request.

    Requests without a right key cost nothing, and images only those whose request is good.

    Args:
        service: Has the limits, and remembers what was used.
        operation: What is called.
        answer: What would be said.
        key: Whose limits count, in a form that does not give it away.

    Returns:
        The refusal, or None where there is enough; and headers that tell what is left.
    """
    if getattr(answer.reply, "status", 200) == _UNAUTHORIZED:
        return None, ()
    headers: list[tuple[str, str]] = []
    for rate in service.options.rate_limits:
        cost = 1 if rate.of == "requests" else answer.order.count if answer.order is not None else 0
        bucket = f"rate:{rate.of}:{rate.amount}/{rate.seconds:g}:{key}"
        spent = await service.state.spend(bucket, cost, Limit(rate.amount, rate.seconds), service.clock.now())
        headers += [
            (f"x-ratelimit-limit-{rate.of}", str(rate.amount)),
            (f"x-ratelimit-remaining-{rate.of}", str(int(spent.remaining))),
            (f"x-ratelimit-reset-{rate.of}", duration(spent.reset)),
        ]
        if not spent.allowed:
            kind = replace(_LATER, retry_after=max(spent.wait, 0.001)) if cost <= rate.amount else _NEVER
            reply = refused(operation, kind, {"model": answer.model})
            if reply is not None:
                ours = {name for name, _ in headers}
                kept = tuple(one for one in reply.headers if one[0] not in ours)
                return replace(answer, reply=replace(reply, headers=kept), order=None), tuple(headers)
    return None, tuple(headers)
