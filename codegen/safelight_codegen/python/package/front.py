"""The front door of a client package: what it exports, and what it fetches only when it is asked for."""

from __future__ import annotations

import ast

from safelight_codegen.names import in_order
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import collection, imported
from safelight_codegen.text import literal, paragraph, sentence

__all__ = ["exports_of", "front_door"]


def front_door(api: view.Api, types: view.Types, errors: str, package: str) -> view.Front:
    """Make the view-model of ``__init__.py``.

    Args:
        api: The API.
        types: The module of the types, all of which are exported.
        errors: The source of the runtime's ``errors.py``, all of which is exported.
        package: The name of the package.
    """
    own = [alias.name for alias in (*types.aliases, *types.shapes)]
    own += [record.name for record in types.records]
    own += [union.name for union in types.unions]
    homes = {
        "_checks": ["Violation"],
        "_image": ["Image"],
        "_omit": ["OMIT", "Omit"],
        "_wire": ["RawResponse"],
        "errors": exports_of(errors),
        "types": sorted(own),
    }
    lazy = {"async_client": ["AsyncClient", "AsyncStream"], "client": ["Client", "Stream"]}
    names = in_order({"__version__", *(name for names in (*homes.values(), *lazy.values()) for name in names)})
    table = [f"{literal(name)}: {literal(home)}" for home, names_ in lazy.items() for name in names_]
    summary = paragraph(sentence(f"{api.title}: a client that refuses a bad call before it costs money"), indent=0)
    doc = f"{summary}\n\n" + paragraph(
        "Made from the spec of the API.  `Client` and `AsyncClient` are fetched when they are first asked for, so that "
        f"``{package}.validators`` can be used where there is no HTTP library.",
        indent=0,
    )
    return view.Front(
        doc=doc,
        version=api.version,
        homes=tuple(view.Home(module=home, line=imported(f".{home}", names_)) for home, names_ in homes.items()),
        lazy=tuple(view.Home(module=home, line=imported(f".{home}", names_)) for home, names_ in lazy.items()),
        table=collection("{", table, "}", len("_HOMES = ")),
        exports=collection("[", [literal(name) for name in names], "]", len("__all__ = ")),
    )


def exports_of(source: str) -> list[str]:
    """The names that a module lists as its own."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []
