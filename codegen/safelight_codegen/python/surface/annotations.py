"""Parameters as types: what a type checker can know of the values that a model takes.

A list of words becomes a `Literal` with a name of its own in ``types.py``, named after the parameter and after the
family or model that the spec says it for, so that it changes when that line of the spec changes.  Free sizes, lengths,
ranges and patterns are left to the validator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safelight.judging.lens import Enforced
from safelight.model import OneOf, Parameter, Type
from safelight_codegen.names import camel, is_identifier
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import collection
from safelight_codegen.python.code.naming import free_type
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["Annotations", "broad"]

_BROAD: Mapping[Type, str] = {
    Type.STRING: "str",
    Type.SIZE: "str",
    Type.MODEL: "str",
    Type.INTEGER: "int",
    Type.NUMBER: "float",
    Type.BOOLEAN: "bool",
}


@dataclass(slots=True)
class Annotations:
    """Types of parameters, and the named ones among them.

    Attributes:
        operation: The name of the operation, which tells types of the same name apart.
        aliases: By name: the types that ``types.py`` defines, of all operations.
        taken: The names of records, errors, classes and operations, which no type of parameters may have.
    """

    operation: str
    aliases: dict[str, view.Alias]
    taken: frozenset[str]

    def of(self, enforced: Enforced) -> str:
        """The type of a parameter's values, null left out."""
        listed = next((one for one in enforced.content if isinstance(one.check, OneOf)), None)
        if listed is not None and isinstance(listed.check, OneOf):
            choices = listed.check.allowed(enforced.as_of)
            if choices and all(isinstance(choice, str | int) for choice in choices):
                scope = listed.id.partition("@")[2]
                doc = f"{enforced.parameter.doc.rstrip('.')}{f', for {scope}' if scope else ''}."
                return self.words(camel(enforced.parameter.name, scope), doc, [literal(choice) for choice in choices])
        if enforced.parameter.type is Type.INTEGER and enforced.low is not None and enforced.low == enforced.high:
            return f"Literal[{literal(int(enforced.low))}]"
        if enforced.items is not None:
            return f"Sequence[{self.of(enforced.items)}]"
        if enforced.parameter.type is Type.OBJECT:
            return self._object(enforced)
        return _BROAD[enforced.parameter.type]

    def words(self, name: str, doc: str, items: list[str]) -> str:
        """Name the type of values that are one of *items*, given as source, and tell its name."""
        return self._alias(name, doc, items=items)

    def _object(self, enforced: Enforced) -> str:
        members = [
            view.Member(declaration=f"{key}: {self._member(member)}", doc=sentence(member.parameter.doc))
            for key, member in enforced.members.items()
            if is_identifier(key)
        ]
        name = camel(enforced.parameter.name.replace("[]", "_item"), "param")
        return self._alias(name, enforced.parameter.doc, members=members)

    def _member(self, member: Enforced) -> str:
        text = self.of(member) + (" | None" if member.not_null is None and not member.required else "")
        return text if member.required else f"NotRequired[{text}]"

    def _alias(
        self, name: str, doc: str, *, items: list[str] | None = None, members: list[view.Member] | None = None
    ) -> str:
        text = "" if items is None else collection(f"{name}: TypeAlias = Literal[", items, "]", 0)
        made = view.Alias(name=name, doc=paragraph(sentence(doc), indent=4), text=text, members=tuple(members or ()))
        if not free_type(name, self.taken) or self.aliases.setdefault(name, made) != made:
            own = camel(self.operation)
            other = camel(name, "value") if name.startswith(own) else camel(own, name)
            return self._alias(other, doc, items=items, members=members)
        return name


def broad(parameter: Parameter) -> str:
    """The type of a parameter's values as far as all models have it in common."""
    if parameter.items is not None:
        return f"Sequence[{broad(parameter.items)}]"
    return "Mapping[str, Any]" if parameter.type is Type.OBJECT else _BROAD[parameter.type]
