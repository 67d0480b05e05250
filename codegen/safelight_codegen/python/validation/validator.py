"""The validator of one operation: the function that reports every violation, and what it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safelight.model import ANY_MODEL
from safelight_codegen.python import view as views
from safelight_codegen.python.code.layout import INDENT, TRUE, Atom, Predicate, collection
from safelight_codegen.python.code.naming import validator_name
from safelight_codegen.python.code.operation import Compiled, has_dated_models
from safelight_codegen.python.code.steps import Line, Return, Step, Steps, choice, when
from safelight_codegen.python.validation.choosing import known_model_function, named_function, sent_function
from safelight_codegen.python.validation.content import told
from safelight_codegen.python.validation.functions import VIOLATIONS, call, function
from safelight_codegen.python.validation.judging import Judge, judge_of, unknown_fields
from safelight_codegen.python.validation.quick import quick_way
from safelight_codegen.python.validation.rules import Rules
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["validator"]

_DOC: Final = """\
Args:
    body: The body as JSON has it; anything is judged.
    as_of: The day whose state of the API is meant; by default the day that the spec describes.
    basis: Which rules count, by how they are known: "documented", and with it "observed" and "advisory".
    ignore: Ids of rules that are not to be told.

Returns:
    Every rule that is broken, in the order of the spec.

Raises:
    ValueError: *basis* names something else, or leaves out "documented".
"""


def validator(compiled: Compiled) -> views.Validator:
    """Make the view-model of an operation's validator."""
    return _Validator(compiled).view()


