"""Judging usage: whether the tokens of a call are told, add up, and are those of the spec's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from safelight.judging.interpret import Settlement
from safelight.model import Json, Usage
from safelight.vocabulary.checks import is_integer
from safelight_testkit.judging.picture import resolved
from safelight_testkit.judging.refusal import as_shown
from safelight_testkit.judging.tokens import image_tokens
from safelight_testkit.judging.verdict import Finding
from safelight_testkit.shapes import is_object

__all__ = ["judge_usage", "told_tokens"]


def told_tokens(
    usage: Usage, settlement: Settlement, size: tuple[int, int] | None, finished: int, partials: int
) -> int | None:
    """The output tokens that the spec tells for some images; None where it does not.

    Args:
        usage: How tokens are counted.
        settlement: What the request comes to.
        size: Width and height of the images in pixels; None where it is not known.
        finished: How many images there are.
        partials: How many partial images there are.
    """
    if size is None:
        return None
    each = image_tokens(usage, settlement.views.models, resolved(settlement, usage.quality), *size)
    return None if each is None else each * finished + usage.partial_tokens * partials


def judge_usage(details: Json, value: Mapping[str, Json], path: str, told: int | None) -> Iterator[Finding]:
    """Judge the usage object of an answer.

    Args:
        details: What is told beside the sums: ``all_details``, ``input_details``, or None for nothing.
        value: The object.
        path: Its place in the answer.
        told: The output tokens that the spec's tables tell, where they do.
    """
    sums = _sums(details)
    counts: dict[str, int] = {}
    for name in dict.fromkeys(name for whole, parts in sums.items() for name in (*parts, whole)):
        count, where = _member(value, name), f"{path}.{name}"
        if count is None:
            yield Finding(kind="field.missing", where=where, message=f"{where} is missing")
        elif not is_integer(count) or count < 0:
            message = f"{where} should be a count, and is {as_shown(count)}"
            yield Finding(kind="field.type", where=where, message=message, got=count)
        else:
            counts[name] = int(count)
    for name, parts in sums.items():
        if name in counts and all(part in counts for part in parts):
            total = sum(counts[part] for part in parts)
            if total != counts[name]:
                where = f"{path}.{name}"
                message = f"{where} is {counts[name]}, and {' and '.join(parts)} add up to {total}"
                yield Finding(kind="usage.sum", where=where, message=message, expected=total, got=counts[name])
    output = counts.get("output_tokens")
    if told is not None and output is not None and output != told:
        where = f"{path}.output_tokens"
        message = f"{where} is {output}, and the spec's tables say {told}"
        yield Finding(kind="usage.tokens", where=where, message=message, expected=told, got=output)


def _sums(details: Json) -> Mapping[str, tuple[str, str]]:
    """Which counts are the sum of which, by the name of the sum."""
    sums = {"total_tokens": ("input_tokens", "output_tokens")}
    if details is not None:
        sums["input_tokens"] = ("input_tokens_details.image_tokens", "input_tokens_details.text_tokens")
    if details == "all_details":
        sums["output_tokens"] = ("output_tokens_details.image_tokens", "output_tokens_details.text_tokens")
    return sums


def _member(value: Mapping[str, Json], path: str) -> Json:
    """A member of a member, by its path; None where there is none."""
    found: Json = value
    for key in path.split("."):
        found = found.get(key) if is_object(found) else None
    return found
