"""Names that an API may have and a client may trip over, and specs made of them.

Nobody keeps a list: the names are those that a generated client has or uses itself, in any of its modules, and those of
Python.
"""

from __future__ import annotations

import ast
import builtins
import json
import keyword
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from safelight.diagnostic import Problem, SpecError
from safelight.loading import loads
from safelight.model import Spec
from tests.strategies import ROOT

Draft: TypeAlias = dict[str, Any]
"""A spec as JSON has it, which is YAML, too."""

CLIENT: Final = ROOT / "generated" / "python" / "ttapi_images" / "ttapi_images"
AWKWARD: Final = (
    "_",
    "__",
    "_x",
    "__x",
    "__x__",
    "__init__",
    "__class__",
    "__debug__",
    "a",
    "a_1",
    "draw_",
    "from_",
    "o",
)
"""Names of the forms that Python, or a command line, has its own views on."""

FIELDS: Final = (
    "größe",
    "ﬁsh",
    "2x",
    "x-y",
    "-",
    "",
    "模型",
    "a b",
    "class",
    "with\nbreak",
    'a"b',
    "\\",
    "{x}",
    "images",
)
"""Names that only fields of answers can have."""

_TOGETHER: Final = 40
"""Parameters of one call: of many more, Pyright says that their validator is too complex to look at."""

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def names(folder: Path = CLIENT) -> tuple[str, ...]:
    """The names that a client's modules have, the builtins that they use, Python's keywords, and the awkward ones."""
    found = {*keyword.kwlist, *keyword.softkwlist, *AWKWARD}
    for path in folder.glob("*.py"):
        found.add(path.stem)
        text = path.read_text("utf-8")
        if text.startswith("# Generated"):
            tree = ast.parse(text)
            found |= {name for node in tree.body for name in _bound(node) if not name.startswith("_")}
            found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in vars(builtins)}
    return tuple(sorted(found))


def _bound(node: ast.stmt) -> set[str]:
    """The names that a statement of a module, or of a class in it, binds."""
    match node:
        case ast.Import(names=imported) | ast.ImportFrom(names=imported):
            return {one.asname or one.name for one in imported}
        case ast.ClassDef(name=name, body=body):
            return {name}.union(*map(_bound, body))
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.If(body=body):
            return set[str]().union(*map(_bound, body))
        case _:
            return set()


def word(name: str) -> str:
    """A name as calls and resources have it: that of a class in such words as would make the class."""
    return "_".join(_CAPITAL.split(name)).lower()


def words(found: Iterable[str]) -> tuple[str, ...]:
    """The names that calls and resources can have, and can have beside one another."""
    small = map(word, found)
    unlike = {name.replace("_", ""): name for name in small if re.fullmatch(r"[a-z][a-z0-9_]*", name)}
    return tuple(sorted(unlike.values()))


def text_of(draft: Draft) -> str:
    """The text of a spec."""
    return json.dumps(draft)


def refused(draft: Draft) -> tuple[str, ...]:
    """The names that loading a spec refuses, each with a message that quotes it; it refuses nothing else."""
    problems: tuple[Problem, ...] = ()
    try:
        loads(text_of(draft))
    except SpecError as error:
        problems = error.problems
    assert {problem.code for problem in problems} <= {"E302"}, problems
    quoted = (re.match(r"'([^']*)'", problem.message) for problem in problems)
    return tuple(match[1] for match in quoted if match is not None)


def accepted(make: Callable[[Sequence[str]], Draft], taken: Sequence[str]) -> Spec:
    """The spec that is made of those names that loading does not refuse."""
    bad = refused(make(taken))
    return loads(text_of(make([name for name in taken if name not in bad and word(name) not in bad])))


def spec_of(name: str, operations: Mapping[str, Draft]) -> Draft:
    """A spec around operations."""
    return {
        "safelight": 1,
        "name": name,
        "title": "Hostile",
        "doc": "An API of hostile names.",
        "revised": "2026-01-01",
        "servers": ["https://hostile.test/v1"],
        "key_variable": "HOSTILE_API_KEY",
        "auth": ["bearer"],
        "sources": {"manual": {"title": "The manual"}},
        "families": {},
        "models": {"oil": {"title": "Oil"}, "chalk": {"title": "Chalk"}},
        "unknown_model": "refuse",
        "operations": dict(operations),
    }


