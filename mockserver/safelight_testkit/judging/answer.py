"""Reading good answers: every field the spec has, nothing the spec forbids, and images noted with what was asked for.

The fake makes answers from the same data.  This module shares with it the interpreter and the reading of conditions,
and nothing that makes a field or a picture.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final, assert_never
from urllib.parse import urlsplit

from safelight.judging.interpret import Settlement
from safelight.judging.truth import holds
from safelight.model import Field, From, Json, Response
from safelight.vocabulary.checks import is_integer, same
from safelight_testkit.judging.picture import Portrait, echoed, portrait, resolved
from safelight_testkit.judging.reading import Entry, Group, Link, Picture
from safelight_testkit.judging.refusal import as_shown
from safelight_testkit.judging.usage import judge_usage, told_tokens
from safelight_testkit.judging.verdict import Answer, Finding
from safelight_testkit.shapes import is_array, is_object

__all__ = ["AnswerReader"]

_DAY: Final = 86_400
"""Seconds by which two clocks may differ: more is a mistake of the unit or of the time zone, not of a clock."""

_CARRIERS: Final = frozenset({From.BASE64, From.URL})


class AnswerReader:
    """Reads the JSON objects of one answer, and judges all but the images against what the request comes to.

    Attributes:
        entries: What was met so far.
    """

    def __init__(self, response: Response, settlement: Settlement, answer: Answer) -> None:
        self.entries: list[Entry] = []
        self._response = response
        self._settlement = settlement
        self._answer = answer
        self._expected = portrait(response, settlement)
        self._counted = self._expected.count, 0  # finished and partial images that the usage tells of

    @property
    def count(self) -> int:
        """How many images were asked for."""
        return self._expected.count

    def read_body(self, fields: tuple[Field, ...], body: Mapping[str, Json]) -> None:
        """Judge the body of an answer, against what the spec says of its *fields*."""
        self._read(fields, body, "")

    def read_event(self, fields: tuple[Field, ...], body: Mapping[str, Json], where: str, partials: int) -> None:
        """Judge the data of an event.

        Args:
            fields: What the spec says of it.
            body: The object.
            where: The place of the event, for findings.
            partials: How many partial images cost tokens that this event tells of.
        """
        self._counted = 1, partials
        self._read(fields, body, where)

    def _read(self, fields: tuple[Field, ...], body: Mapping[str, Json], where: str) -> None:
        expected = self._expected
        self._expected = self._as_chosen(fields, body)
        self._object(fields, body, where)
        self._expected = expected

    def find(self, kind: str, where: str, message: str, expected: Json = None, got: Json = None) -> None:
        """Note a finding."""
        self.entries.append(Finding(kind=kind, where=where, message=message, expected=expected, got=got))

    # --- objects ---

    def _as_chosen(self, fields: tuple[Field, ...], body: Mapping[str, Json]) -> Portrait:
        """What images must look like if the server has chosen what it says: an answer should agree with itself."""
        expected = self._expected
        for field in fields:
            if field.source is From.ECHO and self._is_choice(field.of) and self._may_be(field.of, body.get(field.name)):
                expected = echoed(expected, field.of, body[field.name], self._response, self._settlement)
        return expected

    def _object(self, fields: tuple[Field, ...], body: Mapping[str, Json], where: str) -> None:
        due = self._due(fields)
        for field in fields:
            path = f"{where}.{field.name}" if where else field.name
            if field.name in body:
                self._present(field, body[field.name], path, due=due[field.name])
            elif due[field.name] and field.source not in _CARRIERS:
                self.find("field.missing", path, f"{path} is missing")
        carriers = [field for field in fields if field.source in _CARRIERS]
        wanted = [field for field in carriers if due[field.name]] or carriers
        if carriers and not any(body.get(field.name) is not None for field in wanted):
            names = " or ".join(f"{where}.{field.name}" if where else field.name for field in wanted)
            self.find("image.missing", where, f"there is no {names}")
        named = {field.name for field in fields}
        for key in body:
            if key not in named:
                path = f"{where}.{key}" if where else key
                self.find("field.unknown", path, f"the spec names no {path}")

    def _due(self, fields: tuple[Field, ...]) -> Mapping[str, bool | None]:
        """Whether each field must be there, must not, or either (None)."""
        due: dict[str, bool | None] = {}
        for field in fields:
            due[field.name] = holds(field.when, self._settlement.views)
            if due[field.name] is True and field.source is From.ECHO:
                due[field.name] = field.of in self._settlement.effective
        carriers = [field.name for field in fields if field.source in _CARRIERS]
        if carriers and not any(due[name] for name in carriers):
            # No condition says how images come back, as where the model is not known: any way will do.
            due.update(dict.fromkeys(carriers, None))
        return due

    def _present(self, field: Field, value: Json, path: str, *, due: bool | None) -> None:
        if due is False:
            if value is None:
                self.find("field.null", path, f"{path} should not be there, and is null")
            else:
                self.find("field.unexpected", path, f"{path} should not be there", got=value)
            return
        match field.source:
            case From.IMAGES:
                self._array(field, value, path)
            case From.OBJECT:
                if self._typed(value, path, "an object", is_object(value)):
                    self._object(field.fields, value, path)
            case From.BASE64:
                self._base64(value, path)
            case From.URL:
                self._url(value, path)
            case From.USAGE:
                self._usage(field.of, value, path)
            case From.CLOCK | From.ECHO | From.LITERAL | From.REVISED_PROMPT | From.INDEX:
                self._plain(field, value, path)
            case _:
                assert_never(field.source)

    def _plain(self, field: Field, value: Json, path: str) -> None:
        if field.source is From.CLOCK:
            self._clock(value, path)
        elif field.source is From.ECHO:
            self._echo(field.of, value, path)
        elif field.source is From.REVISED_PROMPT:
            self._typed(value, path, "a string", isinstance(value, str))
        elif field.source is From.INDEX:
            self._typed(value, path, "an integer", is_integer(value))
        elif not _equal(field.of, value):
            self._differs("field.value", path, field.of, value)

    def _typed(self, value: Json, path: str, wanted: str, right: bool) -> bool:  # noqa: FBT001 - the check itself
        if not right:
            self.find("field.type", path, f"{path} should be {wanted}, and is {as_shown(value)}", got=value)
        return right

    def _differs(self, kind: str, path: str, expected: Json, got: Json) -> None:
        message = f"{path} is {as_shown(got)}, and should be {as_shown(expected)}"
        self.find(kind, path, message, expected=expected, got=got)

    # --- values ---

    def _clock(self, value: Json, path: str) -> None:
        if not self._typed(value, path, "the time in seconds since 1970, an integer", is_integer(value)):
            return
        now = self._answer.received
        if now and abs(value - now) > _DAY:
            message = f"{path} is {value}, and the answer came at {round(now)}, in seconds since 1970"
            self.find("field.value", path, message, expected=round(now), got=value)

    def _echo(self, parameter: str, value: Json, path: str) -> None:
        expected = resolved(self._settlement, parameter)
        if _equal(expected, value):
            return
        chosen = self._is_choice(parameter) and self._may_be(parameter, value)
        self._differs("field.choice" if chosen else "field.value", path, expected, value)

    def _is_choice(self, parameter: str) -> bool:
        """Whether the request leaves a parameter to the server, as ``auto`` does."""
        value = self._settlement.effective.get(parameter)
        return isinstance(value, str) and value in self._settlement.table.parameters[parameter].becomes

    def _may_be(self, parameter: str, value: Json) -> bool:
        """Whether a server may have chosen *value*: it is a word, and none that leaves the choice open again."""
        return isinstance(value, str) and value not in self._settlement.table.parameters[parameter].becomes

    def _array(self, field: Field, value: Json, path: str) -> None:
        if not self._typed(value, path, "an array", is_array(value)):
            return
        items: list[Json] = value
        if len(items) != self.count:
            message = f"{path} has {len(items)} images, and the request is for {self.count}"
            self.find("images.count", path, message, expected=self.count, got=len(items))
        outside, self.entries = self.entries, []
        for index, item in enumerate(items):
            where = f"{path}[{index}]"
            if self._typed(item, where, "an object", is_object(item)):
                self._object(field.fields, item, where)
        outside.append(Group(tuple(self.entries)))
        self.entries = outside

    def _usage(self, details: Json, value: Json, path: str) -> None:
        if not self._typed(value, path, "an object", is_object(value)):
            return
        usage, expected = self._response.usage, self._expected
        size = None if expected.width is None or expected.height is None else (expected.width, expected.height)
        told = told_tokens(usage, self._settlement, size, *self._counted) if usage is not None else None
        self.entries += judge_usage(details, value, path, told)

    # --- images ---

    def _base64(self, value: Json, path: str) -> None:
        if not self._typed(value, path, "a string", isinstance(value, str)):
            return
        try:
            data = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            start = value[:40]
            self.find("image.base64", path, f"{path} is no base64: it begins with {as_shown(start)}")
            return
        self.entries.append(Picture(path, data, self._expected))

    def _url(self, value: Json, path: str) -> None:
        if not self._typed(value, path, "a string", isinstance(value, str)):
            return
        if not _is_address(value):
            self.find("link.address", path, f"{path} is no http address: {as_shown(value)}", got=value)
            return
        self.entries.append(Link(path, value, self._expected))


def _equal(expected: Json, got: Json) -> bool:
    """Whether two JSON values are equal as JSON has it."""
    if is_object(expected) and is_object(got):
        return expected.keys() == got.keys() and all(_equal(expected[key], got[key]) for key in expected)
    if is_array(expected) and is_array(got):
        return len(expected) == len(got) and all(map(_equal, expected, got))
    return same(expected, got)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and value.isprintable() and " " not in value
    except ValueError:
        return False
