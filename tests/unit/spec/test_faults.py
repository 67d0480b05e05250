"""The words for what goes wrong: those of a kind, and those for all that have none."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.diagnostic import SpecError
from safelight.loading import loads
from safelight.model import Operation
from safelight.vocabulary.faults import TRANSPORT, faults_of
from tests.unit.spec.fragments import text_with

DEFAULT = "default: { status: 422, message: '{param}: {requirement}', param: '{param}', hint: Look again. }"


def operation_with(*texts: str) -> Operation:
    """A call whose errors have these texts and no others."""
    before, _, _ = text_with("n: { type: integer, doc: How many., maximum: 4 }").partition("      envelope:")
    envelope = (
        '      envelope: { message: "{message}", param: "{param}", hint: "{hint}" }\n      precedence: [maximum, "*"]\n'
    )
    lines = "".join(f"        {text}\n" for text in texts)
    return loads(f"{before}{envelope}      texts:\n{lines}").operations["draw"]


def told(operation: Operation, kind: str) -> tuple[int, dict[str, Any]]:
    """The status and the fields of a kind of fault."""
    text = operation.errors.texts[kind]
    return text.status, dict(text.fields)


def test_one_text_is_enough_for_a_spec() -> None:
    """Every fault that the spec can find has words then, and nothing else has."""
    operation = operation_with(DEFAULT)
    assert set(operation.errors.texts) == set(faults_of(operation))
    assert told(operation, "maximum") == (
        422,
        {"message": "{param}: {requirement}", "param": "{param}", "hint": "Look again."},
    )


def test_words_of_its_own_go_before_the_default() -> None:
    """The default is for the rest."""
    operation = operation_with("maximum: { status: 400, message: Too many. }", DEFAULT)
    assert told(operation, "maximum") == (400, {"message": "Too many."})
    assert told(operation, "type")[0] == 422


@pytest.mark.parametrize(
    ("kind", "status"),
    [("no_key", 401), ("bad_key", 401), ("not_found", 404), ("method", 405), ("content_type", 415), ("body", 400)],
)
def test_the_transport_has_a_status_of_its_own(kind: str, status: int) -> None:
    """It says what is wrong, and null where the words tell of a parameter."""
    message = {"message": TRANSPORT[kind], "param": None, "hint": "Look again."}
    assert told(operation_with(DEFAULT), kind) == (status, message)


@pytest.mark.parametrize(("name", "meant"), [("maximun", "maximum"), ("requird", "required"), ("defalt", None)])
def test_a_misspelt_kind_is_told(name: str, meant: str | None) -> None:
    """Else its words would never be used, and the default would hide it; other names are no kinds, and may be there."""
    text = f"{name}: {{ status: 400, message: No. }}"
    if meant is None:
        assert name in operation_with(text, DEFAULT).errors.texts
        return
    with pytest.raises(SpecError) as caught:
        operation_with(text, DEFAULT)
    assert [(one.code, one.help) for one in caught.value.problems] == [("E301", f"did you mean {meant!r}?")]


def test_a_slip_in_the_name_of_an_error_that_the_fake_plays_is_told() -> None:
    """Its words would never be played; a name that is like no other is an error that only this API has."""
    with pytest.raises(SpecError) as caught:
        operation_with("spendcap: { status: 400, message: No more. }", DEFAULT)

    (problem,) = caught.value.problems
    assert (problem.code, problem.help) == ("E301", "did you mean 'spend_cap'?")
    assert told(operation_with("lunch: { status: 503, message: Back at two. }", DEFAULT), "lunch")[0] == 503
