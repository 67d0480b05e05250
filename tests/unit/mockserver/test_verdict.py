"""What the verdict on a client promises: every bad habit is found, by its name, and no good one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver import Entry
from safelight_mockserver.store.verdict import FINDINGS, Verdict, verdict


def attempt(at: float, status: int = 200, **fields: Any) -> Entry:  # noqa: ANN401 - any field of an entry
    """Return an attempt of one call: fine if nothing else is said, and over after 10 ms."""
    fine = status == 200 and not fields.get("fault")
    known: dict[str, Any] = {
        "id": f"req_{at}",
        "at": at,
        "began": at,
        "verb": "POST",
        "path": "/v1/images/generations",
        "body": b"{}",
        "status": status,
        "violations": (),
        "operation": "generate",
        "milliseconds": 10.0,
        "images": int(fine),
        "final": fine,
        **fields,
    }
    return Entry(**known)


def kinds(*entries: Entry, **options: Any) -> tuple[str, ...]:  # noqa: ANN401 - as `verdict` takes them
    """Return the kinds of what is found."""
    return verdict(entries, **options).kinds


def test_a_client_that_waits_as_it_was_told_is_fine() -> None:
    """Also where it waits a little less, for clocks differ."""
    found = verdict((attempt(0, 429, retry_after=1.0), attempt(1.0, 429, retry_after=2.0), attempt(3.0)))
    assert found.findings == ()
    (call,) = found.calls
    assert (len(call.attempts), call.billed, call.final) == (3, 1, True)
    assert [round(gap, 2) for gap in call.gaps] == [0.99, 1.99]


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ((attempt(0, 429, retry_after=2.0), attempt(1.0)), "too-early"),
        ((attempt(0, 502, fault="bad-gateway", images=1), attempt(1.0)), "paid-twice"),
        ((attempt(0, 0, fault="reset", images=1, end="cut"), attempt(1.0)), "paid-twice"),
        ((attempt(0, 200, fault="stream-cut", images=1, final=False, end="cut"), attempt(1.0)), "paid-twice"),
        ((attempt(0, 400), attempt(1.0, 400)), "hopeless"),
        ((attempt(0, 401), attempt(1.0)), "hopeless"),
        ((attempt(0, 429, fault="quota"), attempt(1.0)), "hopeless"),
        (tuple(attempt(at / 50, 500) for at in range(4)), "storm"),
        (tuple(attempt(float(at), 429) for at in range(7)), "too-many"),
    ],
)
def test_each_bad_habit_is_found_by_its_name(entries: tuple[Entry, ...], kind: str) -> None:
    """And nothing else is found with it; the finding names the requests that show it."""
    found = verdict(entries)
    assert found.kinds == (kind,)
    assert set(found.findings[0].requests) <= {one.id for one in entries}
    assert kind in str(found)


@pytest.mark.parametrize("kind", ["stream-no-final", "malformed-json", "image-truncated"])
def test_a_broken_answer_that_is_taken_for_good_is_found_if_the_caller_says_so(kind: str) -> None:
    """A log alone cannot know: without the outcome nothing is said."""
    broken = attempt(0, 200, fault=kind, images=1, final=False)
    assert kinds(broken) == ()
    assert kinds(broken, outcome="raised") == ()
    assert kinds(broken, outcome="returned") == ("broken-taken-for-good",)


def test_a_good_answer_that_is_taken_for_broken_is_found_too() -> None:
    """As by a client that cannot bear a field it does not know."""
    good = attempt(0, 200, fault="extra-fields", images=1, final=True)
    assert kinds(good, outcome="raised") == ("good-taken-for-broken",)
    assert kinds(good, outcome="returned") == ()


def test_a_call_that_had_its_answer_may_be_made_again() -> None:
    """Two calls for the same picture are two calls."""
    found = verdict((attempt(0), attempt(0.001), attempt(0.002)))
    assert (len(found.calls), found.findings) == (3, ())


def test_calls_of_several_tests_and_of_several_bodies_are_kept_apart() -> None:
    """Tests may share a server."""
    entries = [attempt(at / 100, 429, test=f"test {at}", body=b"%d" % (at % 2)) for at in range(8)]
    assert verdict(entries).findings == ()
    assert len(verdict(entries).calls) == 8


def test_a_pause_counts_by_the_clock_that_shows_more() -> None:
    """A test may really wait, or move the fake's clock in the place of waiting."""
    first = attempt(0, 429, retry_after=60.0)
    assert kinds(first, attempt(60.1, began=0.1)) == ()
    assert kinds(first, attempt(0.0, id="req_b", began=60.1)) == ()
    assert kinds(first, attempt(0.1)) == ("too-early",)


def test_what_is_no_call_does_not_count() -> None:
    """Pictures, and paths that lead nowhere."""
    assert verdict([attempt(at / 100, 404, operation="") for at in range(9)]) == Verdict((), ())
    assert "no call was made" in str(verdict(()))


@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.sampled_from((200, 400, 429, 500)), st.booleans(), st.sampled_from("ab")),
        max_size=12,
    )
)
def test_every_call_is_in_the_verdict_once(rows: list[tuple[float, int, bool, str]]) -> None:
    """Whatever happened: attempts are neither lost nor counted twice, and findings are of known kinds."""
    at = 0.0
    entries: list[Entry] = []
    for number, (pause, status, billed, body) in enumerate(rows):
        at += pause
        entries.append(attempt(at, status, id=str(number), images=int(billed), body=body.encode()))
    found = verdict(entries)
    assert sorted(one.id for call in found.calls for one in call.attempts) == sorted(one.id for one in entries)
    assert sum(call.billed for call in found.calls) == sum(one.images for one in entries)
    assert set(found.kinds) <= set(FINDINGS)
