"""A call is sent again only where that cannot be paid twice, unless the caller says otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttapi_images._retry import (
    LONGEST_DELAY,
    Answered,
    Outcome,
    Policy,
    Retry,
    Stop,
    Unanswered,
    backoff,
    decide,
    is_safe,
)

UNREACHED = Unanswered(reached=False)
BROKEN = Unanswered(reached=True)
CAREFUL = Policy()
NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


def follow(outcome: Outcome, attempt: int = 1, policy: Policy = CAREFUL) -> Retry | Stop:
    """Decide at a fixed time with fixed dice."""
    return decide(outcome, attempt, policy, now=NOW, dice=0.0)


SAFE = [
    UNREACHED,
    Answered(429, {}),
    Answered(503, {"retry-after": "1"}),
    Answered(503, {"retry-after-ms": "1"}),
    Answered(400, {"x-should-retry": "true"}),
    Answered(500, {"x-should-retry": " True "}),
]
MAYBE_BILLED = [BROKEN, *(Answered(status, {}) for status in (408, 409, 500, 502, 503, 504, 529))]
FINAL = [
    *(Answered(status, {}) for status in (301, 400, 401, 402, 403, 404, 405, 413, 415, 422)),
    *(Answered(status, {"x-should-retry": "false", "retry-after": "1"}) for status in (408, 429, 500, 503)),
]
SPENT = ("insufficient_quota", "insufficient_quota")


@pytest.mark.parametrize("outcome", SAFE, ids=str)
def test_what_was_surely_not_billed_is_sent_again(outcome: Outcome) -> None:
    """No connection, 429, 503 with a time to come back, or the server's own word."""
    assert is_safe(outcome)
    assert isinstance(follow(outcome), Retry)


@pytest.mark.parametrize("outcome", MAYBE_BILLED, ids=str)
def test_what_may_have_been_billed_is_not_sent_again_and_the_reason_is_told(outcome: Outcome) -> None:
    """A timeout or a 500 may hide a finished image; the error names the option that would repeat it."""
    assert not is_safe(outcome)
    match follow(outcome):
        case Stop(reason):
            assert "retry_maybe_billed=True" in reason
        case Retry():
            pytest.fail("sent again")


@pytest.mark.parametrize("outcome", MAYBE_BILLED, ids=str)
def test_callers_can_opt_in_to_paying_twice(outcome: Outcome) -> None:
    """With maybe_billed, passing faults are repeated like in other clients."""
    assert isinstance(follow(outcome, policy=Policy(2, maybe_billed=True)), Retry)


@pytest.mark.parametrize("outcome", FINAL, ids=str)
def test_what_time_cannot_cure_is_never_sent_again(outcome: Outcome) -> None:
    """A fault in the request stays one, and the server's no is final, whatever the caller opted in to."""
    assert follow(outcome) == Stop()
    assert follow(outcome, policy=Policy(2, maybe_billed=True)) == Stop()


@pytest.mark.parametrize("said", [SPENT, (None, "insufficient_quota"), ("insufficient_quota", None)], ids=str)
@pytest.mark.parametrize("opted_in", [False, True])
def test_a_quota_that_is_used_up_is_not_waited_for(said: tuple[str | None, ...], opted_in: bool) -> None:
    """Money does not come back by waiting, not even where the server names a time; the reason is told."""
    outcome = Answered(429, {"retry-after": "1"}, said)

    assert not is_safe(outcome)
    assert follow(outcome, policy=Policy(2, maybe_billed=opted_in)) == Stop(
        "not sent again: the quota is used up, and waiting does not fill it"
    )


def test_the_server_knows_better_whether_its_quota_passes() -> None:
    """Its own word on sending again comes before what its error is called, and a rate limit is no quota."""
    assert isinstance(follow(Answered(429, {"x-should-retry": "true"}, SPENT)), Retry)
    assert isinstance(follow(Answered(429, {}, ("requests", "rate_limit_exceeded"))), Retry)
    assert isinstance(follow(Answered(503, {"retry-after": "1"}, SPENT)), Retry)


@pytest.mark.parametrize("most", [0, 1, 5])
def test_attempts_are_limited(most: int) -> None:
    """max_retries counts the repetitions, not the attempts."""
    policy = Policy(max_retries=most)
    decisions = [follow(UNREACHED, attempt, policy) for attempt in range(1, most + 2)]

    assert [type(one) for one in decisions] == [Retry] * most + [Stop]


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"retry-after-ms": "1500", "retry-after": "60"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 23:13:50 +0100"}, 30.0),
        ({"retry-after": "120"}, LONGEST_DELAY),
    ],
)
def test_the_server_is_given_the_time_it_asks_for(headers: dict[str, str], after: float) -> None:
    """Milliseconds first, then seconds, then a date."""
    assert follow(Answered(429, headers)) == Retry(after)


@pytest.mark.parametrize(
    "text",
    ["0", "-5", "soon", "", "nan", "inf", "Mon, 01 Jan 2001 00:00:00 GMT", "Tue, 14 Nov 99999 22:13:50 GMT", "٣x"],
)
def test_a_time_that_cannot_be_read_or_has_passed_counts_as_none(text: str) -> None:
    """The usual delay takes its place."""
    assert follow(Answered(429, {"retry-after": text})) == Retry(backoff(1, 0.0))


@pytest.mark.parametrize("headers", [{"retry-after": "121"}, {"retry-after-ms": "120001"}, {"retry-after": "1e9"}])
def test_a_server_that_asks_for_too_long_a_pause_gets_no_second_call(headers: dict[str, str]) -> None:
    """Better an error now than a call that seems to hang; the error says so."""
    match follow(Answered(429, headers)):
        case Stop(reason):
            assert "asks to wait" in reason
        case Retry():
            pytest.fail("waited")


@given(st.integers(min_value=1, max_value=10**9), st.floats(min_value=0, max_value=1))
def test_the_usual_delay_grows_and_is_bounded_and_shortened_by_the_dice(attempt: int, dice: float) -> None:
    """Half a second doubled up to eight, minus at most a quarter."""
    full = backoff(attempt, 0.0)

    assert full == min(0.5 * 2 ** min(attempt - 1, 4), 8.0)
    assert 0.75 * full <= backoff(attempt, dice) <= full


headers = st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "x-should-retry"]), st.text(max_size=40))


@given(st.integers(min_value=100, max_value=999), headers, st.integers(min_value=1, max_value=50), st.booleans())
def test_any_answer_gets_a_decision_and_a_pause_within_the_limit(
    status: int, told: dict[str, str], attempt: int, opted_in: bool
) -> None:
    """No header makes it fail, and no pause is negative or longer than the limit."""
    match follow(Answered(status, told), attempt, Policy(3, maybe_billed=opted_in)):
        case Retry(after):
            assert 0 < after <= LONGEST_DELAY
            assert attempt <= 3
        case Stop():
            pass
