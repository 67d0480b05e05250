"""Records: frozen, slotted dataclasses that cost little to define.

`dataclasses` writes and compiles six methods for each frozen class, which takes a third of a millisecond.  Few programs
would mind; a command that imports two hundred records before it does anything spends half of its start on that.  Here
only ``__init__`` is compiled, because records are made in great numbers, and only when the first one is made; whatever
else a record can do is done by functions that need no compiling.

To whoever uses one, and to type checkers, such a record is a dataclass like any other: `dataclasses.fields` and
`dataclasses.replace`, ``match``, copies and pickles work, and equality, hash and text are those of a dataclass.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter, eq, ge, gt, le, lt
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

__all__ = ["dataclass"]

T = TypeVar("T")

_Method: TypeAlias = Callable[..., Any]
_Field: TypeAlias = dataclasses.Field[Any]

_PUT: Final = object.__setattr__
_ABSENT: Final = object()

if TYPE_CHECKING:
    from dataclasses import dataclass  # to type checkers there is no difference

    from _typeshed import DataclassInstance
else:

    def dataclass(
        *, frozen: bool, slots: bool, kw_only: bool = False, order: bool = False
    ) -> Callable[[type[T]], type[T]]:
        """Make a class a frozen, slotted dataclass, as `dataclasses.dataclass` does.

        Args:
            frozen: True; what can be changed is no record.
            slots: True.
            kw_only: Whether all arguments of ``__init__`` are named.
            order: Whether records of the class are ordered, as tuples of their values are.

        Raises:
            TypeError: *frozen* or *slots* is False.
        """
        if not (frozen and slots):
            raise TypeError("a record is frozen and has slots; for anything else there is dataclasses.dataclass")
        return lambda cls: _record(cls, kw_only=kw_only, order=order)


def _record(cls: type[T], *, kw_only: bool, order: bool) -> type[T]:
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    fields = dataclasses.fields(cast("DataclassInstance", made))
    values = _values([one.name for one in fields if one.compare])
    hashed = [one.name for one in fields if (one.compare if one.hash is None else one.hash)]
    methods: dict[str, _Method | _Initializer] = {
        "__init__": _Initializer(made, fields),
        "__repr__": _representation([one.name for one in fields if one.repr]),
        "__eq__": _comparison(eq, values),
        "__hash__": _hash(_values(hashed)),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
    if order:
        methods |= {f"__{operator.__name__}__": _comparison(operator, values) for operator in (lt, le, gt, ge)}
    own = vars(made)
    for name, method in methods.items():
        if own.get(name) is None:  # a class with an ``__eq__`` of its own has None for a hash
            setattr(made, name, method)
    return made


class _Initializer:
    """Stands for the ``__init__`` of a record until somebody looks at it, be it to call it: then it is compiled."""

    def __init__(self, cls: type, fields: Sequence[_Field]) -> None:
        self._cls = cls
        self._fields = fields

    def __get__(self, instance: object, owner: type) -> _Method:
        method = _compiled(self._cls, self._fields)
        setattr(self._cls, "__init__", method)  # noqa: B010 - a checker knows that it has one, but not that it changes
        return method if instance is None else partial(method, instance)


def _compiled(cls: type, fields: Sequence[_Field]) -> _Method:
    """Compile the ``__init__`` of a record."""
    names: dict[str, object] = {"__put__": _PUT, "__absent__": _ABSENT}
    positional, named, body = list[str](), list[str](), list[str]()
    for one in fields:
        default = ""
        value = one.name
        if one.default is not dataclasses.MISSING:
            names[f"__default_{one.name}__"] = one.default
            default = f"=__default_{one.name}__"
        elif one.default_factory is not dataclasses.MISSING:
            names[f"__make_{one.name}__"] = one.default_factory
            default = "=__absent__"
            value = f"__make_{one.name}__() if {one.name} is __absent__ else {one.name}"
        (named if one.kw_only else positional).append(one.name + default)
        body.append(f"  __put__(self, {one.name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("  self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    lines = (
        f"def make({', '.join(names)}):",
        f" def __init__({parameters}):",
        *(body or ["  pass"]),
        " return __init__",
    )
    # Annotations are evaluated, by those who look at them, among the names of the module that the class stands in.
    made: dict[str, _Method] = {}
    exec("\n".join(lines), vars(sys.modules[cls.__module__]), made)  # noqa: S102 - as dataclasses does; no text of users
    method: _Method = made["make"](**names)
    method.__qualname__ = f"{cls.__qualname__}.__init__"
    method.__annotations__ = {one.name: one.type for one in fields} | {"return": None}
    return method


def _values(names: Sequence[str]) -> Callable[[object], object]:
    """Return what gets the values of fields from a record."""
    return attrgetter(*names) if names else lambda _: ()


def _comparison(operator: _Method, values: Callable[[object], object]) -> _Method:
    def compare(self: object, other: object) -> bool:
        return operator(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

    return compare


def _hash(values: Callable[[object], object]) -> _Method:
    def __hash__(self: object) -> int:  # noqa: N807 - becomes a method
        return hash(values(self))

    return __hash__


def _representation(names: Sequence[str]) -> _Method:
    @recursive_repr()
    def __repr__(self: object) -> str:  # noqa: N807 - becomes a method
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({told})"

    return __repr__


def _refuse_to_set(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: DataclassInstance) -> list[object]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: DataclassInstance, state: Sequence[object]) -> None:
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        _PUT(self, one.name, value)
