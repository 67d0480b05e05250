"""Errors say what is wrong, where, and what would be right; they form one tree and can travel."""

import pickle
import re

import pytest

import ttapi_images
from ttapi_images import CallError, Image, RuleError, StatusError, StreamError, errors
from ttapi_images._checks import Violation
from ttapi_images.errors import Answer, Fault

VIOLATIONS = (
    Violation(
        rule="generate.n.maximum@dall-e-3",
        parameter="n",
        value=2,
        message="n must be at most 1 for dall-e-3, got 2",
        nearest=1,
    ),
    Violation(
        rule="generate.quality.values",
        parameter="quality",
        value="hi",
        message="quality is unknown to the model",
        allowed=("low", "high"),
        nearest="high",
    ),
    Violation(rule="generate.odd", parameter="size", value=None, message="too odd", basis="observed"),
)


def classes() -> list[type[CallError]]:
    """All classes of the tree."""
    found = [CallError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """The drawing names exactly the classes there are, each under its parent."""
    drawn: dict[str, str | None] = {}
    path: dict[int, str] = {}
    for indent, name in re.findall(r"^    ([│├└─ ]*)([A-Z]\w+)  ", errors.__doc__ or "", re.MULTILINE):
        path[len(indent)] = name
        drawn[name] = path.get(len(indent) - 4)

    assert drawn == {kind.__name__: None if kind is CallError else kind.__bases__[0].__name__ for kind in classes()}


def test_every_error_can_be_caught_by_a_name_of_the_package() -> None:
    """``except ttapi_images.RateLimited`` works for each of them."""
    assert all(getattr(ttapi_images, kind.__name__) is kind for kind in classes())


def test_a_rule_error_lists_every_violation_with_what_would_be_legal() -> None:
    """Parameter, message, allowed values, nearest value and rule, one line each."""
    assert str(RuleError(VIOLATIONS)) == (
        "the arguments break 3 rules of the API; nothing was sent\n"
        "  n must be at most 1 for dall-e-3, got 2 (nearest: 1) [generate.n.maximum@dall-e-3]\n"
        '  quality is unknown to the model (allowed: "low" or "high"; nearest: "high") [generate.quality.values]\n'
        "  size: too odd [generate.odd]"
    )
    assert str(RuleError(VIOLATIONS[:1])).startswith("the arguments break a rule of the API")


def test_an_error_without_an_answer_has_empty_facts() -> None:
    """Attributes can be read on any error of the tree."""
    error = RuleError(VIOLATIONS)

    assert (error.status, error.code, error.param, error.type, error.request_id) == (None,) * 5
    assert dict(error.headers) == {}
    assert error.retryable is False
    assert error.attempts == 0


@pytest.mark.parametrize(
    ("header", "body", "told"), [("h", None, "h"), ("h", "b", "h"), (None, "b", "b"), (None, None, None)]
)
def test_the_request_id_is_that_of_the_header_or_else_of_the_error(
    header: str | None, body: str | None, told: str | None
) -> None:
    """Some APIs tell it in the body alone, and support asks for it all the same."""
    answer = Answer(status=400, headers={}, request_id=header)

    assert StatusError("no", answer=answer, fault=Fault(request_id=body)).request_id == told


@pytest.mark.parametrize(
    "error",
    [
        RuleError(VIOLATIONS),
        StatusError(
            "400 Bad Request: no",
            answer=Answer(status=400, headers={"a": "b"}, content=b"{}", request_id="r", attempts=2),
            fault=Fault(message="no", code="c", param="p", type="t"),
        ),
        StreamError("cut", partial=Image(extra={"b64_json": "aGVq"})),
        *(kind("x") for kind in classes() if kind is not RuleError),
    ],
    ids=lambda error: f"{type(error).__name__}, {error.message[:20]!r}",
)
def test_errors_travel_between_processes(error: CallError) -> None:
    """A worker pool hands over the error itself, with all its facts."""
    twin = pickle.loads(pickle.dumps(error))

    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)
    assert (twin.status, twin.code, twin.attempts) == (error.status, error.code, error.attempts)
