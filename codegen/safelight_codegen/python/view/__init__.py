"""What templates place: records whose strings are finished.

A view-model asks and decides everything; a template only says where things go.  Most fields are Python source; those
that come from the spec as they are (names, sentences, ids) go through the filters.
"""

from safelight_codegen.python.view.client import (
    Api,
    Auth,
    Command,
    Example,
    Flavour,
    Front,
    Home,
    Loose,
    Method,
    OperationCommand,
    OperationRecord,
    Overload,
    Readme,
    Resource,
    ResourceClass,
    Setting,
)
from safelight_codegen.python.view.code import (
    Constant,
    Function,
    Helper,
    Imports,
    Models,
    QuickWay,
    Step,
    Validator,
    Validators,
    Violation,
)
from safelight_codegen.python.view.types import (
    Alias,
    Member,
    Record,
    RecordField,
    Types,
    Union,
)

__all__ = [
    "Alias",
    "Api",
    "Auth",
    "Command",
    "Constant",
    "Example",
    "Flavour",
    "Front",
    "Function",
    "Helper",
    "Home",
    "Imports",
    "Loose",
    "Member",
    "Method",
    "Models",
    "OperationCommand",
    "OperationRecord",
    "Overload",
    "QuickWay",
    "Readme",
    "Record",
    "RecordField",
    "Resource",
    "ResourceClass",
    "Setting",
    "Step",
    "Types",
    "Union",
    "Validator",
    "Validators",
    "Violation",
]
