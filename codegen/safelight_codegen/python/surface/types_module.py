"""The view-model of ``types.py``: everything that calls take and give, in one module."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.model import Outcome, Spec
from safelight_codegen.names import camel, in_order
from safelight_codegen.python import view
from safelight_codegen.python.code.layout import collection, imported, names_in
from safelight_codegen.python.surface.records import Records
from safelight_codegen.text import literal, paragraph

__all__ = ["types_module"]


def types_module(spec: Spec, found: Mapping[str, view.Alias], records: Records) -> view.Types:
    """Make the view-model of the module from what resources have asked for."""
    aliases = dict(found)
    for operation in spec.operations.values():
        if operation.model_parameter is not None:
            name = camel(operation.name, "model")
            names = [literal(model) for model in spec.names_as_of(spec.revised)]
            text = collection(f"{name}: TypeAlias = Literal[", names, "]", 0)
            doc = "The models that were known when this client was made."
            if spec.unknown_model.outcome is not Outcome.REFUSE:
                doc = f"{doc[:-1]}; {operation.name} takes other names too."
            aliases = {name: view.Alias(name=name, doc=paragraph(doc, indent=0), text=text, members=()), **aliases}
    names = [*aliases, *records.made, *records.unions]
    sources = [member.declaration for alias in aliases.values() for member in alias.members]
    sources += [field.declaration for record in records.made.values() for field in record.fields]
    used = {word for source in sources for word in names_in(_annotation(source))}
    typing = [
        name
        for name, wanted in (
            ("Any", "Any" in used),
            ("ClassVar", True),
            ("Literal", "Literal" in used or any(alias.text for alias in aliases.values())),
            ("NotRequired", "NotRequired" in used),
            ("TypeAlias", bool(records.unions) or any(alias.text for alias in aliases.values())),
            ("TypedDict", any(not alias.text for alias in aliases.values())),
        )
        if wanted
    ]
    collections = ["Mapping", *(["Sequence"] if "Sequence" in used else [])]
    images = ["Image"] if "Image" in records.used else []
    rest = records.used - {"Image"} | {"Reader"}
    return view.Types(
        imports=view.Imports(
            standard=(
                imported("collections.abc", collections),
                "from dataclasses import dataclass",
                imported("typing", typing),
            ),
            siblings=(*((imported("._image", images),) if images else ()), imported("._records", rest)),
        ),
        exports=collection("[", [literal(name) for name in in_order(names)], "]", len("__all__ = ")),
        aliases=tuple(alias for alias in aliases.values() if alias.text),
        shapes=tuple(alias for alias in aliases.values() if not alias.text),
        records=tuple(records.made.values()),
        unions=tuple(records.unions.values()),
    )


def _annotation(declaration: str) -> str:
    return declaration.partition(": ")[2].partition(" = ")[0]
