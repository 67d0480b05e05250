"""The quick way through a validator, as functions: see `safelight_codegen.python.acceptance` for what it accepts."""

from __future__ import annotations

from functools import cached_property

from safelight.lens import Lens, enforce
from safelight.model import ANY_MODEL, Basis
from safelight_codegen.python import view as views
from safelight_codegen.python.acceptance import Acceptance, FreeSize, acceptances
from safelight_codegen.python.functions import call, function
from safelight_codegen.python.layout import INDENT, Atom, all_of, collection, names_in, one_line, statement
from safelight_codegen.python.operation import Compiled
from safelight_codegen.python.steps import Line, Steps, when
from safelight_codegen.text import literal, paragraph

__all__ = ["quick_way"]


def quick_way(compiled: Compiled, named: views.Function | None) -> views.QuickWay | None:
    """Make the quick way of an operation; None where every request is left to the report.

    Args:
        compiled: The operation.
        named: The function that finds the model's name; None for an API without models.
    """
    found = acceptances(compiled)
    return _QuickWay(compiled, named, found).view() if found else None


class _QuickWay:
    """The quick way of one operation."""

    def __init__(self, compiled: Compiled, named: views.Function | None, found: tuple[Acceptance, ...]) -> None:
        self._compiled = compiled
        self._named = named
        self._found = found

    def view(self) -> views.QuickWay:
        """Make its view-model."""
        accept = self._accept()
        acceptances = tuple(self._acceptance(one) for one in self._found)
        functions = (accept, *(size for one in acceptances for size in one.sizes))
        uses = {"DEFAULT_BASES", "usual_keys", *(("Callable",) if self._compiled.has_models else ())}
        before = f"{self._nulls_name}: Final = "
        nulls = collection(f"{before}(", [literal(name) for name in self._nulls], ")", 0, is_tuple=True)
        return views.QuickWay(
            name=accept.name,
            accept=accept,
            acceptances=acceptances,
            table=self._table(),
            nulls=views.Constant(name=self._nulls_name, text=nulls.removeprefix(before)) if self._nulls else None,
            uses=frozenset(name for one in functions for name in one.uses) | uses,
        )

    def _acceptance(self, one: Acceptance) -> views.Acceptance:
        keys = f"{one.name.upper()}_KEYS"
        model = one.names[0] if one.names is not None else None
        left = [
            name for name in self._compiled.operation.parameters if name not in one.keys and self._may_take(one, name)
        ]
        arguments = [self._compiled.table_name, literal(model), *(literal(name) for name in left)]
        all_keys = collection(f"{keys}: Final = usual_keys(", arguments, ")", 0).removeprefix(f"{keys}: Final = ")
        whom = f"a request for {one.names[0]}" if one.names is not None else "a request"
        whom += f" or {one.names[1]}" if one.names is not None and len(one.names) == 2 else ""
        whom += " and its like" if one.names is not None and len(one.names) > 2 else ""
        legal = all_of((Atom(f"{keys}.issuperset(body)"), one.condition))
        return views.Acceptance(
            name=one.name,
            doc=paragraph(f"Tell of {whom} whether it is surely legal.", indent=INDENT),
            keys=views.Constant(name=keys, text=all_keys),
            get="get" in names_in(one_line(one.condition)),
            result="\n".join(statement("return ", legal, "", INDENT)),
            sizes=tuple(_free_size(size) for size in one.sizes),
        )

    def _may_take(self, one: Acceptance, name: str) -> bool:
        """Whether a parameter is among those that the table of parameters names for the models of *one*."""
        tables = one.names or (ANY_MODEL,)
        return any(
            self._compiled.surely_applies(self._compiled.spec.names.get(table, table), name) is not False
            for table in tables
        )

    def _table(self) -> str:
        """By name of a model: its function."""
        if not self._compiled.has_models:
            return ""
        lines = [f"{self._compiled.prefix.upper()}_ACCEPTS: Final[Mapping[str, Callable[[dict[Any, Any]], bool]]] = {{"]
        lines += [f"    {literal(name)}: {one.name}," for one in self._found for name in one.names or ()]
        return "\n".join((*lines, "}"))

    def _accept(self) -> views.Function:
        """The function that chooses by model."""
        name = f"{self._compiled.prefix}_accepts"
        steps: Steps = when(Atom("not is_object(body)"), Line("return False"))
        if self._named is None:
            accepted = Atom(f"{self._found[0].name}(body)")
        else:
            key = literal(str(self._compiled.operation.model_parameter))
            table = f"{self._compiled.prefix.upper()}_ACCEPTS"
            steps = (
                *steps,
                Line(f"named = body[{key}] if {key} in body else {call(self._named, sent='body')}"),
                Line(f"accepts = {table}.get(named) if isinstance(named, str) else None"),
            )
            accepted = Atom("accepts is not None and accepts(body)")
        if not self._nulls:
            steps = (*steps, Line(f"return {one_line(accepted)}"))
        else:
            steps = (
                *steps,
                *when(accepted, Line("return True")),
                Line(f"sent = without_nulls(body, {self._nulls_name})"),
                Line(f"return sent is not body and {name}(sent)"),
            )
        doc = "Tell whether a request is surely legal by what holds by default; no says nothing."
        return function(name, "bool", doc, steps, kinds={"body": "object"})

    @property
    def _nulls_name(self) -> str:
        return f"{self._compiled.prefix.upper()}_NULLS"

    @cached_property
    def _nulls(self) -> tuple[str, ...]:
        """The parameters of which every model takes a null for nothing."""
        lens = Lens(self._compiled.spec.revised, frozenset({Basis.DOCUMENTED}))
        return tuple(
            name
            for name in self._compiled.operation.parameters
            if name != self._compiled.operation.model_parameter
            and all(enforce(one, table, lens).not_null is None for table, one in self._compiled.parameter(name).items())
        )


def _free_size(size: FreeSize) -> views.Function:
    steps = (
        Line(f"size = edges(value, {literal(size.separator)}) if isinstance(value, str) else None"),
        *when(Atom("size is None"), Line("return False")),
        Line("width, height = size"),
        Line("\n".join(statement("return ", size.legal, "", INDENT))),
    )
    return function(size.name, "bool", "Tell whether a value is a legal size.", steps, first="value")
