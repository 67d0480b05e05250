"""YAML text as a tree of nodes that know their places.

PyYAML parses (through libyaml where it is there); this module builds the tree from the parser's events, so that every
node has a line and a column, and everything that makes YAML surprising is refused with a place: duplicate keys,
anchors, aliases, merge keys, tags, more than one document, and the words that YAML 1.1 reads as booleans (``no``,
``on`` …).  Plain scalars are read as YAML 1.2's core schema reads them.  Without aliases there are no alias bombs;
size, depth and number of nodes are bounded, so that no file eats the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, TypeAlias

import yaml

from safelight.diagnostic import Report, lines_of, place_at
from safelight.model import Json, Place
from safelight.records import dataclass

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_NODES: Final = 500_000
MAX_DEPTH: Final = 60

_LOADER: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_LONGEST_NUMBER: Final = 18
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRAPS: Final = frozenset({"yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.  *plain* means written without quotes, so that it may stand for a number or null."""

    text: str
    plain: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A YAML sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entries:
    """A YAML mapping, in the order of the file.  Keys are scalars and unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """The value of *key*, or None."""
        return next((value for name, value in self.entries if name.text == key), None)


Node: TypeAlias = Scalar | Items | Entries


def parse(text: str, report: Report) -> Node | None:
    """Build the tree of *text*; what is wrong goes to *report*, and None comes back when there is no tree."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        place = place_at(text, forbidden.start())
        report.add(place, "E104", f"YAML has no place for the character U+{ord(forbidden[0]):04X}")
        return None
    try:
        return _Builder(report).build(_events(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _inside(text, Place(mark.line + 1, mark.column + 1)) if mark else Place(1, 1)
        message = " ".join(part for part in (error.context, error.problem) if part)
        tab = "YAML indents with spaces, not tabs" if _tab_at(text, place) else ""
        report.add(place, "E104", message, tab)
    return None


def _events(text: str) -> Iterator[yaml.Event]:
    """The parser's events; PyYAML's own function for it has no types."""
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _inside(text: str, place: Place) -> Place:
    """Move a place into the text: libyaml puts the end of a text without a last line break on a line of its own."""
    lines = lines_of(text)
    if place.line > len(lines):
        return Place(len(lines), len(lines[-1]) + 1)
    return Place(place.line, min(place.column, len(lines[place.line - 1]) + 1))


def _tab_at(text: str, place: Place) -> bool:
    lines = lines_of(text)
    near = lines[max(0, place.line - 2) : place.line]
    return any("\t" in line[: len(line) - len(line.lstrip())] for line in near)


class _TooMuch(Exception):
    """The text is nested too deeply or has too many nodes; reported already."""


class _Builder:
    """Builds nodes from parser events, without recursion deeper than `MAX_DEPTH`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._nodes = 0

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        root: Node | None = None
        documents = 0
        try:
            for event in events:
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._report.add(
                            _place(event), "E104", "a spec file holds one YAML document, here begins another"
                        )
                        return None
                elif isinstance(event, yaml.NodeEvent):
                    root = self._node(event, events, 1)
        except _TooMuch:
            return None
        if root is None:
            self._report.add(Place(1, 1), "E104", "the file is empty")
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        place = _place(event)
        if depth > MAX_DEPTH:
            self._report.add(place, "E108", f"nested more than {MAX_DEPTH} deep")
            raise _TooMuch
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._report.add(place, "E102", f"a spec file has at most {MAX_NODES} words, lists and mappings")
            raise _TooMuch
        self._refuse_extras(event, place)
        match event:
            case yaml.ScalarEvent():
                if _SURROGATE.search(event.value):  # only PyYAML's own parser lets the escape pass
                    self._report.add(place, "E104", "a lone surrogate is no character")
                return Scalar(event.value, event.style in {None, ""}, place)
            case yaml.SequenceStartEvent():
                return self._items(events, place, depth)
            case yaml.MappingStartEvent():
                return self._entries(events, place, depth)
            case _:  # an alias: reported above; an empty scalar keeps the tree whole
                return Scalar("", plain=False, place=place)

    def _items(self, events: Iterator[yaml.Event], place: Place, depth: int) -> Items:
        items: list[Node] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, depth + 1))
        return Items(tuple(items), place)

    def _entries(self, events: Iterator[yaml.Event], place: Place, depth: int) -> Entries:
        entries: list[tuple[Scalar, Node]] = []
        first: dict[str, Place] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self._report.add(key.place, "E203", "a key must be a plain word")
            elif key.plain and key.text == "<<":
                self._report.add(key.place, "E106", "merge keys are not part of the language")
            elif key.text in first:
                line = first[key.text].line
                self._report.add(key.place, "E105", f"the key {key.text!r} stands on line {line} already")
            else:
                first[key.text] = key.place
                entries.append((key, value))
                if key.plain:
                    _report_trap(key, self._report)
        return Entries(tuple(entries), place)

    def _refuse_extras(self, event: yaml.Event, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._report.add(place, "E106", f"the alias '*{event.anchor}' is not part of the language", "write it out")
            return
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._report.add(place, "E106", f"the anchor '&{anchor}' is not part of the language", "write it out")
        tag = getattr(event, "tag", None)
        if tag:
            self._report.add(place, "E106", f"the tag {tag!r} is not part of the language")


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    if mark is None:  # the stubs allow it; the parser marks every event
        return Place(1, 1)
    return Place(mark.line + 1, mark.column + 1)


def to_json(node: Node, report: Report) -> Json:
    """Read *node* as JSON; plain scalars as YAML 1.2's core schema has them."""
    match node:
        case Entries(entries):
            return {key.text: to_json(value, report) for key, value in entries}
        case Items(items):
            return [to_json(item, report) for item in items]
        case Scalar():
            return scalar_to_json(node, report)


def scalar_to_json(node: Scalar, report: Report) -> bool | int | float | str | None:
    """Read one scalar as JSON.  What readers of YAML disagree on, as ``no`` or ``010``, is reported."""
    text = node.text
    if not node.plain:
        return text
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return _integer(node, report)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not isfinite(number):
            report.add(node.place, "E204", "no number is that large", f"quote it to have text: '{text}'")
        return number if isfinite(number) else 0.0
    _report_trap(node, report)
    return text


def _integer(node: Scalar, report: Report) -> int:
    digits = node.text.lstrip("+-")
    quoted = f"quote it to have text: '{node.text}'"
    if len(digits) > _LONGEST_NUMBER:
        report.add(node.place, "E204", f"a number has at most {_LONGEST_NUMBER} digits", quoted)
        return 0
    if len(digits) > 1 and digits.startswith("0"):
        report.add(node.place, "E204", f"{node.text!r} is octal to some readers of YAML and decimal to others", quoted)
    return int(node.text)


def _report_trap(node: Scalar, report: Report) -> None:
    word = node.text.lower()
    if word in _TRAPS:
        truth = str(word in {"yes", "on"}).lower()
        message = f"{node.text!r} is {truth} to some readers of YAML and a word to others"
        report.add(node.place, "E107", message, f"write {truth}, or quote it: '{node.text}'")
