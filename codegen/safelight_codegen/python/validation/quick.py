"""The quick way through a validator: one look at each value of a request tells which parameters are in doubt.

Most requests are legal, and of the others most have one fault.  So a validator first asks of every value whether it is
surely legal (see `safelight_codegen.python.validation.acceptance`), and only what is in doubt is judged.  A request
without doubts is legal.

The loop goes over what was sent and not over what could be sent.  It asks for the exact type before anything else: then
a set may be searched without hashing whatever a caller sends, ``True`` is not taken for ``1``, and what has another
type is in doubt without an exception.

It stands in the public function itself, because a call would cost as much as two of the values that it looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from safelight.judging.truth import Views, holds
from safelight.model import ABSENT, ANY_MODEL, Json, Parameter
from safelight.vocabulary.mentions import parameters_of
from safelight_codegen.names import constant, distinct, snake
from safelight_codegen.python import view as views
from safelight_codegen.python.code.layout import (
    FALSE,
    INDENT,
    TRUE,
    Atom,
    Joined,
    Predicate,
    all_of,
    any_of,
    collection,
    fits,
    names_in,
    negated,
    statement,
)
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.code.predicates import among
from safelight_codegen.python.code.steps import Line, Step, Steps, Try, choice, laid_out, sources, when
from safelight_codegen.python.validation.acceptance import Acceptance, FreeSize, Kind, Legal, Probe, acceptances
from safelight_codegen.python.validation.content import Held
from safelight_codegen.python.validation.functions import call, function
from safelight_codegen.text import literal

__all__ = ["quick_way"]

_LOCALS: Final = (
    *("as_of", "basis", "body", "doubtful", "fault", "faults", "ignore", "lens", "listed", "model", "name", "sent"),
    *("usual", "value"),
)
_MOST_SPELT_OUT: Final = 3  # integers; more of them are written as a range


def quick_way(compiled: Compiled, sent: views.Function | None, named: views.Function | None) -> views.QuickWay | None:
    """Make the quick way of an operation; None where every request is left to the report.

    Args:
        compiled: The operation.
        sent: The function that tells what counts as sent; None where nothing asks for that.
        named: The function that finds the model's name; None for an API without models.
    """
    found = acceptances(compiled) if compiled.operation.parameters else ()
    return _QuickWay(compiled, sent, named, found).view() if found else None


class _QuickWay:
    """The quick way of one operation."""

    def __init__(
        self,
        compiled: Compiled,
        sent: views.Function | None,
        named: views.Function | None,
        found: tuple[Acceptance, ...],
    ) -> None:
        self._compiled = compiled
        self._sent = sent
        self._named = named
        self._found = found
        self._prefix = compiled.prefix.upper()
        self._constant = f"{self._prefix}_LEGAL"
        self._columns: dict[str, dict[str, int]] = {}
        self._probes: dict[Kind, list[Predicate]] = {kind: list(self._of_kind(kind)) for kind in ("str", "int", "bool")}

    def view(self) -> views.QuickWay:
        """Make its view-model."""
        steps = self._doubting()
        sizes = {size.name: _free_size(size) for one in self._found for size in one.sizes}
        used = {name for source in sources(steps) for name in names_in(source)}
        return views.QuickWay(
            steps=laid_out(steps, INDENT),
            tables=tuple(self._tables()),
            defaulting=self._defaulting(),
            sizes=tuple(sizes.values()),
            uses=frozenset(used | {name for made in sizes.values() for name in made.uses} | {"Collection"}),
        )

    # --- the look at a request ---

    def _doubting(self) -> Steps:
        """Find the parameters that may break what holds by default; what is not among them surely does not."""
        everything = Line(f"doubtful = {self._compiled.table_name}")
        broken = any_of(self._of_models([one], negated(one.rules)) for one in self._found if one.rules != TRUE)
        judged = (
            *self._looked_up(),
            *self._required(),
            Line(
                "for name, value in sent.items():",
                (
                    *self._one_value(),
                    *when(Atom("name not in listed"), everything, Line("break")),
                    Line("doubtful += (name,)"),
                ),
            ),
            *(when(broken, everything) if broken != FALSE else ()),
        )
        usual = any_of((Atom("basis is DOCUMENTED"), Atom("basis in DEFAULT_BASES")))
        look = (
            Line("doubtful: Any = ()"),
            # A name that no table has, or a rule that compares what is not comparable: all of it is judged.
            Try(judged, "(KeyError, TypeError)", (everything,)),
            *when(Atom("not doubtful"), Line("return ()")),
        )
        plain = all_of((Atom("as_of is None"), usual, Atom("type(body) is dict")))
        return (Line("sent: Any = body"), *choice([(plain, look)], (everything,)))

    def _looked_up(self) -> Iterator[Step]:
        """Find what is listed for the request's model."""
        if self._named is None:
            yield Line(f"listed = {self._constant}")
            return
        key, parameter = self._model
        if parameter.default_when and self._sent is not None:
            sent = call(self._sent, body="sent", model="None", lens="_USUAL")
            yield Line(f"model: Any = {literal(self._plain_default())}")
            named = Line(f"model = sent[{literal(key)}]")
            chosen = Line(f"model = {call(self._named, sent=sent)}")
            chooses = Atom(f"not {self._prefix}_CHOOSING.isdisjoint(sent)")
            yield from choice([(Atom(f"{literal(key)} in sent"), (named,)), (chooses, (chosen,))])
        elif parameter.default is not ABSENT:
            yield Line(f"model: Any = sent.get({literal(key)}, {literal(parameter.default)})")
        else:
            yield Line(f"model: Any = sent.get({literal(key)})")
        # Only a string is looked up: the hash of a tuple within tuples can exhaust the stack, and end the process.
        row = f"{self._constant}[model if type(model) is str else None]"
        yield Line(f"{', '.join(('listed', *self._columns))} = {row}")

    @property
    def _model(self) -> tuple[str, Parameter]:
        """The parameter that names the model."""
        key = str(self._compiled.operation.model_parameter)
        return key, self._compiled.operation.tables[ANY_MODEL].parameters[key]

    def _plain_default(self) -> Json:
        """The model of a request that sends nothing from which another default would follow."""
        key, parameter = self._model
        nothing = Views({}, {}, frozenset(), key, {}, {})
        found = [one.value for one in parameter.default_when if holds(one.when, nothing) is True]
        return next(iter(found), None if parameter.default is ABSENT else parameter.default)

    def _defaulting(self) -> str:
        """The constant that names the parameters by which the default model is chosen; empty where none is."""
        if self._named is None or not self._model[1].default_when:
            return ""
        names = dict.fromkeys(name for one in self._model[1].default_when for name in parameters_of(one.when))
        return collection(f"{self._prefix}_CHOOSING: Final = {{", [*map(literal, names)], "}", 0)

    def _required(self) -> Iterator[Step]:
        for name in self._compiled.operation.parameters:
            wanting = [one for one in self._found if name in one.required]
            if wanting and name != self._compiled.operation.model_parameter:
                absent = Atom(f"{literal(name)} not in sent")
                yield from when(self._of_models(wanting, absent), Line(f"doubtful += ({literal(name)},)"))

    def _one_value(self) -> Steps:
        """Go on where a value is surely legal."""
        cases: list[tuple[Predicate, Steps]] = []
        for kind, probes in self._probes.items():
            looked = [Atom("value in listed[name]")] if self._lists(kind) else []
            tests = _in_order(probes, first=not looked)
            if looked or tests:
                cases.append((Atom(f"type(value) is {kind}"), when(any_of((*looked, *tests)), Line("continue"))))
        if any(legal.null for one in self._found for legal in one.legal.values()):
            cases.append((all_of((Atom("value is None"), Atom("None in listed[name]"))), (Line("continue"),)))
        return choice(cases)

    def _lists(self, kind: Kind) -> bool:
        """Whether there are listed values of a type; the model's names are."""
        types = {type(value).__name__ for one in self._found for legal in one.legal.values() for value in legal.values}
        return kind in types or (kind == "str" and self._named is not None)

    # --- probes ---

    def _of_kind(self, kind: Kind) -> Iterator[Predicate]:
        """The tests of values that are not listed, by parameter and by the models that test alike."""
        for name in sorted(self._compiled.operation.parameters, key=self._is_conditional):
            alike: dict[tuple[bool, bool, Predicate], list[tuple[Acceptance, Probe]]] = {}
            for one in self._found:
                probe = one.legal.get(name, Legal()).probe
                if probe is not None and probe.kind == kind:
                    alike.setdefault((probe.low is None, probe.high is None, probe.more), []).append((one, probe))
            takers = [one for one in self._found if name in one.legal]
            for probes in alike.values():
                test = (
                    Atom(f"name == {literal(name)}"),
                    # Where the values of this type are looked up, a model that does not take the parameter has failed.
                    TRUE if self._lists(kind) or len(takers) == len(self._found) else Atom("name in listed"),
                    self._of_models([one for one, _ in probes], TRUE, takers),
                    self._within(name, probes),
                    probes[0][1].more,
                )
                yield all_of(test)

    def _is_conditional(self, name: str) -> bool:
        """Whether only some values of a parameter reach its test: it is asked after those that all values reach."""
        return any(legal.values for one in self._found for legal in (one.legal.get(name, Legal()),))

    def _within(self, name: str, probes: list[tuple[Acceptance, Probe]]) -> Predicate:
        """Write the bounds of a number or a length; those that differ between models become columns of their table."""
        low = self._bound(name, "min", {one.name: probe.low for one, probe in probes})
        high = self._bound(name, "max", {one.name: probe.high for one, probe in probes})
        value = "len(value)" if probes[0][1].kind == "str" else "value"
        if low and low == high:
            return Atom(f"{value} == {low}")
        if low == "1" and value != "value":  # to ask whether a text is empty costs less than to compare its length
            return all_of((Atom("value"), Atom(f"{value} <= {high}") if high else TRUE))
        if low and high:
            return Atom(f"{low} <= {value} <= {high}")
        if low:
            return Atom(f"{value} >= {low}")
        return Atom(f"{value} <= {high}") if high else TRUE

    def _bound(self, name: str, end: str, limits: Mapping[str, int | None]) -> str:
        found = {table: limit for table, limit in limits.items() if limit is not None}
        if not found:
            return ""
        if len(set(found.values())) == 1:
            return literal(next(iter(found.values())))
        column = distinct(snake(name, end), (*_LOCALS, *self._columns))
        self._columns[column] = found
        return column

    def _of_models(
        self, some: Iterable[Acceptance], test: Predicate, universe: Iterable[Acceptance] | None = None
    ) -> Predicate:
        """Write a test that is asked for some models only."""
        names = [name for one in some for name in one.names]
        everyone = [name for one in (self._found if universe is None else universe) for name in one.names]
        return all_of((among(names, everyone), test)) if everyone else test

    # --- tables ---

    def _tables(self) -> Iterator[str]:
        """The constants: what is listed, for models that list alike, and which of these is for which model."""
        kind = "Mapping[str, Collection[Any]]"
        if self._named is None:
            yield _listed(self._constant, kind, self._rows(self._found[0]))
            return
        made: dict[tuple[str, ...], str] = {}
        rows: list[str] = []
        for one in self._found:
            listed = self._rows(one)
            if listed not in made:
                made[listed] = f"{self._constant}_FOR_{constant(one.name)}"
                yield _listed(made[listed], kind, listed)
            columns = [str(limits.get(one.name, 0)) for limits in self._columns.values()]
            row = f"({', '.join((made[listed], *columns))})" if columns else made[listed]
            rows += [f"{literal(name)}: {row}" for name in one.names]
        if self._columns:
            kind = f"tuple[{', '.join((kind, *('int' for _ in self._columns)))}]"
        yield _listed(self._constant, f"Mapping[str | None, {kind}]", tuple(rows))

    def _rows(self, one: Acceptance) -> tuple[str, ...]:
        model = self._compiled.operation.model_parameter
        return tuple(
            f"{literal(name)}: {'_MODELS' if name == model else _source(legal, INDENT + len(f'{literal(name)}: ,'))}"
            for name, legal in one.legal.items()
        )


