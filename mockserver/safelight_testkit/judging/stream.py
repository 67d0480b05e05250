"""Judging streams: events written as events are, in the order and number the spec says, each with its fields."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from safelight.judging.interpret import Settlement
from safelight.judging.truth import value_of
from safelight.model import Event, From, Json, Stream
from safelight.vocabulary.checks import is_integer
from safelight_testkit.judging.answer import AnswerReader
from safelight_testkit.judging.events import StreamEvent, transcript
from safelight_testkit.judging.refusal import as_shown
from safelight_testkit.judging.verdict import Answer, Ended
from safelight_testkit.shapes import is_object

__all__ = ["judge_stream"]

_DONE: Final = b"[DONE]"


def judge_stream(stream: Stream, settlement: Settlement, answer: Answer, reader: AnswerReader) -> None:
    """Judge a stream; what is wrong goes to *reader*."""
    _StreamJudge(stream, settlement, reader).judge(answer)


class _StreamJudge:
    """Judges one stream."""

    def __init__(self, stream: Stream, settlement: Settlement, reader: AnswerReader) -> None:
        self._stream = stream
        self._settlement = settlement
        self._reader = reader
        self._kinds = {event.name: event for event in stream.events}
        self._ranks = {event.name: rank for rank, event in enumerate(stream.events)}
        self._seen: Counter[str] = Counter()
        self._indexes: dict[str, list[int]] = {}
        self._latest = 0
        self._failed = False

    def judge(self, answer: Answer) -> None:
        told = transcript(answer.body)
        for place, event in enumerate(told.events):
            self._event(event, f"events[{place}]")
        if answer.ended is not Ended.WHOLE:
            self._reader.find("stream.cut", "", f"the stream broke off after {len(told.events)} events")
            return
        if told.rest is not None:
            self._event(told.rest, f"events[{len(told.events)}]")
            self._reader.find(
                "stream.grammar", f"events[{len(told.events)}]", "the last event has no blank line after it"
            )
        if not self._failed:
            self._counts()

    def _event(self, event: StreamEvent, where: str) -> None:
        if event.data.strip() == _DONE:
            self._reader.find("stream.unknown", where, "the spec knows no [DONE]")
            return
        try:
            data: Json = json.loads(event.data)
        except (ValueError, RecursionError):
            data = None
        if not is_object(data):
            self._reader.find("stream.grammar", where, f"the data is no JSON object: {as_shown(event.data)}")
            return
        if event.name == self._stream.error:
            self._failed = True
            self._reader.find("outage.stream", where, f"the stream tells of a failure: {as_shown(data)}")
            return
        kind = self._kind(event.name, data, where)
        if kind is None:
            self._reader.find("stream.unknown", where, f"the spec names no event {as_shown(event.name)}")
            return
        self._place(kind, where)
        self._index(kind, data, where)
        self._reader.read_event(kind.fields, data, where, 0 if self._seen[kind.name] > 1 else self._partials())

    def _kind(self, name: str | None, data: Mapping[str, Json], where: str) -> Event | None:
        """The kind of an event by its event line and the type in its data; if these differ, what it looks like."""
        typed = data.get("type")
        by_line = self._kinds.get(name or "")
        by_type = self._kinds.get(typed) if isinstance(typed, str) else None
        if by_type is None or by_type is by_line:
            return by_line
        line = f"the event line says {name}" if name is not None else "there is no event line"
        self._reader.find("stream.name", where, f"{line}, and the type in the data is {typed}")
        if by_line is None or _misfit(by_type, data) < _misfit(by_line, data):
            return by_type
        return by_line

    def _place(self, kind: Event, where: str) -> None:
        rank = self._ranks[kind.name]
        if rank < self._latest:
            self._reader.find(
                "stream.order", where, f"{kind.name} comes after {self._stream.events[self._latest].name}"
            )
        self._latest = max(self._latest, rank)
        self._seen[kind.name] += 1

    def _index(self, kind: Event, data: Mapping[str, Json], where: str) -> None:
        for field in kind.fields:
            value = data.get(field.name)
            if field.source is not From.INDEX or not is_integer(value):
                continue
            before = self._indexes.setdefault(field.name, [])
            most = self._most(kind)
            if not (before[-1] if before else -1) < value < most:
                path = f"{where}.{field.name}"
                after = f" after {before[-1]}" if before else ""
                self._reader.find(
                    "stream.index", path, f"{path} is {value}{after}, and there are at most {most}", got=value
                )
            before.append(int(value))

    def _partials(self) -> int:
        return sum(count for name, count in self._seen.items() if not self._kinds[name].final)

    def _most(self, kind: Event) -> int:
        if kind.most is None:
            return self._reader.count
        most = kind.most if isinstance(kind.most, int) else value_of(kind.most, self._settlement.views)
        return max(kind.least, int(most) if is_integer(most) else 0)

    def _counts(self) -> None:
        for kind in self._stream.events:
            count, most = self._seen[kind.name], self._most(kind)
            least = most if kind.most is None else kind.least
            if least <= count <= most:
                continue
            wanted = str(most) if least == most else f"{least} to {most}"
            message = f"{kind.name} came {count} times, and should come {wanted}"
            self._reader.find("stream.final" if kind.final else "stream.count", "", message, expected=most, got=count)


def _misfit(kind: Event, data: Mapping[str, Json]) -> int:
    """How many fields an event has too many or too few to be of this kind."""
    return len({field.name for field in kind.fields} ^ data.keys())
