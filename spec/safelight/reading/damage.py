"""Which parts of a spec are damaged by problems in them, so that the others can be judged all the same.

An author wants to hear of everything in one run.  But whether a rule makes sense cannot be said where a parameter that
it names could not be read as it was meant, so what depends on a damaged part is left for the next run.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Final

from safelight.diagnostic import Problem
from safelight.model import Place
from safelight.records import dataclass

from .nodes import Entries, Items, Node

_APART: Final = frozenset({"title", "doc", "servers", "key_variable", "auth", "sources"})
"""Keys of a spec on which no meaning of another part depends."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What problems were found in.

    Attributes:
        whole: Whether something is damaged on which everything depends.
        models: Damaged models; of the others, what depends on no model but itself can be said.
        parameters: By operation: its damaged parameters.
        rules: The places of damaged rules.
        keys: By operation: other keys of it with damage below them.
    """

    whole: bool
    models: frozenset[str]
    parameters: Mapping[str, frozenset[str]]
    rules: frozenset[Place]
    keys: Mapping[str, frozenset[str]]

    def covers(self, root: Node, place: Place) -> bool:
        """Tell whether *place* is in a damaged part of the spec whose tree is *root*."""
        match _path(root, place):
            case ["operations", str() as operation, "parameters", str() as name, *_]:
                return name in self.parameters.get(operation, ())
            case ["operations", _, "rules", Place() as rule, *_]:
                return rule in self.rules
            case ["operations", str() as operation, str() as key, *_]:
                return key in self.keys.get(operation, ())
            case _:
                return False


INTACT: Final = Damage(whole=False, models=frozenset(), parameters={}, rules=frozenset(), keys={})
"""No damage at all."""


def damage(root: Node, problems: Iterable[Problem]) -> Damage:
    """Tell what *problems* damage in the spec whose tree is *root*."""
    whole = not isinstance(root, Entries)
    models: set[str] = set()
    parameters: dict[str, set[str]] = {}
    keys: dict[str, set[str]] = {}
    rules: set[Place] = set()
    for one in problems:
        match _path(root, one.place):
            case ["operations", str() as operation, "parameters", str() as name, *_]:
                parameters.setdefault(operation, set()).add(name)
            case ["operations", _, "rules", Place() as place, *_]:
                rules.add(place)
            case ["operations", str() as operation, str() as key, *_]:
                keys.setdefault(operation, set()).add(key)
            case ["models", str() as name, *_]:
                models.add(name)
            case [str() as key, *_] if key in _APART:
                pass
            case _:
                whole = True
    return Damage(whole, frozenset(models), _frozen(parameters), frozenset(rules), _frozen(keys))


def _frozen(sets: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(found) for name, found in sets.items()}


def _path(node: Node, place: Place) -> list[str | Place]:
    """The keys, and the places of list items, that lead to *place*; as far as the parts of an operation."""
    path: list[str | Place] = []
    while len(path) < 4:
        match node:  # what a mapping or a list holds stands in the order of its places
            case Entries(entries) if index := bisect_right(entries, place, key=lambda entry: entry[0].place):
                key, node = entries[index - 1]
                path.append(key.text)
            case Items(items) if index := bisect_right(items, place, key=lambda item: item.place):
                node = items[index - 1]
                path.append(node.place)
            case _:
                break
    return path
