"""Judging refusals: the status and the envelope that the spec has for what is wrong with a request.

Nothing here is shared with the fake, which words refusals from the same data: a judge that used the code of the judged
would agree with its mistakes.  What both use is the interpreter, which says what a request breaks.

The words of an error are for people and change; that they differ is a note.  They are compared with the spec's text,
in which only what the request itself determines is filled in; the rest are gaps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from safelight.judging.interpret import Settlement
from safelight.model import Constraint, Errors, ErrorText, Json, Operation, Outcome, Rule, UnknownPolicy
from safelight.vocabulary.checks import Violation
from safelight.vocabulary.faults import text_name
from safelight.vocabulary.index import identified
from safelight_testkit.judging.verdict import Answer, Finding, Severity
from safelight_testkit.shapes import is_array, is_object

__all__ = ["Refusal", "Refusals", "as_shown", "differences", "matches", "named_parameter", "transport_refusal"]

MESSAGE: Final = "message"
"""The field of an error that holds its words."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_LONGEST_REPEATED: Final = 100
"""Characters of a value that a message is expected to repeat; APIs cut longer ones."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """A text with gaps, in which anything may stand.

    Attributes:
        parts: What stands between the gaps, before the first and after the last.
    """

    parts: tuple[str, ...]

    def fits(self, text: str) -> bool:
        """Whether a text can be read as this one; each part is looked for where it can come first."""
        first, *middle, last = self.parts
        place, end = len(first), len(text) - len(last)
        if place > end or not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            found = text.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return True

    def __str__(self) -> str:
        return "…".join(self.parts)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as the spec has it.

    Attributes:
        constraint: The id of what is broken.
        status: The HTTP status.
        fields: The fields of the error: a JSON value, or a string with gaps.
        empty: Whether there is no body at all.
        headers: What the answer has beside the headers of every answer.
        parameter: Where in the body the fault is, as in ``images[1].url``; empty where it is not in a parameter.
    """

    constraint: str
    status: int
    fields: Mapping[str, Json | _Wording]
    empty: bool
    headers: Mapping[str, str]
    parameter: str = ""


class Refusals:
    """What the API may say to the requests of one operation, whose ids are looked up once and not for each request."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._stated = identified(operation)
        self._ranks = {name: place for place, name in enumerate(operation.errors.precedence)}

    def of(self, settlement: Settlement) -> tuple[Refusal, ...]:
        """A refusal for each fault of a request that the API refuses it for, the one that is told first."""
        found: list[tuple[int, Refusal]] = []
        for violation in settlement.violations:
            if violation.outcome != Outcome.REFUSE:
                continue
            kind, owner, changes = self._told_as(violation)
            facts = _facts(violation, settlement)
            refusal = _refusal(self._operation.errors.texts[kind], violation.rule, facts, changes)
            found.append((self._rank(kind, owner), replace(refusal, parameter=violation.parameter)))
        return tuple(refusal for _, refusal in sorted(found, key=lambda one: one[0]))

    def rank(self, violation: Violation) -> int:
        """The place of a violation in the order of precedence: of several, the API tells of the one with the lowest."""
        kind, owner, _ = self._told_as(violation)
        return self._rank(kind, owner)

    def _rank(self, kind: str, owner: str) -> int:
        rest = self._ranks.get("*", len(self._ranks))
        return min(self._ranks.get(kind, rest), self._ranks.get(owner, rest))

    def _told_as(self, violation: Violation) -> tuple[str, str, Mapping[str, Json]]:
        """The text that tells of a violation, the parameter that precedence ranks it by, and what differs from it."""
        match self._stated[violation.rule]:
            case Rule(error=changes):
                return "rule", "", changes
            case UnknownPolicy(id=id_):
                if id_ == self._operation.unknown_fields.id:
                    return "unknown_fields", "", {}
                return "unknown_members", _parameter(violation), {}
            case Constraint(id=id_, check=check, error=changes):
                if id_ == self._operation.body_type.id:
                    return "body", "", {}
                return text_name(check.kind), _parameter(violation), changes


def transport_refusal(errors: Errors, kind: str, constraint: str) -> Refusal:
    """What the API says to a request that does not get as far as its rules.

    Args:
        errors: How the API refuses.
        kind: The name of the text: ``no_key``, ``malformed_json`` …
        constraint: What to call it in findings.
    """
    return _refusal(errors.texts[kind], constraint, {}, {})


def _parameter(violation: Violation) -> str:
    """The parameter of the body that a fault is in: ``images`` for ``images[2].url``."""
    return re.split(r"[.\[]", violation.parameter, maxsplit=1)[0]


def _facts(violation: Violation, settlement: Settlement) -> Mapping[str, Json]:
    """What is certain of an error's placeholders; how an API writes the others is its own affair."""
    facts: dict[str, Json] = {"param": violation.parameter, "model": settlement.model}
    if isinstance(violation.value, str) and len(violation.value) <= _LONGEST_REPEATED:
        facts["value"] = violation.value
    return facts


def _refusal(text: ErrorText, constraint: str, facts: Mapping[str, Json], changes: Mapping[str, Json]) -> Refusal:
    fields = {name: _expected(template, facts) for name, template in {**text.fields, **changes}.items()}
    return Refusal(constraint, text.status, fields, text.empty, text.headers)


def _expected(template: Json, facts: Mapping[str, Json]) -> Json | _Wording:
    """Fill a template as far as the facts go; a placeholder without a fact may stand for anything."""
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole is not None and whole[1] in facts:
        return facts[whole[1]]
    names = _PLACEHOLDER.findall(template)
    if all(isinstance(facts.get(name), str) for name in names):
        return _PLACEHOLDER.sub(lambda found: str(facts[found[1]]), template)
    wording = [""]
    for index, part in enumerate(_PLACEHOLDER.split(template)):
        fact = facts.get(part) if index % 2 else part
        if isinstance(fact, str):
            wording[-1] += fact
        else:
            wording.append("")
    return _Wording(tuple(wording))


