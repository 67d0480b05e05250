"""What a server tells whoever runs it: a line for each request, and at the end what was exercised.

Lines are for people.  They name the rules that a request breaks, the fault that it met, and the orders that it missed,
because a fault that never came is the hardest to find.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, cast

from safelight import Operation, Spec
from safelight.index import identified
from safelight.model import ANY_MODEL
from safelight_mockserver.store.state import Entry

__all__ = ["Exercise", "request_line"]

_KEPT: Final = 1024
_LONGEST_BODY: Final = 1 << 15  # Bytes; parameters of larger bodies are not read.
_MOST: Final = 6
_MOST_NAMED: Final = 12
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
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._requests = 0
        self._refused = 0
        self._unanswered = 0
        self._known = {
            operation.name: {name: f"{operation.name}.{name}" for name in _parameters(operation)}
            for operation in spec.operations.values()
        }
        self._named = lru_cache(_KEPT)(self._read)
        self._models: set[str] = set()
        self._parameters: set[str] = set()
        self._broken: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()

    def __call__(self, entry: Entry) -> None:
        """Count a request."""
        self._requests += 1
        self._refused += entry.status >= 400
        self._unanswered += not entry.status
        if not entry.operation:
            return
        self._models.add(entry.model)
        if entry.body is not None and len(entry.body) <= _LONGEST_BODY:
            self._parameters |= self._named(entry.operation, entry.body)
        if entry.violations:
            self._broken.update({one.rule for one in entry.violations})
        if entry.fault:
            self._faults[entry.fault.partition(";")[0]] += 1

    def as_json(self) -> dict[str, Any]:
        """Return what was counted, for another process to `add`."""
        return {
            "requests": [self._requests, self._refused, self._unanswered],
            "models": sorted(self._models),
            "parameters": sorted(self._parameters),
            "broken": self._broken,
            "faults": self._faults,
        }

    def add(self, seen: Mapping[str, Any]) -> None:
        """Count what another process did, as its `as_json` has it."""
        requests, refused, unanswered = seen["requests"]
        self._requests += requests
        self._refused += refused
        self._unanswered += unanswered
        self._models.update(seen["models"])
        self._parameters.update(seen["parameters"])
        self._broken.update(seen["broken"])
        self._faults.update(seen["faults"])

    def __str__(self) -> str:
        """Tell what was exercised, and what never was."""
        constraints = frozenset(id_ for one in self._spec.operations.values() for id_ in identified(one))
        parameters = [name for known in self._known.values() for name in known.values()]
        left = f", and left {self._unanswered} without an answer" if self._unanswered else ""
        lines = [
            f"Answered {self._requests - self._unanswered} requests, {self._refused} of them with an error{left}.",
            _coverage("models", self._spec.models, self._models),
            _coverage("parameters", parameters, self._parameters),
            _broken(constraints, self._broken),
        ]
        if self._faults:
            told = ", ".join(f"{name} {count}" for name, count in self._faults.most_common())
            lines.append(f"  faults       {told}")
        return "\n".join(line for line in lines if line)

    def _read(self, operation: str, body: bytes) -> frozenset[str]:
        """Return the parameters of a body that the spec has; none where it is no JSON object."""
        known = self._known.get(operation, {})
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            return frozenset()
        names = cast("dict[str, object]", value) if isinstance(value, dict) else ()
        return frozenset(known[name] for name in names if name in known)


def _coverage(what: str, known: Iterable[str], seen: set[str]) -> str:
    names = list(known)
    missing = [name for name in names if name not in seen]
    if not names:
        return ""
    never = f"; never: {', '.join(missing)}" if missing and len(missing) < len(names) else ""
    return f"  {what:<11}  {len(names) - len(missing)} of {len(names)}{never}"


def _broken(constraints: frozenset[str], seen: Counter[str]) -> str:
    names = [name for name, _ in seen.most_common() if name in constraints]
    told = f"  constraints  {len(names)} of {len(constraints)} were broken by a request"
    if not names:
        return told
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{told}: {', '.join(names[:_MOST_NAMED])}{more}"


def _parameters(operation: Operation) -> Iterable[str]:
    tables = operation.tables.values()
    return dict.fromkeys(
        (*operation.tables[ANY_MODEL].parameters, *(name for one in tables for name in one.parameters))
    )


def _printable(text: str) -> str:
    """Take out what would steer a terminal or break the line."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