class _Validator:
    """The validator of one operation."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._operation = compiled.operation
        self._bars = {
            name: compiled.barred(name)
            for name in compiled.operation.parameters
            if any(compiled.surely_applies(table, name) is None for table in compiled.tables)
        }

    def view(self) -> views.Validator:
        """Make its view-model."""
        compiled, operation = self._compiled, self._operation
        judges = [
            judge_of(compiled.judge_name, compiled.parameter(name), always=name == operation.model_parameter)
            for name in operation.parameters
        ]
        taken = self._taken_function()
        rules = Rules(compiled, self._taken(taken))
        named = named_function(compiled) if compiled.has_models else None
        known = known_model_function(compiled) if compiled.has_models else None
        sent = sent_function(compiled) if rules.any or named is not None else None
        unknown = self._unknown_function(taken)
        quick = quick_way(compiled, sent, named)
        report = function(
            f"{compiled.prefix}_faults",
            VIOLATIONS,
            "Every violation of a request, in the order of the spec.",
            tuple(
                self._report(
                    judges, sent=sent, named=named, known=known, unknown=unknown, rules=rules, quick=quick is not None
                )
            ),
            kinds={"body": "object"},
        )
        functions = (
            report,
            *(one for judge in judges for one in judge.functions()),
            *(one for one in (known, taken, unknown, sent, named) if one is not None),
            *rules.functions(),
        )
        return views.Validator(
            name=validator_name(operation),
            doc=f"{paragraph(sentence(f'Judge a request: {operation.title}'), indent=INDENT)}\n\n{_DOC}",
            parameters=views.Constant(name=compiled.table_name, text=self._parameters()),
            defaults=rules.defaults,
            lens=_lens(quick, used="lens" in report.arguments),
            report_call=call(report) if quick is None else call(report, body="sent"),
            quick=quick,
            functions=functions,
            uses=frozenset(name for one in functions for name in one.uses).union(
                quick.uses if quick is not None else ()
            ),
        )

    # --- parameters ---

    def _parameters(self) -> str:
        """By parameter: the models that take it, as far as that depends on nothing else."""
        tables = tuple(name for name in self._compiled.tables if name != ANY_MODEL)
        lines = [f"{self._compiled.table_name}: Final[Mapping[str, tuple[str, ...] | None]] = {{"]
        for name in self._operation.parameters:
            takers = tuple(table for table in tables if self._compiled.surely_applies(table, name) is not False)
            items = [literal(taker) for taker in takers]
            value = collection("(", items, ")", INDENT, is_tuple=True) if takers != tables else "None"
            lines.append(f"    {literal(name)}: {value},".replace("\n", "\n    "))
        return "\n".join((*lines, "}"))

    def _taken_function(self) -> views.Function | None:
        """What tells which parameters a model takes, where that depends on the reader."""
        if not self._bars:
            return None
        steps: list[Step] = [Line(f"names = {self._taken(None)}")]
        for name, bar in self._bars.items():
            steps += when(bar, Line(f"names = tuple(name for name in names if name != {literal(name)})"))
        doc = "The parameters that the API takes, as far as the reader knows."
        return function(f"{self._compiled.prefix}_taken", "tuple[str, ...]", doc, (*steps, Line("return names")))

    def _taken(self, made: views.Function | None) -> str:
        """Write the names of the parameters that the request's model takes."""
        if made is not None:
            return call(made)
        return (
            f"taken({self._compiled.table_name}, model)"
            if self._compiled.has_models
            else f"tuple({self._compiled.table_name})"
        )

    def _unknown_function(self, taken: views.Function | None) -> views.Function:
        steps = unknown_fields(
            self._operation.unknown_fields,
            "body",
            Atom(f"key not in {self._compiled.table_name}"),
            self._taken(taken),
            '""',
        )
        doc = "Judge the fields that are no parameters."
        return function(f"{self._compiled.prefix}_unknown_fields", VIOLATIONS, doc, steps, first="body")

    # --- the report ---

    def _report(
        self,
        judges: list[Judge],
        *,
        sent: views.Function | None,
        named: views.Function | None,
        known: views.Function | None,
        unknown: views.Function,
        rules: Rules,
        quick: bool,
    ) -> Iterator[Step]:
        body_fault = told(self._operation.body_type, '""', value="body", found="got(body)")
        yield from when(Atom("not is_body(body)"), body_fault, Return())
        if named is not None and sent is not None:
            key = literal(str(self._operation.model_parameter))
            yield Line(f"named = body.get({key})")
            yield from when(Atom("named is None"), Line(f"named = {call(named, sent=call(sent, model='None'))}"))
            lens = ", lens" if has_dated_models(self._compiled.spec) else ""
            yield Line(f"model = _model_of(named{lens})")
        judged = rules.any and sent is not None
        if judged and rules.corrects:
            yield Line("faults: dict[str, list[Violation]] = {}")
        if judged:
            yield Line("faulty: set[str] = set()")
        names = f"in_order(doubtful, {self._compiled.table_name})" if quick else self._compiled.table_name
        if judges:
            gathered = (Line("told += found"), *(rules.gathered() if judged else ()))
            yield Line(f"for name in {names}:", (*self._judging(judges, known), *when(Atom("found"), *gathered)))
        # A quick look knows the names of all that it does not leave to be judged in full.
        everything = Atom(f"doubtful is {self._compiled.table_name}") if quick else TRUE
        yield from when(everything, Line(f"told += {call(unknown)}"))
        if judged and sent is not None:
            if quick:
                # A rule can be broken only by something doubted that broke nothing by itself.
                yield from when(Atom("len(faulty) == len(doubtful)"), Return())
            yield Line(f"sent = {call(sent)}")
            yield from rules.steps()

    def _judging(self, judges: list[Judge], known: views.Function | None) -> Iterator[Step]:
        """Find what is wrong with the parameter *name*; one that was not sent only where that is a fault."""
        cases: list[tuple[Predicate, Steps]] = []
        for judge in (one for one in judges if one.always):
            found = judge.call(f"body.get({literal(judge.parameter)}, ABSENT)")
            if known is not None and judge.parameter == self._operation.model_parameter:
                found += f" + {call(known)}"
            cases.append((_is_named(judge), (Line(f"found = {found}"),)))
        others = [one for one in judges if not one.always]
        if others:
            cases.append((Atom("(value := body.get(name)) is None"), (Line("continue"),)))
            cases += [(_is_named(one), (Line(f"found = {one.call('value')}"),)) for one in others]
        *cases, (_, last) = cases
        yield from choice(cases, last)


def _is_named(judge: Judge) -> Atom:
    return Atom(f"name == {literal(judge.parameter)}")


def _lens(quick: views.QuickWay | None, *, used: bool) -> str:
    """Take the reader's choice; it is looked at, too, where nothing depends on it."""
    made = "Lens.of(as_of or _REVISED, basis)"
    if quick is None:
        return f"lens = {made}" if used else made
    if used:
        return f"lens = _USUAL if as_of is None and basis is DOCUMENTED else {made}"
    return f"if as_of is not None or basis is not DOCUMENTED:\n    {made}"
