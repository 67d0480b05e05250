"""Code as templates place it: statements, functions, and the validators that are made of them."""

from __future__ import annotations

from safelight.records import dataclass

__all__ = [
    "Constant",
    "Function",
    "Helper",
    "Imports",
    "Models",
    "QuickWay",
    "Step",
    "Validator",
    "Validators",
    "Violation",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """The making of one violation: *more* are further arguments, a line each."""

    rule: str
    parameter: str
    value: str
    message: str
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A statement: the yielding of a violation, or a line with what stands below it."""

    text: str = ""
    fault: Violation | None = None
    body: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant of a module; *text* is its value."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """A function that makes the limits of a size for one reader; *fields* are the arguments of `SizeLimits`."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of a module.

    Attributes:
        name: Its name.
        arguments: The names of its arguments.
        head: From ``def`` to the colon.
        doc: Its docstring, filled into lines.
        steps: Its body.
        constants: What stands before it, for it alone; so do *helpers*.
        uses: The names that it uses, to tell what must be imported.
    """

    name: str
    arguments: tuple[str, ...]
    head: str
    doc: str
    steps: tuple[Step, ...]
    constants: tuple[Constant, ...]
    helpers: tuple[Helper, ...]
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """The import statements of a module, whole."""

    standard: tuple[str, ...]
    siblings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The table of models, and the function that finds the one whose rules judge a request."""

    table: str
    function: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickWay:
    """The quick way through a validator.

    Attributes:
        steps: What the public function begins with: it tells what is in doubt.
        tables: Constants, as whole statements: what is listed as legal.
        defaulting: Such a constant: the parameters that choose the default model; empty where none does.
        sizes: The functions that it calls.
        uses: The names that all of it uses.
    """

    steps: tuple[Step, ...]
    tables: tuple[str, ...]
    defaulting: str
    sizes: tuple[Function, ...]
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """The validator of one operation.

    Attributes:
        name: The name of the public function.
        doc: Its docstring, filled into lines.
        parameters: A constant: by parameter, the models that take it.
        defaults: A constant: what holds without being sent; none where no rule looks at that.
        lens: The statement that takes the reader's choice.
        report_call: A call of the function that tells every violation.
        quick: The quick way, if there is one.
        functions: The functions that it is made of.
        uses: The names that all of it uses.
    """

    name: str
    doc: str
    parameters: Constant
    defaults: Constant | None
    lens: str
    report_call: str
    quick: QuickWay | None
    functions: tuple[Function, ...]
    uses: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """The module of the validators; *usual* tells whether it needs the usual reader's choice."""

    revised: str
    usual: bool
    imports: Imports
    models: Models | None
    operations: tuple[Validator, ...]
    exports: str
