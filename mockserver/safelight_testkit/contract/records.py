"""Records out of JSON: the way back from `dataclasses.asdict`, by the annotations of the records.

Every value is checked against its annotation, so that a file somebody edited gives a sentence, not a traceback later.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from safelight.model import Json
from safelight_testkit.shapes import is_array, is_object

__all__ = ["NoRecord", "record_of"]

_T = TypeVar("_T")

_PLAIN: Final[Mapping[Any, tuple[type, ...]]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (int, float),
    type(None): (type(None),),
}


class NoRecord(Exception):
    """A JSON value that is not what a record asks for; says where."""


def record_of(kind: type[_T], value: Json) -> _T:
    """Make a record of a JSON value.

    Args:
        kind: A dataclass whose annotations are plain types, enumerations of strings, tuples, mappings by strings,
            unions with None, `Any`, and other such dataclasses.
        value: What `json.loads` made of what `dataclasses.asdict` gave.

    Raises:
        NoRecord: The value is something else.
    """
    found: _T = _read(kind, value, "")
    return found


def _read(hint: Any, value: Json, where: str) -> Any:  # noqa: ANN401 - annotations have no common type
    origin: Any = get_origin(hint)
    if hint is Any:
        return value
    if hint in _PLAIN:
        if not isinstance(value, _PLAIN[hint]) or (isinstance(value, bool) and hint is not bool):
            raise NoRecord(f"{where or 'the value'} should be of the type {hint.__name__}")
        return value
    if origin in {Union, types.UnionType}:
        return (
            None if value is None else _read(next(one for one in get_args(hint) if one is not type(None)), value, where)
        )
    if origin is tuple:
        return _tuple(get_args(hint), value, where)
    if origin is Mapping:
        if not is_object(value):
            raise NoRecord(f"{where or 'the value'} should be an object")
        return {key: _read(get_args(hint)[1], item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in [one.value for one in hint]:
            raise NoRecord(f"{where or 'the value'} should be one of {', '.join(hint)}")
        return hint(value)
    return _record(hint, value, where)


def _tuple(kinds: tuple[Any, ...], value: Json, where: str) -> tuple[Any, ...]:
    if not is_array(value):
        raise NoRecord(f"{where or 'the value'} should be an array")
    hints = [kinds[0]] * len(value) if kinds[-1] is ... else [*kinds]
    if len(hints) != len(value):
        raise NoRecord(f"{where or 'the value'} should have {len(hints)} items")
    return tuple(
        _read(hint, item, f"{where}[{place}]") for place, (hint, item) in enumerate(zip(hints, value, strict=True))
    )


def _record(kind: Any, value: Json, where: str) -> Any:  # noqa: ANN401 - annotations have no common type
    if not is_dataclass(kind) or not is_object(value):
        raise NoRecord(f"{where or 'the value'} should be an object")
    hints, make = get_type_hints(kind), cast("Any", kind)
    known = {one.name: one for one in fields(kind)}
    for name, one in known.items():
        if name not in value and one.default is MISSING and one.default_factory is MISSING:
            raise NoRecord(f"{where or 'the value'} has no {name!r}")
    for name in value:
        if name not in known:
            raise NoRecord(f"{where or 'the value'} has no use for {name!r}")
    path = f"{where}." if where else ""
    return make(**{name: _read(hints[name], item, f"{path}{name}") for name, item in value.items()})
