"""Who may use the control API: the machine it runs on, or whoever has its key; never a foreign web page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.control.access import check
from safelight_mockserver.control.problem import Problem

KEY = "a-control-key"


def refusal(headers: dict[str, str], key: str | None = None, public_url: str | None = None) -> int | None:
    """Return the status with which a request is refused; None where it may pass."""
    try:
        check(headers, key, public_url)
    except Problem as problem:
        return problem.status
    return None


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:8080", "localhost", "localhost:8080", "[::1]:8080", "192.168.1.20:8080"),
        *("fake", "fake:8080", "safelight.test", "app.localhost:8080", "host.docker.internal:8080"),
    ],
)
def test_without_a_key_addresses_and_private_names_may_pass(host: str) -> None:
    """The names under which a fake is reached on one's own machine, in a container, or in a test."""
    assert refusal({"host": host}) is None


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[::1", "a]b"])
def test_without_a_key_public_names_are_refused(host: str) -> None:
    """A web site that lets its name lead to 127.0.0.1 reads nothing (DNS rebinding)."""
    assert refusal({"host": host}) == 403


def test_the_public_name_that_was_told_may_pass() -> None:
    """Whoever says where the fake is reached need say it once."""
    assert refusal({"host": "fake.example"}, public_url="https://fake.example/") is None
    assert refusal({"host": "evil.example"}, public_url="https://fake.example") == 403


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null", "https://["])
def test_pages_from_elsewhere_are_refused_with_and_without_a_key(origin: str, key: str | None) -> None:
    """Another port is another page, too; a key in a form of a foreign page does not help it."""
    headers = {"host": "127.0.0.1:8080", "origin": origin, "x-safelight-key": KEY}
    assert refusal(headers, key) == 403


def test_the_own_page_may_pass() -> None:
    """Browsers send the origin of a page with what it changes."""
    assert refusal({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"}) is None


@pytest.mark.parametrize("headers", [{"x-safelight-key": KEY}, {"authorization": f"Bearer {KEY}"}])
def test_the_key_is_taken_from_either_header(headers: dict[str, str]) -> None:
    """And then the name does not matter."""
    assert refusal({"host": "fake.example", **headers}, KEY) is None


@given(st.text(st.characters(max_codepoint=255), max_size=40).filter(lambda text: text.strip() != KEY))
def test_no_other_key_is_taken(sent: str) -> None:
    """Empty ones and those outside of ASCII included."""
    for name, value in (("x-safelight-key", sent), ("authorization", f"Bearer {sent}")):
        assert refusal({"host": "127.0.0.1", name: value}, KEY) == 401


def test_a_problem_does_not_repeat_what_was_sent_as_a_key() -> None:
    """It ends up in logs."""
    with pytest.raises(Problem) as caught:
        check({"host": "127.0.0.1", "x-safelight-key": "almost-" + KEY}, KEY, None)
    assert KEY not in caught.value.message + caught.value.help