def operation_of(
    name: str,
    resource: str = "pictures",
    *,
    parameters: Mapping[str, Draft] = MappingProxyType({}),
    fields: Iterable[str] = (),
    event: str = "",
) -> Draft:
    """An operation that is told apart by its answer.

    Args:
        name: Its name.
        resource: Its resource.
        parameters: Further parameters.
        fields: Further fields of the answer, each of which holds its own name.
        event: The event of its stream; empty for no stream.
    """
    taken = {
        "model": {"type": "model", "doc": "What draws.", "source": "manual", "default": "oil"},
        "prompt": {"type": "string", "doc": "What to draw.", "source": "manual", "required": True},
        **parameters,
    }
    literal = {"from": "literal", "doc": "A word."}
    image = {"b64": {"from": "base64", "doc": "The bytes."}}
    response: Draft = {
        "picture": {"prompt": "prompt", "default_size": "8x8", "default_format": "png"},
        "fields": {
            "which": {**literal, "is": name},
            "pictures": {"from": "images", "doc": "The pictures.", "fields": image},
            **{field: {**literal, "is": field} for field in fields},
        },
    }
    if event:
        taken["stream"] = {"type": "boolean", "doc": "Whether.", "source": "manual", "default": False}
        kind = {"kind": {**literal, "is": event}}
        response["stream"] = {
            "when": {"stream": True},
            "events": [{"name": event, "doc": "Done.", "final": True, "fields": {**kind, **image}}],
            "error": "failed",
        }
    return {
        "resource": resource,
        "verb": "POST",
        "path": f"/{name}",
        "title": "Draw",
        "doc": "Draws pictures.",
        "unknown_fields": "refuse",
        "parameters": taken,
        "response": response,
        "errors": {
            "envelope": {"message": "{message}"},
            "precedence": ["*"],
            "texts": {"default": {"status": 400, "message": "{requirement}"}},
        },
    }


def of_calls(taken: Sequence[str]) -> Draft:
    """A spec that has a call, and a resource, of each name."""
    return spec_of("hostile-calls", {name: operation_of(name, name) for name in words(taken)})


def of_methods(taken: Sequence[str]) -> Draft:
    """A spec that has a call of each name, all in one resource, each with a parameter of the same name."""
    one = {"type": "string", "doc": "A word.", "source": "manual", "values": ["any", "none"]}
    calls = {name: operation_of(name, parameters={name: one}) for name in words(taken)}
    return spec_of("hostile-methods", calls)


def of_words(taken: Sequence[str]) -> Draft:
    """A spec that has a parameter of each name, in as many calls as it takes; some are for one model alone."""
    return _of_parameters("hostile-words", taken, {"max_length": 3})


def of_values(taken: Sequence[str]) -> Draft:
    """The same with a type of its own for each parameter, as each lists its values."""
    return _of_parameters("hostile-values", taken, {"values": ["any", "none"]})


def _of_parameters(title: str, taken: Sequence[str], domain: Draft) -> Draft:
    usual = {"type": "string", "doc": "A word.", "source": "manual", **domain}
    some = {name: {**usual, "applies_to": ["oil"]} if place % 9 == 0 else usual for place, name in enumerate(taken)}
    names = [name for name in taken if name not in {"model", "prompt"}]
    calls = {f"draw{start}": names[start : start + _TOGETHER] for start in range(0, len(names), _TOGETHER)}
    return spec_of(title, {
        call: operation_of(call, parameters={name: some[name] for name in members}) for call, members in calls.items()
    })  # fmt: skip


def of_fields(taken: Sequence[str]) -> Draft:
    """A spec of one call whose answer has a field of each name."""
    fields = [name for name in (*taken, *FIELDS) if name not in {"which", "pictures"}]
    return spec_of("hostile-fields", {"draw": operation_of("draw", fields=fields)})


def of_events(taken: Sequence[str]) -> Draft:
    """A spec that has an event of each name that could be a class, each of a call of its own."""
    events = [name for name in taken if name[:1].isupper() or name in AWKWARD]
    calls = {f"draw{place}": operation_of(f"draw{place}", event=name) for place, name in enumerate(events)}
    return spec_of("hostile-events", calls)
