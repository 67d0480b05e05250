"""What a server tells whoever runs it: a line for each request, and at the end what was exercised.

Lines are for people.  They name the rules that a request breaks, the fault that it met, and the orders that it missed,
because a fault that never came is the hardest to find.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from safelight import Operation, Spec
from safelight.model import ANY_MODEL
from safelight.vocabulary.index import identified
from safelight_mockserver.faults.kinds import KINDS
from safelight_mockserver.store.entry import Entry

from .counts import Counts

__all__ = ["Exercise", "request_line"]

_KEPT: Final = 1024
_LONGEST_BODY: Final = 1 << 15  # Bytes; parameters of larger bodies are not read.
_MOST: Final = 6
_MOST_NAMED: Final = 12
_REQUESTS, _REFUSED, _UNANSWERED = _TOTALS = ("requests", "refused", "unanswered")
_MODEL, _PARAMETER, _BROKEN, _FAULT = ("model {}", "parameter {}", "broken {}", "fault {}")
_ENDS: Final = {"open": "unfinished", "cut": "cut off", "left": "the client left", "complete": ""}


def request_line(entry: Entry) -> str:
    """Tell of a request in a line, and in another for each thing that needs one.

    >>> request_line(Entry(id="req_1", at=0.0, verb="POST", path="/v1/x", body=b"", status=429, violations=(),
    ...                    fault="rate-limit", milliseconds=3.2, sent=164))
    '00:00:00  POST /v1/x  429  3 ms  164 bytes  [rate-limit]'
    """
    told = [
        time.strftime("%H:%M:%S", time.gmtime(entry.at)),
        f"{entry.verb} {_printable(entry.path)}",
        str(entry.status or "no answer"),
        f"{entry.milliseconds:.0f} ms",
        f"{entry.sent} bytes",
        entry.model,
        f"test {_printable(entry.test)}" if entry.test is not None else "",
        f"[{entry.fault}]" if entry.fault else "",
        _ENDS[entry.end],
    ]
    lines = ["  ".join(filter(None, told))]
    lines += [f"          {one.rule}: {_printable(one.message)}" for one in entry.violations[:_MOST]]
    if len(entry.violations) > _MOST:
        lines.append(f"          and {len(entry.violations) - _MOST} more")
    if entry.note:
        lines.append(f"          {_printable(entry.note)}")
    return "\n".join(lines)


class Exercise:
    """Counts which models, parameters and constraints of an API were exercised; an observer of requests.

    Args:
        spec: The API.
        file: Where the counts are kept for another process to `add`, see `counts`; nowhere by default.
    """

    def __init__(self, spec: Spec, file: Path | None = None) -> None:
        self._models = tuple(spec.models)
        self._of_model = {name: _MODEL.format(name) for name in self._models}
        self._parameters = {
            operation.name: {name: f"{operation.name}.{name}" for name in _parameters(operation)}
            for operation in spec.operations.values()
        }
        self._constraints = tuple(id_ for operation in spec.operations.values() for id_ in identified(operation))
        self._named = lru_cache(_KEPT)(self._read)
        self._met: frozenset[str] = frozenset()
        known = (name for names in self._parameters.values() for name in names.values())
        self._counts = Counts(
            (
                *_TOTALS,
                *self._of_model.values(),
                *map(_PARAMETER.format, known),
                *map(_BROKEN.format, self._constraints),
                *map(_FAULT.format, KINDS),
            ),
            file,
        )

    def __call__(self, entry: Entry) -> None:
        """Count a request."""
        add = self._counts.add
        add(_REQUESTS)
        if entry.status >= 400:
            add(_REFUSED)
        elif not entry.status:
            add(_UNANSWERED)
        if not entry.operation:
            return
        add(self._of_model.get(entry.model, ""))
        if entry.body is not None and len(entry.body) <= _LONGEST_BODY:
            named = self._named(entry.operation, entry.body)
            if not named <= self._met:
                for name in named - self._met:
                    add(_PARAMETER.format(name))
                self._met |= named
        if entry.violations:
            for rule in {one.rule for one in entry.violations}:
                add(_BROKEN.format(rule))
        if entry.fault:
            add(_FAULT.format(entry.fault.partition(";")[0]))

    def add(self, counted: Mapping[str, int]) -> None:
        """Count what another process did, as its file has it."""
        for name, amount in counted.items():
            self._counts.add(name, amount)

    def __str__(self) -> str:
        """Tell what was exercised, and what never was."""
        counts = self._counts
        unanswered = counts[_UNANSWERED]
        left = f", and left {unanswered} without an answer" if unanswered else ""
        answered = counts[_REQUESTS] - unanswered
        parameters = [name for known in self._parameters.values() for name in known.values()]
        faults = self._counted(_FAULT, KINDS)
        lines = [
            f"Answered {answered} requests, {counts[_REFUSED]} of them with an error{left}.",
            _coverage("models", self._models, self._counted(_MODEL, self._models)),
            _coverage("parameters", parameters, self._counted(_PARAMETER, parameters)),
            _broken(len(self._constraints), self._counted(_BROKEN, self._constraints)),
        ]
        if faults:
            lines.append(f"  faults       {', '.join(f'{name} {count}' for name, count in faults.items())}")
        return "\n".join(line for line in lines if line)

    def _counted(self, form: str, names: Iterable[str]) -> Mapping[str, int]:
        """Return those of some names that were met, each with how often; the most frequent come first."""
        counts = Counter({name: self._counts[form.format(name)] for name in names})
        return {name: count for name, count in counts.most_common() if count}

    def _read(self, operation: str, body: bytes) -> frozenset[str]:
        """Return the parameters of a body that the spec has; none where it is no JSON object."""
        known = self._parameters.get(operation, {})
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            return frozenset()
        names = cast("dict[str, object]", value) if isinstance(value, dict) else ()
        return frozenset(known[name] for name in names if name in known)


def _coverage(what: str, known: Collection[str], seen: Collection[str]) -> str:
    missing = [name for name in known if name not in seen]
    if not known:
        return ""
    never = f"; never: {', '.join(missing)}" if missing and len(missing) < len(known) else ""
    return f"  {what:<11}  {len(known) - len(missing)} of {len(known)}{never}"


def _broken(constraints: int, seen: Collection[str]) -> str:
    told = f"  constraints  {len(seen)} of {constraints} were broken by a request"
    if not seen:
        return told
    more = f" and {len(seen) - _MOST_NAMED} more" if len(seen) > _MOST_NAMED else ""
    return f"{told}: {', '.join(list(seen)[:_MOST_NAMED])}{more}"


def _parameters(operation: Operation) -> Iterable[str]:
    tables = operation.tables.values()
    return dict.fromkeys(
        (*operation.tables[ANY_MODEL].parameters, *(name for one in tables for name in one.parameters))
    )


def _printable(text: str) -> str:
    """Take out what would steer a terminal or break the line."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
