"""The API as a whole: its operations and the spec that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from safelight.model.answers import Errors, Response
from safelight.model.basics import ANY_MODEL, Outcome, Source
from safelight.model.checks import Constraint
from safelight.model.conditions import Rule
from safelight.model.parameters import Family, Model, Table, UnknownPolicy
from safelight.records import dataclass


@dataclass(frozen=True, slots=True)
class Auth:
    """One way to send the key: ``Authorization: Bearer`` where *header* is None, else the named header."""

    header: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of the API.

    Attributes:
        name: Its name in ids and on the command line.
        resource: The attribute of the client that holds it: ``client.<resource>.<method>()``.
        tables: By model, by family, and `ANY_MODEL`.
        model_parameter: The name of the parameter that chooses the model, if there is one.
        body_type: The constraint that the body is an object.
    """

    name: str
    resource: str
    verb: str
    path: str
    title: str
    doc: str
    tables: Mapping[str, Table]
    model_parameter: str | None
    body_type: Constraint
    unknown_fields: UnknownPolicy
    rules: tuple[Rule, ...]
    response: Response
    errors: Errors

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, in spec order."""
        return tuple(self.tables[ANY_MODEL].parameters)


@dataclass(frozen=True, slots=True)
class UnknownModel:
    """What happens to unknown model names: REFUSE, WARN, or IGNORE (judged as a member of *family*)."""

    outcome: Outcome
    family: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One API.

    Attributes:
        name: Its id: lower case, with hyphens; the client's package takes it with underscores.
        revised: The day whose state of the API the spec describes; readings judge as of that day unless told otherwise.
        unknown_model: What happens to a model that the spec does not name.
        names: Every accepted model name, aliases too, with the canonical name it stands for.
        digest: SHA-256 of the file's text, hex.
    """

    name: str
    title: str
    doc: str
    revised: date
    servers: tuple[str, ...]
    key_variable: str
    auth: tuple[Auth, ...]
    sources: Mapping[str, Source]
    families: Mapping[str, Family]
    models: Mapping[str, Model]
    names: Mapping[str, str]
    unknown_model: UnknownModel
    operations: Mapping[str, Operation]
    digest: str

    def names_as_of(self, as_of: date) -> tuple[str, ...]:
        """The model names, aliases too, that exist on the day *as_of*, in spec order."""
        return tuple(name for name, model in self.names.items() if self.models[model].exists(as_of))