# --- comparing ---


def named_parameter(envelope: Json, answer: Answer) -> str:
    """The parameter that an error tells of, in the field that the envelope has for it; empty where it names none."""
    try:
        found: Json = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    named = _named_in(envelope, found)
    return named if isinstance(named, str) else ""


def _named_in(envelope: Json, found: Json) -> Json:
    """What stands in a body where the envelope has the parameter; None where that is nowhere."""
    if envelope == "{param}":
        return found
    parts: list[tuple[Json, Json]] = []
    if is_object(envelope) and is_object(found):
        parts = [(part, found.get(key)) for key, part in envelope.items()]
    elif is_array(envelope) and is_array(found):
        parts = [*zip(envelope, found, strict=False)]
    return next((named for part, item in parts if (named := _named_in(part, item)) is not None), None)


def differences(errors: Errors, refusal: Refusal, answer: Answer) -> tuple[Finding, ...]:
    """What differs between an answer that refuses and the refusal that the spec has."""
    return tuple(_differences(errors, refusal, answer))


def matches(errors: Errors, refusal: Refusal, answer: Answer) -> bool:
    """Whether an answer is this refusal, its words aside."""
    return all(one.severity is not Severity.FAULT for one in differences(errors, refusal, answer))


def _differences(errors: Errors, refusal: Refusal, answer: Answer) -> Iterator[Finding]:
    name = refusal.constraint
    if answer.status != refusal.status:
        yield Finding(
            kind="refusal.status",
            constraint=name,
            message=f"the status is {answer.status}, and the spec says {refusal.status}",
            expected=refusal.status,
            got=answer.status,
        )
    if refusal.empty:
        if answer.body:
            yield _misshapen(name, "", "an error without a body", answer.body)
        return
    try:
        body: Json = json.loads(answer.body)
    except (ValueError, RecursionError):
        yield _misshapen(name, "", "JSON", answer.body)
        return
    yield from _enveloped(errors.envelope, refusal, body, "")


def _enveloped(template: Json, refusal: Refusal, got: Json, where: str) -> Iterator[Finding]:
    """Compare a part of the envelope with what came in its place."""
    if is_object(template):
        yield from _object(template, refusal, got, where)
    elif is_array(template):
        if not is_array(got) or len(got) != len(template):
            yield _misshapen(refusal.constraint, where, f"an array of {len(template)}", got)
            return
        for index, (part, item) in enumerate(zip(template, got, strict=True)):
            yield from _enveloped(part, refusal, item, f"{where}[{index}]")
    else:
        field = _PLACEHOLDER.fullmatch(template) if isinstance(template, str) else None
        expected = refusal.fields.get(field[1]) if field is not None else template
        if not _fits(expected, got):
            yield _different(refusal.constraint, where, field[1] if field is not None else "", expected, got)


def _object(template: Mapping[str, Json], refusal: Refusal, got: Json, where: str) -> Iterator[Finding]:
    if not is_object(got):
        yield _misshapen(refusal.constraint, where, "an object", got)
        return
    for key, part in template.items():
        path = f"{where}.{key}" if where else key
        if key in got:
            yield from _enveloped(part, refusal, got[key], path)
        else:
            yield Finding(
                kind="refusal.envelope", constraint=refusal.constraint, where=path, message=f"the error has no {path}"
            )
    for key in got:
        if key not in template:
            path = f"{where}.{key}" if where else key
            yield Finding(
                kind="field.unknown", constraint=refusal.constraint, where=path, message=f"the spec names no {path}"
            )


def _fits(expected: Json | _Wording, got: Json) -> bool:
    if isinstance(expected, _Wording):
        return isinstance(got, str) and expected.fits(got)
    return type(expected) is type(got) and bool(expected == got)


def _different(constraint: str, where: str, field: str, expected: Json | _Wording, got: Json) -> Finding:
    written: Json = str(expected) if isinstance(expected, _Wording) else expected
    words = field == MESSAGE and isinstance(got, str)
    return Finding(
        kind="refusal.message" if words else "refusal.field",
        constraint=constraint,
        where=where,
        message=f"{where} is {as_shown(got)}, and the spec says {as_shown(written)}",
        expected=written,
        got=got,
    )


def _misshapen(constraint: str, where: str, wanted: str, got: Any) -> Finding:  # noqa: ANN401 - any JSON value
    where_is = where or "the body"
    return Finding(
        kind="refusal.envelope",
        constraint=constraint,
        where=where,
        message=f"{where_is} should be {wanted}, and is {as_shown(got)}{_from_a_proxy(got)}",
    )


def _from_a_proxy(got: object) -> str:
    """A hint for the likeliest reason of a body that is no JSON."""
    html = isinstance(got, bytes) and got.lstrip()[:1] == b"<"
    return "; a page like this often comes from a proxy before the server" if html else ""


def as_shown(value: Any, longest: int = 160) -> str:  # noqa: ANN401 - any JSON value, or bytes
    """Write what a server sent into a sentence: bytes as text, anything else as JSON, cut where it gets long."""
    if isinstance(value, bytes):
        text = value[: 4 * longest].decode("utf-8", "replace") or "empty"
    elif isinstance(value, str):
        text = json.dumps(value[: longest + 1], ensure_ascii=False)
    else:
        text = json.dumps(value, ensure_ascii=False)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
