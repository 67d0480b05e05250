"""What the fake answers where no call is, of an API whose calls tell of errors in different ways."""

from __future__ import annotations

import httpx2
import pytest

from safelight import load
from safelight_mockserver import fake
from safelight_mockserver.transport import AppTransport

from .conftest import ROOT

SPEC = load(ROOT / "tests" / "specs" / "several" / "calls.yaml")
DRAW = {"detail": "there is no such path", "about": None}
VARY = {"error": {"text": "there is no such path"}}


@pytest.mark.parametrize(
    ("path", "told", "headers"),
    [
        ("/v1/pictures/unlisted", DRAW, {"x-draw-id"}),
        ("/v1/pictures/vary/unlisted", VARY, set[str]()),
        ("/v1/pictures/varying", DRAW, {"x-draw-id"}),
        ("/v1/unlisted", DRAW, {"x-draw-id"}),
        ("/pictures", DRAW, {"x-draw-id", "x-safelight-hint"}),
    ],
)
def test_a_missing_path_is_told_in_the_words_of_the_call_that_it_is_below(
    path: str, told: object, headers: set[str]
) -> None:
    """Below no call the first one speaks; each adds the headers of its own answers."""
    with httpx2.Client(transport=AppTransport(fake(SPEC)), base_url="http://fake.test") as http:
        answer = http.post(path, json={})

    assert (answer.status_code, answer.json()) == (404, told)
    assert {"x-draw-id", "x-safelight-hint"} & set(answer.headers) == headers


@pytest.mark.parametrize("verb", ["POST", "GET"])
@pytest.mark.parametrize("path", ["/pictures", "/pictures/vary"])
def test_a_call_without_the_base_path_is_told_where_it_belongs_even_among_pictures(path: str, verb: str) -> None:
    """The fake serves its pictures at ``/pictures/``; a call of this API would be there, too, but for its base path."""
    with httpx2.Client(transport=AppTransport(fake(SPEC)), base_url="http://fake.test") as http:
        answer = http.request(verb, path)

    assert (answer.status_code, answer.headers["x-safelight-hint"]) == (404, f"this call is at /v1{path}")
