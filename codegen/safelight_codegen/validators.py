"""The compiled reading of a spec: the view-model of ``validators.py``.

For each operation there is a function that reports every violation, made of one function for each parameter and each
rule, and a quick one that tells of the usual body that it is legal.  What the interpreter decides anew for each request
is decided here once, so the code that comes out looks like what a person would write for this API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from safelight.model import ANY_MODEL, Absent, KnownModel, NotNull, Outcome, Spec
from safelight_codegen import view as views
from safelight_codegen.acceptance import Acceptance, FreeSize, acceptances
from safelight_codegen.content import told
from safelight_codegen.functions import call, function
from safelight_codegen.judging import Judge, judge_of, unknown_fields
from safelight_codegen.layout import (
    FALSE,
    INDENT,
    TRUE,
    Atom,
    Predicate,
    all_of,
    any_of,
    collection,
    imported,
    names_in,
    negated,
    one_line,
    statement,
)
from safelight_codegen.operation import Compiled
from safelight_codegen.predicates import among, in_force, surely
from safelight_codegen.rules import Rules
from safelight_codegen.steps import Line, Return, Step, Steps, choice, settings, when
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["validators"]

_ALWAYS_USED: Final = frozenset(
    {"Any", "Collection", "DOCUMENTED", "Final", "Iterator", "Lens", "Mapping", "Violation", "date", "is_body"}
)
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
_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "collections.abc": ("Callable", "Collection", "Iterator", "Mapping"),
    "datetime": ("date",),
    "re": ("fullmatch",),
    "typing": ("Any", "Final"),
    "._checks": (
        "SizeLimits",
        "Violation",
        "edges",
        "got",
        "is_integer",
        "is_multiple",
        "is_number",
        "length",
        "nearest_number",
        "nearest_size",
        "nearest_value",
        "same",
    ),
    "._judging": (
        "ABSENT",
        "DEFAULT_BASES",
        "DOCUMENTED",
        "Body",
        "Json",
        "Lens",
        "count_of",
        "counted",
        "cut",
        "is_array",
        "is_body",
        "is_object",
        "how_many",
        "length_of",
        "near_size",
        "settled",
        "size_of",
        "sum_of",
        "taken",
        "unknown_field",
        "usual_keys",
    ),
}
"""What a validator may use, by the module that has it; both in the order of imports."""


def validators(spec: Spec) -> views.Validators:
    """Make the view-model of the module."""
    operations = tuple(_Validator(Compiled(spec, operation)).view() for operation in spec.operations.values())
    chooses = any(operation.model_parameter is not None for operation in spec.operations.values())
    models = _models(spec) if chooses else None
    used = _ALWAYS_USED.union(*(one.uses for one in operations), models.function.uses if models is not None else ())
    lines = {
        home: imported(home, wanted)
        for home, names in _HOMES.items()
        if (wanted := [name for name in names if name in used])
    }
    return views.Validators(
        revised=literal(spec.revised),
        imports=views.Imports(
            standard=tuple(line for home, line in lines.items() if not home.startswith(".")),
            siblings=tuple(line for home, line in lines.items() if home.startswith(".")),
        ),
        models=models,
        operations=operations,
        exports=literal(sorted(spec.operations)),
    )


def _models(spec: Spec) -> views.Models:
    """The table of models, and the function that finds the one whose rules judge a request."""
    dated = _has_dated_models(spec)
    family = spec.unknown_model.family if spec.unknown_model.outcome is Outcome.IGNORE else None
    entries: dict[str, object] = {}
    for name, canonical in spec.names.items():
        model = spec.models[canonical]
        entries[name] = (canonical, model.since, model.retired) if dated else canonical
    items = [f"{literal(name)}: {literal(entry)}" for name, entry in entries.items()]
    kind = "tuple[str, date | None, date | None]" if dated else "str"
    no_name = when(Atom("not isinstance(named, str)"), Line("return None"))
    if dated:
        steps: Steps = (
            *no_name,
            *when(Atom("named not in _MODELS"), Line(f"return {literal(family)}")),
            Line("model, since, retired = _MODELS[named]"),
            Line("return model if lens.holds(since=since, until=retired) else None"),
        )
    else:
        unknown = f", {literal(family)}" if family is not None else ""
        steps = (*no_name, Line(f"return _MODELS.get(named{unknown})"))
    doc = "The model whose rules judge a request for *named*; None for one that is not known."
    return views.Models(
        table="\n".join((f"_MODELS: Final[Mapping[str, {kind}]] = {{", *(f"    {item}," for item in items), "}")),
        function=function("_model_of", "str | None", doc, steps, first="named"),
    )


def _has_dated_models(spec: Spec) -> bool:
    return any(model.since or model.retired for model in spec.models.values())


class _Validator:
    """The validator of one operation."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._operation = compiled.operation
        self._prefix = f"_{compiled.operation.name}"
        self._table = f"{self._prefix.upper()}_PARAMETERS"
        self._has_models = compiled.operation.model_parameter is not None
        self._bars = {
            name: compiled.barred(name)
            for name in compiled.operation.parameters
            if any(compiled.surely_applies(table, name) is None for table in compiled.tables)
        }

    def view(self) -> views.Validator:
        """Make its view-model."""
        operation = self._operation
        judges = [
            judge_of(operation.name, self._compiled.parameter(name), always=name == operation.model_parameter)
            for name in operation.parameters
        ]
        taken = self._taken_function()
        rules = Rules(self._compiled, self._prefix, self._taken(taken))
        named = self._named_function() if self._has_models else None
        known = self._known_model_function() if self._has_models else None
        sent = self._sent_function() if rules.any or named is not None else None
        unknown = self._unknown_function(taken)
        made = (
            *(one for judge in judges for one in judge.functions()),
            *(one for one in (known, taken, unknown, sent, named) if one is not None),
            *rules.functions(),
        )
        report = function(
            f"{self._prefix}_faults",
            "Iterator[Violation]",
            "Every violation of a request, in the order of the spec.",
            tuple(self._report(judges, sent=sent, named=named, known=known, unknown=unknown, rules=rules)),
            kinds={"body": "object"},
        )
        found = acceptances(self._compiled)
        quick = tuple(self._acceptance(one) for one in found)
        accept = self._accept(quick, named) if quick else None
        functions = (
            *made,
            report,
            *((accept,) if accept is not None else ()),
            *(size for one in quick for size in one.sizes),
        )
        return views.Validator(
            name=operation.name,
            doc=f"{paragraph(sentence(f'Judge a request: {operation.title}'), indent=INDENT)}\n\n{_DOC}",
            parameters=views.Constant(name=self._table, text=self._parameters()),
            functions=made,
            defaults=rules.defaults,
            report=report,
            lens=f"{'lens = ' if 'lens' in report.arguments else ''}Lens.of(as_of or _REVISED, basis)",
            report_call=call(report),
            acceptances=quick,
            table=self._quick_table(found),
            accept=accept,
            uses=frozenset(name for one in functions for name in one.uses) | self._quick_uses(found),
        )

    # --- parameters ---

    def _parameters(self) -> str:
        """By parameter: the models that take it, as far as that depends on nothing else."""
        tables = tuple(name for name in self._compiled.tables if name != ANY_MODEL)
        lines = [f"{self._table}: Final[Mapping[str, tuple[str, ...] | None]] = {{"]
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
        return function(f"{self._prefix}_taken", "tuple[str, ...]", doc, (*steps, Line("return names")))

    def _taken(self, made: views.Function | None) -> str:
        """Write the names of the parameters that the request's model takes."""
        if made is not None:
            return call(made)
        return f"taken({self._table}, model)" if self._has_models else f"tuple({self._table})"

    def _unknown_function(self, taken: views.Function | None) -> views.Function:
        steps = unknown_fields(
            self._operation.unknown_fields, "body", Atom(f"key not in {self._table}"), self._taken(taken), '""'
        )
        doc = "Judge the fields that are no parameters."
        return function(f"{self._prefix}_unknown_fields", "Iterator[Violation]", doc, steps, first="body")

    # --- what was sent, and the model ---

    def _nulls(self, name: str) -> Predicate:
        """When an explicit null of a parameter is a fault, and so counts as sent."""
        found: dict[Predicate, list[str]] = {}
        tables = self._compiled.parameter(name)
        for table, parameter in tables.items():
            force = any_of(in_force(one.provenance) for one in parameter.constraints if isinstance(one.check, NotNull))
            found.setdefault(force, []).append(table)
        return any_of(all_of((among(names, tables), force)) for force, names in found.items())

    def _sent_function(self) -> views.Function:
        nulls = {name: bar for name in self._operation.parameters if (bar := self._nulls(name)) != FALSE}
        counted = f"counted(body, {self._table}, {literal(tuple(nulls))})"
        doubtful = {name: bar for name, bar in nulls.items() if bar != TRUE}
        doc = "What counts as sent: a null does only where the API does not take it for nothing."
        if not doubtful:
            return function(f"{self._prefix}_sent", "dict[str, Any]", doc, (Line(f"return {counted}"),))
        steps: list[Step] = [Line(f"sent = {counted}")]
        for name, bar in doubtful.items():
            null = Atom(f"sent.get({literal(name)}, ABSENT) is None")
            steps += when(all_of((null, negated(bar))), Line(f"del sent[{literal(name)}]"))
        return function(f"{self._prefix}_sent", "dict[str, Any]", doc, (*steps, Line("return sent")), first="body")

    def _named_function(self) -> views.Function:
        """What finds the model's name, or the default that the request's parameters choose."""
        name = str(self._operation.model_parameter)
        parameter = self._operation.tables[ANY_MODEL].parameters[name]
        scope = self._compiled.scope(effective="sent", tables=(ANY_MODEL,))
        cases = [
            (surely(one.when, scope, true=True), (Line(f"return {literal(one.value)}"),))
            for one in parameter.default_when
        ]
        default = f", {literal(parameter.default)}" if not isinstance(parameter.default, Absent) else ""
        if not cases:
            steps: Steps = (Line(f"return sent.get({literal(name)}{default})"),)
        else:
            prelude = settings(scope.locals)
            given = when(Atom(f"{literal(name)} in sent"), Line(f"return sent[{literal(name)}]"))
            last = Line(f"return {literal(None if not default else parameter.default)}")
            separate = [step for case in cases for step in choice((case,))]
            steps = (*given, *prelude, *separate, last)
        doc = "The model that a request names, or the default for what it sends."
        return function(f"{self._prefix}_named", "object", doc, steps, first="sent")

    def _known_model_function(self) -> views.Function | None:
        """What judges whether the model exists; nothing, where unknown ones are taken for members of a family."""
        spec = self._compiled.spec
        policy, dated = spec.unknown_model, _has_dated_models(spec)
        if policy.outcome is Outcome.IGNORE and not dated:
            return None
        name = str(self._operation.model_parameter)
        parameter = self._operation.tables[ANY_MODEL].parameters[name]
        one = next(one for one in parameter.constraints if isinstance(one.check, KnownModel))
        unknown = Atom("isinstance(named, str)"), Atom("model is None"), in_force(one.provenance)
        if dated:
            names = "name for name, (_, since, retired) in _MODELS.items() if lens.holds(since=since, until=retired)"
            allowed: Steps = (Line(f"names = tuple({names})"),)
        else:
            allowed = (Line("names = tuple(_MODELS)"),)
        fault = told(
            one,
            literal(name),
            value="named",
            found="got(named)",
            allowed="names",
            nearest="nearest_value(named, names)",
        )
        refused = replace(fault, outcome=Outcome.REFUSE.value)
        tell: Steps = (replace(fault, outcome=policy.outcome.value),)
        if policy.outcome is Outcome.IGNORE:
            tell = (refused,)
        elif policy.outcome is not Outcome.REFUSE and dated:
            tell = choice([(Atom("named in _MODELS"), (refused,))], tell)
        doc = "Judge whether the model that a request names, or that is the default for it, exists."
        steps = when(all_of(unknown), *allowed, *tell)
        return function(f"{self._prefix}_known_model", "Iterator[Violation]", doc, steps)

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
    ) -> Iterator[Step]:
        body_fault = told(self._operation.body_type, '""', value="body", found="got(body)")
        yield from when(Atom("not is_body(body)"), body_fault, Return())
        by_model = sent is not None and "model" in sent.arguments
        if named is not None and sent is not None:
            yield Line(f"sent = {call(sent, model='None')}")
            yield Line(f"named = {call(named)}")
            lens = ", lens" if _has_dated_models(self._compiled.spec) else ""
            yield Line(f"model = _model_of(named{lens})")
        yield Line("faults: dict[str, list[Violation]] = {}")
        for judge in judges:
            yield from self._judging(judge, known)
        yield Line("for told in faults.values():", (Line("yield from told"),))
        yield Line(f"yield from {call(unknown)}")
        if rules.any and sent is not None:
            if by_model or named is None:
                yield Line(f"sent = {call(sent)}")
            yield from rules.steps()

    def _judging(self, judge: Judge, known: views.Function | None) -> Iterator[Step]:
        name = literal(judge.parameter)
        more = ""
        if known is not None and judge.parameter == self._operation.model_parameter:
            more = f", *{call(known)}"
        if judge.always:
            yield Line(f"faults[{name}] = [*{judge.call(f'body.get({name}, ABSENT)')}{more}]")
        else:
            found = Line(f"faults[{name}] = [*{judge.call('value')}]")
            yield from when(Atom(f"(value := body.get({name})) is not None"), found)

    # --- the quick way ---

    def _acceptance(self, one: Acceptance) -> views.Acceptance:
        keys = f"{one.name.upper()}_KEYS"
        model = one.names[0] if one.names is not None else None
        left = [name for name in self._operation.parameters if name not in one.keys and self._may_take(one, name)]
        arguments = [self._table, literal(model), *(literal(name) for name in left)]
        all_keys = collection(f"{keys}: Final = usual_keys(", arguments, ")", 0).removeprefix(f"{keys}: Final = ")
        whom = f"a request for {one.names[0]}" if one.names is not None else "a request"
        whom += f" or {one.names[1]}" if one.names is not None and len(one.names) == 2 else ""
        whom += " and its like" if one.names is not None and len(one.names) > 2 else ""
        return views.Acceptance(
            name=one.name,
            doc=paragraph(f"Tell of {whom} whether it is surely legal.", indent=INDENT),
            keys=views.Constant(name=keys, text=all_keys),
            get="get" in names_in(one_line(one.condition)),
            result="\n".join(statement("return ", all_of((Atom(f"body.keys() <= {keys}"), one.condition)), "", INDENT)),
            sizes=tuple(_free_size(size) for size in one.sizes),
        )

    def _quick_uses(self, found: tuple[Acceptance, ...]) -> frozenset[str]:
        """What the quick way uses beside the functions."""
        if not found:
            return frozenset()
        return frozenset({"DEFAULT_BASES", "usual_keys", *(("Callable",) if self._has_models else ())})

    def _may_take(self, one: Acceptance, name: str) -> bool:
        """Whether a parameter is among those that the table of parameters names for the models of *one*."""
        tables = one.names or (ANY_MODEL,)
        return any(
            self._compiled.surely_applies(self._compiled.spec.names.get(table, table), name) is not False
            for table in tables
        )

    def _quick_table(self, quick: tuple[Acceptance, ...]) -> str:
        if not self._has_models:
            return ""
        lines = [f"{self._prefix.upper()}_ACCEPTS: Final[Mapping[str, Callable[[dict[Any, Any]], bool]]] = {{"]
        lines += [f"    {literal(name)}: {one.name}," for one in quick for name in one.names or ()]
        return "\n".join((*lines, "}"))

    def _accept(self, quick: tuple[views.Acceptance, ...], named: views.Function | None) -> views.Function:
        steps: Steps = when(Atom("not is_object(body)"), Line("return False"))
        if named is None:
            steps = (*steps, Line(f"return {quick[0].name}(body)"))
        else:
            table = f"{self._prefix.upper()}_ACCEPTS"
            steps = (
                *steps,
                Line(f"named = {call(named, sent='body')}"),
                Line(f"accepts = {table}.get(named) if isinstance(named, str) else None"),
                Line("return accepts is not None and accepts(body)"),
            )
        doc = "Tell whether a request is surely legal by what holds by default; no says nothing."
        return function(f"{self._prefix}_accepts", "bool", doc, steps, kinds={"body": "object"})


def _free_size(size: FreeSize) -> views.Function:
    steps = (
        Line(f"size = size_of(value, {literal(size.separator)})"),
        *when(Atom("size is None"), Line("return False")),
        Line("width, height = size"),
        Line("\n".join(statement("return ", size.legal, "", INDENT))),
    )
    return function(size.name, "bool", "Tell whether a value is a legal size.", steps, first="value")