def _in_order(probes: list[Predicate], *, first: bool) -> list[Predicate]:
    """Put the parameters together of which every value is legal; *first* where nothing is asked before."""
    names = [one.text.removeprefix("name == ") for one in probes if isinstance(one, Atom)]
    several = Atom(f"name in ({', '.join(names)})" if len(names) > 1 else f"name == {names[0]}") if names else FALSE
    others = [one for one in probes if isinstance(one, Joined)]
    return [several, *others] if first else [*others[:1], several, *others[1:]]


def _listed(name: str, kind: str, rows: tuple[str, ...]) -> str:
    """Write a table, one row a line."""
    return "\n".join((f"{name}: Final[{kind}] = {{", *(f"    {row},".replace("\n", "\n    ") for row in rows), "}"))


def _source(legal: Legal, indent: int) -> str:
    """Write the listed values of a parameter; nothing but texts and integers is ever looked up in a set."""
    values = [literal(one) for one in legal.values]
    numbers = [one for one in legal.values if isinstance(one, int)]
    if len(numbers) > _MOST_SPELT_OUT:
        step = numbers[1] - numbers[0]
        if numbers == [*range(numbers[0], numbers[-1] + 1, step)]:
            start = f"{numbers[0]}, " if numbers[0] or step != 1 else ""
            more = f", {step}" if step != 1 else ""
            values = [f"*range({start}{numbers[-1]} + 1{more})"]  # the last one is read as the spec says it
    if not values:
        return "(None,)" if legal.null else "()"
    return collection("{", [*values, "None"] if legal.null else values, "}", indent)


def _pair(width: str, height: str) -> str:
    line = f"width, height = {width}, {height}"
    return line if fits(line, INDENT) else collection("width, height = (", (width, height), ")", INDENT)


def _free_size(size: FreeSize) -> views.Function:
    held = Held()
    if size.edges:
        table = held.constant(f"{size.name.upper()}_EDGES", f"{{str(edge): edge for edge in {size.edges}}}")
        both = all_of((Atom("width is not None"), Atom("height is not None"), size.legal))
        steps: Steps = (
            Line(f"left, _, right = value.partition({literal(size.separator)})"),
            Line(_pair(f"{table}.get(left)", f"{table}.get(right)")),
            Line("\n".join(statement("return ", both, "", INDENT))),
        )
    else:
        steps = (
            Line(f"size = edges(value, {literal(size.separator)})"),
            *when(Atom("size is None"), Line("return False")),
            Line("width, height = size"),
            Line("\n".join(statement("return ", size.legal, "", INDENT))),
        )
    doc = "Tell whether a text is a legal size, of the usual ones."
    return function(size.name, "bool", doc, steps, first="value", kinds={"value": "str"}, held=held)
