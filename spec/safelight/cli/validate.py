"""``safelight validate``: tell what a spec says about a request body, as a compiler would."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Final, NoReturn

import click

from safelight.cli.options import judging_options
from safelight.cli.output import format_option, print_findings, print_json
from safelight.cli.specs import SpecPath, check_ids, pick_operation, read
from safelight.diagnostic import excerpt, place_at
from safelight.judging.interpret import settle
from safelight.judging.spots import Spot, place_of_number, repeated_key, spots
from safelight.model import Basis, Json, Outcome, Place, Rule, Spec
from safelight.records import dataclass
from safelight.vocabulary.checks import Violation, listed, shown
from safelight.vocabulary.index import Identified, identified

_AT_THE_KEY: Final = frozenset({"unknown_fields", "unknown_members", "applies_to", "dated"})
"""Kinds of faults that are about a field being there at all, whatever its value."""


@click.command("validate")
@click.argument("spec", metavar="SPEC", type=SpecPath())
@click.argument("operation", metavar="OPERATION")
@click.argument("file", metavar="FILE")
@judging_options
@click.option("--ignore", metavar="ID", multiple=True, help="Leave out this constraint; may be repeated.")
@format_option
def command(
    *,
    spec: str,
    operation: str,
    file: str,
    basis: frozenset[Basis],
    as_of: date | None,
    ignore: tuple[str, ...],
    form: str,
) -> int:
    """Tell what a spec says about a request body.

    FILE holds the body as JSON; - stands for stdin.  Each violation is told with its place, what is wrong, how that is
    known, and what would be legal.

    Exit code 0: the API takes the request. 1: it refuses. 2: the SPEC is broken, or FILE is not JSON.
    """
    loaded = read(spec)
    known = identified(pick_operation(loaded, operation))
    check_ids(ignore, known)
    name, text = ("<stdin>", _read_stdin()) if file == "-" else (file, _read_file(file))
    body = _parse(name, text)
    settled = settle(loaded, loaded.operations[operation], body, as_of=as_of, basis=basis, ignore=ignore)
    where: Mapping[str, Spot] = spots(text) if settled.violations else {}
    told = [_Told(one, known[one.rule], _place(one, known[one.rule], where)) for one in settled.violations]
    if form == "json":
        findings = [_as_json(one, loaded) for one in told]
        print_json({"file": name, "refused": settled.refused, "violations": findings})
    else:
        lines = text.split("\n")
        for one in told:
            print_findings(_as_text(one, name, lines, loaded))
        count = "" if not told else "1 violation; " if len(told) == 1 else f"{len(told)} violations; "
        click.echo(f"{name}: {count}the API {'refuses' if settled.refused else 'takes'} the request")
    return int(settled.refused)


@dataclass(frozen=True, slots=True)
class _Told:
    """A violation, what the spec states, and where it shows in the request."""

    violation: Violation
    stated: Identified
    place: Place


# --- reading -------------------------------------------------------------------------------------------------------


class _UnreadableBody(click.ClickException):
    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click passes it
        print_findings(self.message, err=True)


def _read_file(path: str) -> str:
    if not path:
        raise click.UsageError("FILE has no name; - stands for stdin")
    try:
        return _decode(path, Path(path).read_bytes())
    except OSError as error:
        raise _UnreadableBody(f"{path}: {error.strerror or error}") from error


def _read_stdin() -> str:
    return _decode("<stdin>", sys.stdin.buffer.read())


def _decode(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before, wrong = error.object[: error.start].decode("utf-8"), error.object[error.start]
        text, place = error.object.decode("utf-8", "replace"), place_at(before, len(before))
        raise _unreadable(name, text, place, f"byte 0x{wrong:02x} is not UTF-8; JSON is") from error


def _parse(name: str, text: str) -> Json:
    try:
        body = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        said = error.msg if text.strip() else "there is nothing to read"
        raise _unreadable(name, text, Place(error.lineno, error.colno), said) from error
    except RecursionError as error:
        raise _UnreadableBody(f"{name}: error[json]: nested too deeply") from error
    except _NoNumber as error:
        raise _unreadable(name, text, place_of_number(text, error.word), str(error)) from error
    except ValueError as error:  # of an integer that is too long
        raise _unreadable(name, text, place_of_number(text), "no number is that long") from error
    repeated = repeated_key(text)
    if repeated is not None:
        key, first, again = repeated
        said = f"the key {shown(key)} stands on line {first.line} already; which of the two counts is up to the reader"
        raise _unreadable(name, text, again, said)
    return body


def _unreadable(name: str, text: str, place: Place, said: str) -> _UnreadableBody:
    line = excerpt(text.split("\n"), place) if text.strip() else ""
    return _UnreadableBody(f"{name}:{place.line}:{place.column}: error[json]: {said}{line}")


class _NoNumber(Exception):
    """A word that stands for a number, and cannot be read as one."""

    def __init__(self, word: str, why: str) -> None:
        self.word = word
        super().__init__(f"{shown(word)[1:-1]} {why}")


def _refuse_constant(word: str) -> NoReturn:
    raise _NoNumber(word, "is not JSON")


def _finite(word: str) -> float:
    number = float(word)
    if not isfinite(number):  # JSON has it, but hardly a reader of JSON, nor could it be told in JSON again
        raise _NoNumber(word, "is larger than readers of JSON can tell")
    return number


# --- telling -------------------------------------------------------------------------------------------------------


def _place(violation: Violation, stated: Identified, where: Mapping[str, Spot]) -> Place:
    """The place to point at: the key of a field that should not be there, else the value, else what surrounds it."""
    spot = where.get(violation.parameter)
    if spot is None:
        around = violation.parameter
        while spot is None:
            around = around[: max(around.rfind("."), around.rfind("["), 0)]
            spot = where[""] if not around else where.get(around)
        return spot.value
    kind = violation.rule.partition("@")[0].rpartition(".")[2]
    return spot.key if kind in _AT_THE_KEY and not isinstance(stated, Rule) else spot.value


def _as_text(told: _Told, name: str, lines: list[str], spec: Spec) -> str:
    violation, stated, place = told.violation, told.stated, told.place
    refused = violation.outcome == Outcome.REFUSE
    notes = [("help", _legal(violation))]
    if isinstance(stated, Rule):
        notes.append(("note", stated.why))
    if not refused:
        notes.append(("note", f"the API does not refuse the request; its answer to this is: {violation.outcome}"))
    notes.append(("note", _known(stated, spec)))
    word = "error" if refused else "warning"
    head = f"{name}:{place.line}:{place.column}: {word}[{violation.rule}]: {violation.message}{excerpt(lines, place)}"
    return "\n".join((head, *(f"      = {label}: {note}" for label, note in notes if note)))


def _legal(violation: Violation) -> str:
    if violation.nearest is not None:
        if violation.rule.endswith((".unknown_fields", ".unknown_members")):
            return f"did you mean {violation.nearest}?"
        return f"the nearest legal value is {shown(violation.nearest)}"
    return f"legal values are {listed(violation.allowed, 'and')}" if violation.allowed else ""


def _known(stated: Identified, spec: Spec) -> str:
    """How a constraint is known: its basis, and the title and address of its source."""
    source = spec.sources.get(stated.provenance.source or "")
    if source is None:
        return stated.provenance.basis.value
    return f"{stated.provenance.basis.value}: {source.title}{f', {source.url}' if source.url else ''}"


def _as_json(told: _Told, spec: Spec) -> Json:
    violation, stated, place = told.violation, told.stated, told.place
    source = spec.sources.get(stated.provenance.source or "")
    return {
        "rule": violation.rule,
        "parameter": violation.parameter,
        "line": place.line,
        "column": place.column,
        "value": violation.value,
        "message": violation.message,
        "allowed": list(violation.allowed),
        "nearest": violation.nearest,
        "outcome": violation.outcome,
        "basis": violation.basis,
        "why": stated.why if isinstance(stated, Rule) else None,
        "source": {"id": source.id, "title": source.title, "url": source.url} if source else None,
    }
