"""What all models agree on about a parameter.

It repeats what the schemas of the models say, as far as it is true of each of them, so it never makes a document
stronger.  It is what a page of docs or a form can show without knowing the model.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from safelight.judging.lens import Enforced
from safelight.model import AppliesTo
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.text import sentence

__all__ = ["summary"]

_OF_ONE_TYPE: Final = (
    "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "items",
)  # fmt: skip
"""Keywords that speak of values of one type only, so that null may stand beside them."""

_OF_OBJECTS: Final = ("properties", "required", "additionalProperties")
"""Keywords that mean something else without each other."""


def summary(doc: str, by_table: Sequence[tuple[Enforced, Keywords]]) -> Keywords:
    """Say what the schemas of one parameter have in common.

    Args:
        doc: What the parameter is for.
        by_table: The parameter as each table judges it, and its schema.
    """
    taken = [keywords for enforced, keywords in by_table if not enforced.barred]
    barred = [keywords for enforced, keywords in by_table if enforced.barred]
    found: Keywords = {"description": " ".join((doc, *_only_for(by_table)))}
    if not taken or not all("type" in keywords for keywords in taken) or any(not _closed(one) for one in barred):
        return found
    null = any(one.get("type") == "null" for one in barred)
    types = list(dict.fromkeys(type_ for keywords in taken for type_ in _listed(keywords["type"])))
    if null and "null" not in types:
        types.append("null")
    found["type"] = types if len(types) > 1 else types[0]
    values = [_values(keywords) for keywords in taken]
    if all(values):
        union = {json.dumps(one): one for listed in values for one in listed}
        if null:
            union["null"] = None
        found["enum"] = sorted(union.values(), key=lambda one: one is None)
    for keyword in (*_OF_ONE_TYPE, "default"):
        if all(keyword in keywords for keywords in taken) and _alike([keywords[keyword] for keywords in taken]):
            found[keyword] = taken[0][keyword]
    objects = [{key: keywords[key] for key in _OF_OBJECTS if key in keywords} for keywords in taken]
    return found | (objects[0] if _alike(objects) else {})


def _only_for(by_table: Sequence[tuple[Enforced, Keywords]]) -> list[str]:
    """Say for which models the parameter is, if not for all."""
    barred = (enforced.barred[0] for enforced, _ in by_table if enforced.barred)
    requirements = [one.requirement for one in barred if isinstance(one.check, AppliesTo)]
    return [sentence(one) for one in dict.fromkeys(requirements)]


def _closed(keywords: Keywords) -> bool:
    """Tell whether a parameter that a model does not take must not be sent, but for null."""
    return "not" in keywords or keywords.get("type") == "null"


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _values(keywords: Keywords) -> list[object]:
    """The values that a schema lists, none where it lists none."""
    return [keywords["const"]] if "const" in keywords else keywords.get("enum", [])


def _alike(values: Sequence[object]) -> bool:
    return len({json.dumps(value, sort_keys=True) for value in values}) == 1
