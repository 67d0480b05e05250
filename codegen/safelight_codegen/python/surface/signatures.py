"""Signatures of a resource's method: overloads keyed on the model and on whether events are asked for.

Models that take the same parameters share one.  After them come, for the same models, some that take anything, and are
marked: the mark's text, which type checkers and editors show at the call, says what the models take.  Without them, a
call that is wrong for its model would match the last ones, which are for models that nobody knew when the client was
made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal, TypeAlias

from safelight.judging.lens import Enforced, Lens, enforce, separator_of
from safelight.judging.truth import Views, holds
from safelight.model import ABSENT, ANY_MODEL, Basis, Json, OneOf, Operation, Operator, Rule, Type, Value
from safelight.records import dataclass
from safelight.vocabulary.checks import shown
from safelight.vocabulary.mentions import tests_of
from safelight_codegen.names import camel
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.surface.annotations import Annotations, broad
from safelight_codegen.text import literal

__all__ = ["Argument", "Signature", "signatures", "stream_parameter"]

Streaming: TypeAlias = Literal["no", "yes", "maybe", "never"]
"""Whether a signature's call asks for events; *never* where the parameters do not allow it."""

_MOST_CANDIDATES: Final = 16
_LONGEST_WORDS: Final = 80
_STREAM_TYPES: Final[Mapping[Streaming, str]] = {
    "no": "Literal[False] | Omit | None = OMIT",
    "yes": "Literal[True]",
    "maybe": "bool",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a method: *text* is its annotation, with the default if it has one."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One overload.

    Attributes:
        arguments: Its arguments; those of a wrong call that may have any value are left out.
        streaming: Whether its call asks for events.
        wrong: Why a call that matches is wrong; empty for a right one.
    """

    arguments: tuple[Argument, ...]
    streaming: Streaming
    wrong: str = ""


def stream_parameter(operation: Operation) -> str | None:
    """The boolean parameter that asks for events; None where the operation has no stream."""
    if operation.response.stream is None:
        return None
    for test in tests_of(operation.response.stream.when):
        if isinstance(test.operand, Value) and test.operator is Operator.IN and test.value == (True,):
            return test.operand.parameter
    return None


def signatures(compiled: Compiled, annotations: Annotations) -> tuple[Signature, ...]:
    """Make the overloads of an operation's method; the last one takes whatever the others take together."""
    return tuple(_Signatures(compiled, annotations).make())


class _Signatures:
    """The signatures of one operation on their way."""

    def __init__(self, compiled: Compiled, annotations: Annotations) -> None:
        self._spec, self._operation = compiled.spec, compiled.operation
        self._lens = Lens(compiled.spec.revised, frozenset({Basis.DOCUMENTED}))
        self._annotations = annotations
        self._stream = stream_parameter(compiled.operation)
        models = [name for name, model in compiled.spec.models.items() if model.exists(compiled.spec.revised)]
        self._tables = {
            name: {
                key: one
                for key, parameter in compiled.operation.tables[name].parameters.items()
                if (one := enforce(parameter, name, self._lens)).applies
            }
            for name in (models if compiled.operation.model_parameter is not None else [ANY_MODEL])
        }

    def make(self) -> Iterator[Signature]:
        """Yield the overloads in order."""
        groups: dict[tuple[Argument, ...], list[str]] = {}
        for name, table in self._tables.items():
            groups.setdefault(tuple(self._argument(key, one) for key, one in table.items()), []).append(name)
        if len(groups) > 1:
            for names in groups.values():
                table = self._tables[names[0]]
                for streaming in self._ways(table):
                    yield Signature(tuple(self._arguments(table, streaming, names)), streaming)
            for names in groups.values():
                table = self._tables[names[0]]
                for streaming in self._ways(table):
                    yield Signature(tuple(self._anything(names, streaming)), streaming, wrong=self._takes(names, table))
        ways = self._ways(self._common())
        for streaming in (*ways, "maybe") if len(ways) > 1 else ways:
            yield Signature(tuple(self._broad(streaming, precise=len(groups) == 1)), streaming)

    def _ways(self, table: Mapping[str, object]) -> tuple[Streaming, ...]:
        return ("no", "yes") if self._stream is not None and self._stream in table else ("never",)

    def _argument(self, name: str, enforced: Enforced, streaming: Streaming = "maybe") -> Argument:
        """A parameter as an argument, as far as it does not depend on other parameters."""
        if name == self._operation.model_parameter:
            return Argument(name, "")
        if name == self._stream:
            return Argument(name, _STREAM_TYPES[streaming])
        return Argument(name, _optional(self._annotations.of(enforced), enforced))

    # --- for models that are known ---

    def _arguments(self, table: Mapping[str, Enforced], streaming: Streaming, names: list[str]) -> Iterator[Argument]:
        for name, enforced in table.items():
            if name == self._operation.model_parameter:
                yield Argument(name, self._model(names))
                continue
            argument = self._argument(name, enforced, streaming)
            legal = self._legal(name, enforced, table, streaming)
            if legal is None:
                yield argument
            elif legal:
                words = f"Literal[{', '.join(literal(value) for value in legal)}]"
                yield replace(argument, text=_optional(words, enforced))

    def _model(self, names: list[str]) -> str:
        parameter = self._operation.tables[ANY_MODEL].parameters[str(self._operation.model_parameter)]
        defaults = [parameter.default, *(one.value for one in parameter.default_when)]
        omitted = not parameter.required and any(self._spec.names.get(str(value)) in names for value in defaults)
        return f"{self._known(names)}{' | Omit = OMIT' if omitted else ''}"

    def _known(self, names: list[str]) -> str:
        """The type of the names that stand for these models."""
        accepted = [literal(name) for name, model in self._spec.names.items() if model in names]
        words = f"Literal[{', '.join(accepted)}]"
        if len(words) <= _LONGEST_WORDS:
            return words
        doc = f"The models that take the same parameters as {names[0]}."
        return self._annotations.words(camel(self._operation.name, "model", names[0]), doc, accepted)

    def _legal(
        self, name: str, enforced: Enforced, table: Mapping[str, Enforced], streaming: Streaming
    ) -> tuple[Json, ...] | None:
        """The values that every rule about the stream lets pass; None where that is all of them."""
        rules = [rule for rule in self._operation.rules if self._is_about(rule, name)]
        candidates = _candidates(enforced) if rules and name != self._stream else ()
        legal = tuple(
            value
            for value in candidates
            if not any(
                self._breaks(rule, {name: value, str(self._stream): streaming == "yes"}, table) for rule in rules
            )
        )
        return None if legal == candidates else legal

    def _is_about(self, rule: Rule, name: str) -> bool:
        return (
            self._lens.in_force(rule.provenance)
            and rule.models is None
            and set(rule.parameters) == {name, self._stream}
        )

    def _breaks(self, rule: Rule, sent: Mapping[str, Json], table: Mapping[str, Enforced]) -> bool:
        defaults = {key: one.parameter.default for key, one in table.items() if one.parameter.default is not ABSENT}
        separators = {key: separator_of(one.parameter) for key, one in table.items()}
        units = {key: one.parameter.unit.value for key, one in table.items()}
        views = Views(sent, {**defaults, **sent}, frozenset(), self._operation.model_parameter, separators, units)
        return holds(rule.when, views) is True and holds(rule.require, views) is False

    # --- for models that are known, and calls that are wrong ---

    def _anything(self, names: list[str], streaming: Streaming) -> Iterator[Argument]:
        """Known models and what every call needs; whatever else a wrong call has is not looked at."""
        for name, found in self._common().items():
            if name == self._operation.model_parameter:
                yield Argument(name, self._known(names))
            elif name == self._stream:
                yield Argument(name, _STREAM_TYPES.get(streaming, "Json = OMIT"))
            elif len(found) == len(self._tables) and all(one.required for one in found):
                yield Argument(name, "Json")

    def _takes(self, names: list[str], table: Mapping[str, Enforced]) -> str:
        """Say which arguments these models take."""
        taken: list[str] = []
        for name, one in table.items():
            if name != self._operation.model_parameter:
                values, *streamed = [self._values(name, one, table, way) for way in self._ways(table)]
                if streamed not in ([], [values]):
                    values += f"; with {self._stream}=True {streamed[0]}"
                taken.append(f"{name} ({values})" if values else name)
        models = f"{names[0]} takes" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} take"
        return f"{models} only {', '.join(taken)}"

    def _values(self, name: str, enforced: Enforced, table: Mapping[str, Enforced], streaming: Streaming) -> str:
        """The values that a parameter takes, where they can be told in a few words; empty where not."""
        legal = self._legal(name, enforced, table, streaming)
        listed = next((one.check for one in enforced.content if isinstance(one.check, OneOf)), None)
        if legal is None and isinstance(listed, OneOf):
            legal = listed.allowed(enforced.as_of)
        if legal is not None:
            return ", ".join(value if isinstance(value, str) else shown(value) for value in legal) or "nothing"
        low, high = enforced.low, enforced.high
        if low is None or high is None:
            return ""
        return shown(low) if low == high else f"{shown(low)} to {shown(high)}"

    # --- for all models ---

    def _common(self) -> dict[str, list[Enforced]]:
        """Every parameter that some model takes, in spec order, as each of these models has it."""
        return {
            name: found
            for name in self._operation.parameters
            if (found := [table[name] for table in self._tables.values() if name in table])
        }

    def _broad(self, streaming: Streaming, *, precise: bool) -> Iterator[Argument]:
        """Any model, and what some model takes: values too are those of any model, unless all take the same."""
        for name, found in self._common().items():
            every = len(found) == len(self._tables) and all(one.required for one in found)
            if name == self._operation.model_parameter:
                may_omit = not every and (precise or found[0].parameter.default is ABSENT)
                yield Argument(name, "str | Omit = OMIT" if may_omit else "str")
            elif name == self._stream:
                yield Argument(name, _STREAM_TYPES[streaming])
            else:
                text = self._annotations.of(found[0]) if precise else broad(found[0].parameter)
                nullable = any(one.not_null is None for one in found)
                yield Argument(name, text if every else f"{text} | Omit{' | None' if nullable else ''} = OMIT")


def _optional(text: str, enforced: Enforced) -> str:
    if enforced.required:
        return text
    return f"{text} | Omit{' | None' if enforced.not_null is None else ''} = OMIT"


def _candidates(enforced: Enforced) -> tuple[Json, ...]:
    """The values of a parameter, where they are few."""
    if enforced.parameter.type is Type.BOOLEAN:
        return (False, True)
    low, high = enforced.low, enforced.high
    if enforced.parameter.type is Type.INTEGER and isinstance(low, int) and isinstance(high, int):
        return tuple(range(low, high + 1)) if high - low < _MOST_CANDIDATES else ()
    return ()
