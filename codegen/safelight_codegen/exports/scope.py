"""What conditions look at, and what they come to, where they are said of a whole body."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.judging.lens import Enforced, separator_of
from safelight.judging.truth import Views
from safelight.model import Json, Outcome, Value, View
from safelight.records import dataclass
from safelight_codegen.exports.schema import NULL, Schema, field, negated

__all__ = ["Scope", "Truth", "absent", "can_be_there", "constant"]


@dataclass(frozen=True, slots=True)
class Truth:
    """The bodies for which a condition is surely true, and those for which it is surely false.

    Attributes:
        decided: Whether it is always one or the other.
    """

    true: Schema
    false: Schema
    decided: bool = False

    @property
    def possible(self) -> Schema:
        """The bodies for which it is not surely false."""
        return self.true if self.decided else negated(self.false)

    def opposite(self) -> Truth:
        """The truth of the negation."""
        return Truth(self.false, self.true, self.decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What conditions look at.

    Attributes:
        parameters: The parameters of one table, as the reader judges them.
        models: The canonical models that the table stands for.
        model_parameter: The parameter that chooses the model.
        changed: Parameters whose effective value an earlier rule may have changed.
        defaults: Whether what is effective may be a default; it may not where defaults themselves are chosen.
    """

    parameters: Mapping[str, Enforced]
    models: frozenset[str]
    model_parameter: str | None
    changed: frozenset[str] = frozenset()
    defaults: bool = True

    def views(self, values: Mapping[str, Json]) -> Views:
        """What the interpreter's conditions would look at if exactly *values* were sent, and effective."""
        return Views(
            values,
            values,
            self.models,
            self.model_parameter,
            {name: separator_of(one.parameter) for name, one in self.parameters.items()},
            {name: one.parameter.unit for name, one in self.parameters.items()},
        )


def constant(truth: bool | None) -> Truth:  # noqa: FBT001 - the truth itself, as `holds` gives it
    """The truth of a condition that does not depend on the body."""
    return Truth(true=truth is True, false=truth is False, decided=truth is not None)


def absent(name: str, *, null: bool) -> Schema:
    """Say that a parameter was not sent; *null* tells whether an explicit null counts as that."""
    return field(name, NULL, required=False) if null else {"not": {"required": [name]}}


def can_be_there(value: Value, scope: Scope) -> bool:
    """Tell whether an accepted request can have the value: not if the model does not take the parameter."""
    barred = scope.parameters[value.parameter].barred
    return not barred or (value.view is View.SENT and barred[0].outcome is not Outcome.REFUSE)
