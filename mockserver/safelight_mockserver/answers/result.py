"""The result: the body, or the events, of the answer to a good request, field by field as the spec has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, assert_never

from safelight.judging.interpret import Settlement
from safelight.judging.truth import holds, value_of
from safelight.model import Event as EventSpec
from safelight.model import Field, From, Response
from safelight.records import dataclass
from safelight.vocabulary.checks import is_integer
from safelight_mockserver.pictures.picture import Picture

from .order import Order, resolved
from .reply import Address, Event, InBase64, Json, Now
from .usage import Tokens, output_tokens, text_tokens

__all__ = ["Result"]

_URL_LIFETIME: Final = 3600
"""Seconds that links work where the spec does not say; an hour is what image APIs give."""

_MOST_EVENTS: Final = 100
"""Unfinished pictures in one stream, where no rule that is enforced bounds them."""

_CARRIERS: Final = frozenset({From.BASE64, From.URL})


@dataclass(frozen=True, slots=True)
class _Subject:
    """What fields tell of: pictures, what they cost, and how many events of the kind came before."""

    pictures: Sequence[Picture]
    tokens: Tokens
    index: int = 0


class Result:
    """What a good request gets.

    Args:
        response: What the spec says of the answer.
        settlement: What the request comes to.
        order: What is drawn for it.
    """

    def __init__(self, response: Response, settlement: Settlement, order: Order) -> None:
        self._response = response
        self._settlement = settlement
        self._order = order

    @property
    def streams(self) -> bool:
        """Whether the request asks for a stream of events."""
        stream = self._response.stream
        return stream is not None and holds(stream.when, self._settlement.views) is True

    def body(self) -> dict[str, Json]:
        """Return the answer in one piece."""
        pictures = [self._order.picture(index) for index in range(self._order.count)]
        return self._object(self._response.fields, _Subject(pictures, self._tokens(len(pictures), 0)))

    def events(self) -> Iterator[Event]:
        """Yield the answer in events.

        The spec says how often an event comes in a stream, not for each picture.  So where a stream may be of several
        pictures, unfinished ones are all of the first.
        """
        specs = self._response.stream.events if self._response.stream is not None else ()
        partials = sum(self._times(spec) for spec in specs if not spec.final)
        for spec in specs:
            times = self._times(spec)
            for index in range(times):
                picture = self._order.picture(index) if spec.final else self._partial(index, times)
                subject = _Subject([picture], self._tokens(1, 0 if index else partials), index)
                yield Event(spec.name, self._object(spec.fields, subject))

    def _partial(self, index: int, of: int) -> Picture:
        return self._order.picture(0, Fraction(index + 1, of + 1))

    def _times(self, spec: EventSpec) -> int:
        """How often an event comes: once for each picture, or as often as a parameter says."""
        if spec.most is None:
            return self._order.count
        most: Any = spec.most if isinstance(spec.most, int) else value_of(spec.most, self._settlement.views)
        return max(spec.least, min(int(most), _MOST_EVENTS)) if is_integer(most) else spec.least

    def _tokens(self, pictures: int, partials: int) -> Tokens:
        usage = self._response.usage
        if usage is None:
            return Tokens(0, 0)
        quality: Any = resolved(self._settlement, usage.quality)
        first = self._order.first
        models = self._settlement.views.models
        each = output_tokens(usage, models, str(quality), (first.width, first.height))
        text = text_tokens(usage, self._prompt())
        return Tokens(text * pictures, each * pictures + usage.partial_tokens * partials)

    def _prompt(self) -> str:
        prompt: Any = resolved(self._settlement, self._response.picture.prompt)
        return prompt if isinstance(prompt, str) else ""

    def _object(self, fields: tuple[Field, ...], subject: _Subject) -> dict[str, Json]:
        present = [field for field in fields if self._is_present(field)]
        if not any(field.source in _CARRIERS for field in present):
            # No condition says how pictures come back, as where the model is not known: any way beats none.
            present += [field for field in fields if field.source in _CARRIERS][:1]
        return {field.name: self._value(field, subject) for field in present}

    def _is_present(self, field: Field) -> bool:
        if holds(field.when, self._settlement.views) is not True:
            return False
        return field.source is not From.ECHO or field.of in self._settlement.effective

    def _value(self, field: Field, subject: _Subject) -> Json:  # noqa: C901 - one case a source
        match field.source:
            case From.CLOCK:
                return Now()
            case From.ECHO:
                echoed: Json = resolved(self._settlement, field.of)
                return echoed
            case From.LITERAL:
                literal: Json = field.of
                return literal
            case From.IMAGES:
                subjects = [_Subject([picture], subject.tokens, subject.index) for picture in subject.pictures]
                return [self._object(field.fields, one) for one in subjects]
            case From.BASE64:
                return InBase64(subject.pictures[0])
            case From.URL:
                return Address(subject.pictures[0], self._response.url_lifetime or _URL_LIFETIME)
            case From.REVISED_PROMPT:
                return f"{self._prompt()}, with a clear subject and fine detail"
            case From.INDEX:
                return subject.index
            case From.USAGE:
                return subject.tokens.told(field.of)
            case From.OBJECT:
                return self._object(field.fields, subject)
            case _:
                assert_never(field.source)
