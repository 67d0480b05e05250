"""Reading the answers to bad requests: the body of an error, and its texts by what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, cast

from safelight.diagnostic import Report, suggest
from safelight.model import Errors, ErrorText, Json, Type
from safelight.vocabulary.faults import DEFAULT_TEXT, KINDS, UNPROVOKED

from .document import ErrorsDoc
from .headers import read_headers
from .nodes import Entries, Node, Scalar, scalar_to_json, to_json
from .shape import UNREADABLE, read

_ALMOST: Final = 0.85  # of a name's letters: a name this like to a known one was meant for it
_NAMES: Final = (*sorted(KINDS), *UNPROVOKED)
_FIELD: Final = re.compile(r"\{\w+\}")
_OWN_KEYS: Final = frozenset({"status", "headers", "empty"})


def resolve_errors(doc: ErrorsDoc, types: Mapping[str, Type], report: Report) -> Errors:
    """Build the answers to bad requests."""
    known = (*types, *(doc.texts.keys() - {DEFAULT_TEXT}), *sorted(KINDS), "*")
    for name in doc.precedence:
        if name not in known:
            report.add(doc.place, "E301", f"there is no parameter or kind of fault {name!r}", suggest(name, known))
    for name, node in doc.texts.items():
        # Other names are errors that a server has besides; but they are not almost the name of one that is known.
        if name not in _NAMES and (meant := suggest(name, _NAMES, _ALMOST)):
            report.add(node.place, "E301", f"there is no kind of fault {name!r}", meant)
    for text in _texts_in(doc.envelope):
        if _FIELD.search(text) and not _FIELD.fullmatch(text):
            report.add(
                doc.place, "E601", f"in the envelope, {text!r} is more than a field", "put the words into the texts"
            )
    return Errors(
        envelope=doc.envelope,
        texts=MappingProxyType({kind: _text(node, report) for kind, node in doc.texts.items()}),
        precedence=doc.precedence,
        place=doc.place,
    )


def _texts_in(value: Json) -> Iterator[str]:
    """Yield the texts in a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in cast("Iterable[Json]", value.values() if isinstance(value, dict) else value):
            yield from _texts_in(part)


def _text(node: Node, report: Report) -> ErrorText:
    """Read the words for one kind of fault: three keys of its own, and whatever fields the envelope has."""
    entries = {key.text: value for key, value in node.entries} if isinstance(node, Entries) else {}
    headers, empty = entries.get("headers"), entries.get("empty")
    fields = {key: to_json(value, report) for key, value in entries.items() if key not in _OWN_KEYS}
    return ErrorText(
        status=_status(entries.get("status"), node, report),
        fields=MappingProxyType(fields),
        headers=_headers(headers, report) if headers else MappingProxyType({}),
        empty=empty is not None and read(empty, bool, report, "the key 'empty'") is True,
        place=node.place,
    )


def _status(node: Node | None, text: Node, report: Report) -> int:
    status = scalar_to_json(node, report) if isinstance(node, Scalar) else None
    if isinstance(status, int) and 400 <= status <= 599:
        return status
    report.add((node or text).place, "E204", "an error has a status from 400 to 599")
    return 400


def _headers(node: Node, report: Report) -> Mapping[str, str]:
    found = read(node, Mapping[str, Node], report, "the key 'headers'")
    return MappingProxyType({}) if found is UNREADABLE else read_headers(found, report)
