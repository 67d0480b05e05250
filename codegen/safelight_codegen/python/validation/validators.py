"""The compiled reading of a spec: the view-model of ``validators.py``.

For each operation there is a function that reports every violation, made of one function for each parameter and each
rule; the public one before it begins with a quick look, which tells of the usual body that it is legal.  What the
interpreter decides anew for each request is decided here once, so the code that comes out looks like what a person
would write for this API.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from safelight.model import Spec
from safelight_codegen.python import view as views
from safelight_codegen.python.code.layout import imported
from safelight_codegen.python.code.operation import Compiled
from safelight_codegen.python.validation.choosing import models
from safelight_codegen.python.validation.validator import validator
from safelight_codegen.text import literal

__all__ = ["validators"]

_ALWAYS_USED: Final = frozenset(
    {"Any", "Collection", "DOCUMENTED", "Final", "Lens", "Mapping", "Violation", "date", "is_body", "violation"}
)
_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "collections.abc": ("Collection", "Mapping"),
    "datetime": ("date",),
    "functools": ("partial",),
    "re": ("ASCII", "fullmatch"),
    "typing": ("Any", "Final"),
    "._checks": (
        "Violation",
        "edges",
        "got",
        "is_integer",
        "is_multiple",
        "is_number",
        "length",
        "nearest_number",
        "nearest_value",
        "same",
        "spelled",
        "violation",
    ),
    "._free_sizes": ("SizeLimits", "nearest_size"),
    "._judging": (
        "ABSENT",
        "DEFAULT_BASES",
        "DOCUMENTED",
        "Body",
        "Json",
        "Lens",
        "count_of",
        "counted",
        "cut",
        "is_array",
        "is_body",
        "is_object",
        "how_many",
        "in_order",
        "length_of",
        "near_size",
        "pair_of",
        "settled",
        "size_of",
        "sum_of",
        "taken",
        "unknown_field",
    ),
}
"""What a validator may use, by the module that has it; both in the order of imports."""


def validators(spec: Spec) -> views.Validators:
    """Make the view-model of the module."""
    operations = tuple(validator(Compiled(spec, operation)) for operation in spec.operations.values())
    chooses = any(operation.model_parameter is not None for operation in spec.operations.values())
    chosen = models(spec) if chooses else None
    used = _ALWAYS_USED.union(*(one.uses for one in operations), chosen.function.uses if chosen is not None else ())
    lines = {
        home: imported(home, wanted)
        for home, names in _HOMES.items()
        if (wanted := [name for name in names if name in used])
    }
    return views.Validators(
        revised=literal(spec.revised),
        usual=any("_USUAL" in one.lens for one in operations),
        imports=views.Imports(
            standard=tuple(line for home, line in lines.items() if not home.startswith(".")),
            siblings=tuple(line for home, line in lines.items() if home.startswith(".")),
        ),
        models=chosen,
        operations=operations,
        exports=literal(sorted(one.name for one in operations)),
    )
