"""An option that cannot work is refused when the client is made, with the fix in the message."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import respx

from ttapi_images import AsyncClient, Client, NotConfigured
from ttapi_images.api import API

KEY = "sk-secret-1234"

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "api.ttapi.io/v1"}, "base_url must be an http or https URL"),
        ({"base_url": "ftp://api.ttapi.io"}, "base_url must be"),
        ({"base_url": "https:///"}, "base_url must be"),
        ({"base_url": "http://[::1"}, "base_url must be a URL"),
        ({"base_url": "http://host:port"}, "base_url must be a URL, got 'http://host:port': Invalid port"),
        ({"base_url": "http://host/v1?version=2"}, "without blanks, query or fragment"),
        ({"base_url": "http://my host/v1"}, "without blanks, query or fragment"),
        ({"base_url": httpx2.URL("http://host")}, "base_url must be an http or https URL in a string"),
        ({"api_key": "line\nbreak"}, "API key holds"),
        ({"api_key": "key\n"}, "API key holds"),
        ({"api_key": "schlüssel"}, "API key holds"),
        ({"api_key": b"bytes"}, "API key must be a string, got bytes"),
        ({"auth": "basic"}, "auth must be one of 'bearer', 'TT-API-KEY', got 'basic'"),
        ({"timeout": 0}, "timeout must be"),
        ({"timeout": float("nan")}, "timeout must be"),
        ({"timeout": "5"}, "timeout must be a number of seconds above 0, or None for no limit, got '5'"),
        ({"timeout": httpx2.Timeout(5)}, "timeout must be a number"),
        ({"max_retries": -1}, "max_retries must be"),
        ({"max_retries": 1.5}, "max_retries must be a whole number, 0 or more, got 1.5"),
        ({"max_event_bytes": 0}, "max_event_bytes must be"),
        ({"max_event_bytes": "1 MB"}, "max_event_bytes must be"),
        ({"basis": ["rumoured"]}, 'basis must be among "documented", "observed" and "advisory", got "rumoured"$'),
        ({"basis": ["documented", "observd"]}, 'got "observd": did you mean "observed"'),
        ({"basis": "observed"}, 'basis must include "documented", got "observed"'),
        ({"basis": ()}, 'basis must include "documented", got nothing'),
        ({"ignore": "generate.n.maximun"}, '"generate.n.maximun" is none: did you mean "generate.n.maximum"'),
        ({"ignore": ["generate.n.maximum", "x"]}, 'ignore must name rules of this API, and "x" is none$'),
        ({"default_headers": {"x-tag": "ü"}}, "the value of 'x-tag' must be a line of printable ASCII text"),
        ({"default_headers": {"x-tag": "a\r\nhost: b"}}, "the value of 'x-tag'"),
        ({"default_headers": {"x-tag": None}}, "the value of 'x-tag'"),
        ({"default_headers": {"x tag": "1"}}, '"x tag" is no name of a header'),
        ({"default_headers": {"": "1"}}, '"" is no name of a header'),
    ],
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_option_that_cannot_work_is_refused_at_once(
    kind: Callable[..., object], options: dict[str, Any], said: str
) -> None:
    """The message says what would be right, and never shows the key."""
    with pytest.raises(NotConfigured, match=said) as caught:
        kind(**{"api_key": KEY, **options})

    assert str(options.get("api_key", KEY)) not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "http://localhost:8080/"},
        {"base_url": "HTTPS://user:word@gateway.example/a%20b/v1"},
        {"timeout": 0.5},
        {"timeout": float("inf")},
        {"max_retries": 0},
        {"max_event_bytes": None},
        {"basis": "documented"},
        pytest.param({"basis": {"documented", "advisory"}}, id="a set of bases"),
        {"ignore": API.rules},
        {"default_headers": {"X-Tag": "a b", "OpenAI-Beta": ""}},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_option_that_can_work_is_taken(kind: Callable[..., Any], options: dict[str, Any]) -> None:
    """When the client is made, and for one call."""
    assert repr(kind(KEY, **options)).startswith(kind.__name__)
    if "base_url" not in options:
        assert kind(KEY).with_options(**options) is not None


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_change_that_cannot_work_is_refused_too(kind: Callable[..., Any]) -> None:
    """`with_options` looks at what it is given as the client does."""
    client = kind(KEY)

    for options in ({"timeout": -1}, {"ignore": "typo"}, {"basis": "observed"}, {"default_headers": {"a": "\n"}}):
        with pytest.raises(NotConfigured):
            client.with_options(**options)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_proxy_that_cannot_work_is_told_with_the_variables_to_look_at(
    kind: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is an option, too."""
    monkeypatch.setenv("HTTP_PROXY", "nonsense://proxy")

    with pytest.raises(NotConfigured, match=r"the HTTP client cannot be made: .*nonsense.* look at HTTP_PROXY"):
        kind(KEY)


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        (
            "http://localhost:8080",
            "/images/generations; base_url does not end in '/v1' as usual: is it base_url='http://localhost:8080/v1'?)",
        ),
        ("http://localhost:8080/v1", "(POST http://localhost:8080/v1/images/generations)"),
        (
            "http://user:secret@gateway.example/openai",
            "(POST http://gateway.example/openai/images/generations; base_url does not end in '/v1' as usual",
        ),
    ],
)
@pytest.mark.parametrize("status", [404, 405])
def test_a_call_that_leads_nowhere_tells_where_it_went(call: Call, base_url: str, said: str, status: int) -> None:
    """A base URL that lacks the usual path is the likely reason, and then the message says which one to try."""
    with respx.mock() as router:
        router.post(url__regex=".*/images/generations").respond(status, json={"detail": "Not Found"})
        with pytest.raises(Exception, match=str(status)) as caught:
            call(base_url=base_url)

    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Client(KEY, base_url=base_url))
