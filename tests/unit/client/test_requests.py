"""What a client sends: exactly what the caller gave, with the right headers, within the limits that were set."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import respx

from ttapi_images import AsyncClient, Client, NotConfigured, RuleError, RuleWarning
from ttapi_images._checks import Violation
from ttapi_images.api import API
from ttapi_images.images import GENERATE

KEY = "sk-secret-1234"
BODY = {"prompt": "a fox", "model": "gpt-image-2"}
ANSWER = {"created": 1, "data": [{"b64_json": "aGVq"}], "output_format": "png", "news": {"from": "tomorrow"}}

Call = Callable[..., Any]


@pytest.fixture
def route(api: respx.MockRouter) -> respx.Route:
    """The operation, answering well."""
    return api.post("/images/generations").respond(json=ANSWER, headers={"x-request-id": "req_1"})


def sent(route: respx.Route) -> httpx2.Request:
    """The last request that came."""
    request: Any = route.calls.last.request
    assert isinstance(request, httpx2.Request)
    return request


def test_a_call_sends_what_the_caller_gave_and_nothing_else(route: respx.Route, call: Call) -> None:
    """Null stays null, no default is filled in, the order is kept."""
    body = BODY | {"n": None, "quality": "low"}

    call(body)

    assert json.loads(sent(route).content) == body
    assert list(json.loads(sent(route).content)) == list(body)


@pytest.mark.parametrize("prompt", ["狐狸", "🦊", "half \ud83e of a fox", 'quote " and \\ and \n'])
def test_any_text_can_be_sent(route: respx.Route, call: Call, prompt: str) -> None:
    """Letters of any script arrive as they are, even text that has no UTF-8 form."""
    call(BODY | {"prompt": prompt})

    assert json.loads(sent(route).content)["prompt"] == prompt


def test_the_usual_headers_are_sent(route: respx.Route, call: Call) -> None:
    """The key as a bearer token, JSON both ways, and who is calling."""
    call()

    headers = sent(route).headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith(f"{API.package}/{API.version} python/3.")


def test_the_key_can_go_in_the_other_header(route: respx.Route, call: Call) -> None:
    """The API documents two ways; the one not chosen is not used."""
    call(auth="TT-API-KEY")

    assert sent(route).headers["tt-api-key"] == KEY
    assert "authorization" not in sent(route).headers


def test_headers_of_the_caller_join_and_win(route: respx.Route, call: Call) -> None:
    """Names are compared without regard to case."""
    call(default_headers={"X-Team": "art", "USER-AGENT": "mine"})

    assert sent(route).headers["x-team"] == "art"
    assert sent(route).headers.get_list("user-agent") == ["mine"]


def test_a_gateway_that_brings_its_own_authorization_needs_no_key(route: respx.Route, call: Call) -> None:
    """A header of the caller's stands in for the key."""
    call(api_key=None, default_headers={"Authorization": "Gateway x"})

    assert sent(route).headers["authorization"] == "Gateway x"


def test_key_and_address_come_from_the_environment(
    api: respx.MockRouter, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments win over the environment, and the environment over the spec."""
    monkeypatch.setenv(API.key_variables[0], "from-env")
    monkeypatch.setenv(API.base_url_variable, "https://gateway.example/v2/")
    gateway = api.post("https://gateway.example/v2/images/generations").respond(json=ANSWER)
    other = api.post("http://localhost:1/images/generations").respond(json=ANSWER)

    call(api_key=None)
    call(base_url="http://localhost:1")

    assert sent(gateway).headers["authorization"] == "Bearer from-env"
    assert sent(other).headers["authorization"] == f"Bearer {KEY}"


def test_a_client_without_a_key_complains_at_the_first_call(route: respx.Route, call: Call) -> None:
    """Making the client is fine; the error names the argument and the variable, and nothing is sent."""
    Client().close()
    with pytest.raises(NotConfigured, match=rf"{API.key_variables[0]}, or pass api_key="):
        call(api_key=None)

    assert not route.called


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        ({}, {"connect": 5.0, "read": 600.0, "write": 600.0, "pool": 600.0}),
        ({"timeout": 30}, {"connect": 5.0, "read": 30, "write": 30, "pool": 30}),
        ({"timeout": 2.5}, {"connect": 2.5, "read": 2.5, "write": 2.5, "pool": 2.5}),
        ({"timeout": None}, {"connect": None, "read": None, "write": None, "pool": None}),
    ],
)
def test_time_limits_reach_the_http_library(
    route: respx.Route, call: Call, options: dict[str, Any], limits: dict[str, float | None]
) -> None:
    """By default ten minutes of silence, five seconds to connect."""
    call(**options)

    assert sent(route).extensions["timeout"] == limits


def test_an_http_client_of_the_callers_keeps_its_own_limits_and_stays_open(server: Callable[..., Any]) -> None:
    """Who made it sets it up and closes it; a limit given to the client wins."""
    fake = server(httpx2.Response(200, json=ANSWER))
    with httpx2.Client(transport=fake.transport, timeout=7, headers={"x-from": "http_client"}) as http:
        with Client(KEY, http_client=http) as client:
            client.call(GENERATE, BODY)
            client.with_options(timeout=9).call(GENERATE, BODY)
        assert not http.is_closed

    assert [request.extensions["timeout"]["read"] for request in fake.requests] == [7, 9]
    assert fake.requests[0].headers["x-from"] == "http_client"


def test_other_options_share_the_connections_and_leave_the_client_as_it_is(server: Callable[..., Any]) -> None:
    """`with_options` makes a client for one call; closing it closes nothing."""
    fake = server(httpx2.Response(200, json=ANSWER))
    client = Client(KEY, transport=fake.transport, default_headers={"a": "1"})

    with client.with_options(default_headers={"b": "2"}, timeout=1) as twin:
        twin.call(GENERATE, BODY)
    client.call(GENERATE, BODY)
    client.close()

    first, second = fake.requests
    assert (first.headers["a"], first.headers["b"], first.extensions["timeout"]["read"]) == ("1", "2", 1)
    assert ("b" in second.headers, second.extensions["timeout"]["read"]) == (False, 600)
    with pytest.raises(NotConfigured, match="has been closed: make a new one"):
        client.call(GENERATE, BODY)


def test_an_asynchronous_client_can_have_other_options_too(server: Callable[..., Any]) -> None:
    """On the same connections, which belong to the caller's HTTP client."""
    fake = server(httpx2.Response(200, json=ANSWER))

    async def calls() -> None:
        async with httpx2.AsyncClient(transport=fake.transport) as http:
            async with AsyncClient(KEY, http_client=http) as client:
                assert KEY not in repr(client)
                raw = await client.images.with_raw_response.generate(prompt="a fox", model="gpt-image-2")
                assert raw.status == 200
            async with client.with_options(timeout=9) as twin:
                await twin.images.generate(prompt="a fox", model="gpt-image-2")
            assert not http.is_closed

    asyncio.run(calls())

    assert [request.extensions["timeout"]["read"] for request in fake.requests] == [5, 9]


class _Foreign:
    """Stands for a class of the other library, as the caller sees it."""


@pytest.mark.parametrize(
    ("kind", "argument", "wanted"),
    [
        (Client, "http_client", "httpx2.Client"),
        (AsyncClient, "http_client", "httpx2.AsyncClient"),
        (Client, "transport", "httpx2.BaseTransport"),
        (AsyncClient, "transport", "httpx2.AsyncBaseTransport"),
    ],
)
def test_objects_of_the_other_library_are_refused_with_the_fix(
    kind: Callable[..., object], argument: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The libraries httpx and httpx2 look the same and do not fit each other."""
    monkeypatch.setattr(_Foreign, "__module__", "httpx._client")

    with pytest.raises(TypeError, match=rf"pass {argument}={wanted}\(\.\.\.\), built from httpx2 instead of httpx"):
        kind(KEY, **{argument: _Foreign()})


def test_an_http_client_of_the_other_flavour_is_refused_with_the_fix() -> None:
    """A synchronous client cannot send through an asynchronous one."""
    wrong: Any = httpx2.AsyncClient()

    with pytest.raises(TypeError, match=r"http_client is a httpx2\.AsyncClient.*pass http_client=httpx2\.Client"):
        Client(KEY, http_client=wrong)


def test_a_transport_and_an_http_client_cannot_both_be_given(server: Callable[..., Any]) -> None:
    """One of them would be ignored without a word."""
    fake = server(httpx2.Response(200, json=ANSWER))

    with httpx2.Client() as http, pytest.raises(TypeError, match="not both"):
        Client(KEY, http_client=http, transport=fake.transport)


def test_an_asynchronous_client_takes_one_of_them_as_well(server: Callable[..., Any]) -> None:
    """The same refusal on both sides."""
    fake = server(httpx2.Response(200, json=ANSWER))

    with pytest.raises(TypeError, match="not both"):
        AsyncClient(KEY, http_client=httpx2.AsyncClient(), transport=fake.transport)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_a_value_without_a_json_form_is_refused_before_sending(route: respx.Route, call: Call, value: object) -> None:
    """Even where checking is switched off."""
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        call(BODY | {"n": value}, validate=False)

    assert not route.called


def test_a_bad_call_is_refused_before_it_is_sent(route: respx.Route, call: Call) -> None:
    """All faults are told, and nothing is billed."""
    with pytest.raises(RuleError) as caught:
        call({"model": "dall-e-3", "n": 2, "prompt": ""})

    assert {violation.parameter for violation in caught.value.violations} == {"n", "prompt"}
    assert not route.called


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_call_can_be_checked_without_being_made(server: Callable[..., Any], kind: type[Client | AsyncClient]) -> None:
    """By the options of the client, and with the errors of a call."""
    served = server(httpx2.Response(200, json=ANSWER))
    client = kind(KEY, transport=served.transport)

    client.check(GENERATE, BODY)
    client.with_options(validate=False).check(GENERATE, BODY | {"n": 11})
    with pytest.raises(RuleError, match="n must be at most 10"):
        client.check(GENERATE, BODY | {"n": 11})
    with pytest.raises(NotConfigured, match="there is no API key"):
        kind(transport=served.transport).check(GENERATE, BODY)
    assert served.requests == []


def test_checking_can_be_relaxed_per_client_and_per_call(route: respx.Route, call: Call) -> None:
    """Off altogether, or rule by rule."""
    body = {"model": "dall-e-3", "n": 2, "prompt": "a fox"}
    with pytest.raises(RuleError) as caught:
        call(body)
    (violation,) = caught.value.violations

    call(body, validate=False)
    call(body, ignore=[violation.rule])
    call(body, ignore=violation.rule)
    with Client(KEY) as client:
        client.with_options(validate=False).call(GENERATE, body)
        with pytest.raises(RuleError):
            client.call(GENERATE, body)

    assert route.call_count == 4


def test_observed_rules_are_checked_when_asked_for(route: respx.Route, call: Call) -> None:
    """A size that the documentation allows and the server was seen to refuse."""
    body = BODY | {"size": "4096x4096"}
    call(body)

    with pytest.raises(RuleError):
        call(body, basis=["documented", "observed"])

    assert route.call_count == 1


def test_what_the_api_does_not_refuse_for_is_a_warning(route: respx.Route, call: Call) -> None:
    """A rule whose outcome is gentler than a refusal does not stop the call."""

    def check(_body: Mapping[str, Any], /, *, basis: object) -> tuple[Violation, ...]:
        del basis
        return (Violation(rule="r.drop", parameter="n", value=1, message="n will be dropped", outcome="drop"),)

    with pytest.warns(RuleWarning, match=r"n will be dropped \[r\.drop\]"):
        call(operation=replace(GENERATE, check=check))

    assert route.called


def test_the_answer_is_a_record_with_its_request_id(route: respx.Route, call: Call) -> None:
    """Fields of tomorrow are kept."""
    result = call()

    assert route.called
    assert result.request_id == "req_1"
    assert result.data[0].bytes == b"hej"
    assert result.output_format == "png"
    assert result.extra == {"news": {"from": "tomorrow"}}


def test_the_raw_answer_has_status_headers_and_bytes(route: respx.Route) -> None:
    """`parse` makes of it what the plain call returns."""
    with Client(KEY) as client:
        raw = client.images.with_raw_response.generate(prompt="a fox", model="gpt-image-2")

    assert route.called
    assert (raw.status, raw.headers["X-Request-Id"], raw.request_id) == (200, "req_1", "req_1")
    assert json.loads(raw.content) == ANSWER
    assert raw.parse() == GENERATE.result.from_json(ANSWER)
    assert "aGVq" not in repr(raw)


def test_the_key_is_never_shown(route: respx.Route, call: Call, caplog: pytest.LogCaptureFixture) -> None:
    """Not by repr, not by the log at its most talkative, not by an error."""
    caplog.set_level(logging.DEBUG)
    call()
    route.respond(401, json={"error": {"message": "no"}})
    with pytest.raises(Exception, match="401") as caught:
        call()

    client = Client(KEY)
    shown = [repr(client), repr(vars(client)), str(caught.value), repr(caught.value), caplog.text]
    assert not [text for text in shown if KEY in text]


def headers_of(requests: list[httpx2.Request]) -> list[dict[str, str]]:
    """The headers that calls were sent with."""
    return [dict(request.headers) for request in requests]


def test_each_call_of_a_client_is_sent_as_the_first_one_was(server: Callable[..., Any]) -> None:
    """What is prepared once holds for this client, these options and this kind of call."""
    events = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=b"")
    served = server(httpx2.Response(200, json=ANSWER), events, httpx2.Response(200, json=ANSWER))
    fresh = server(httpx2.Response(200, json=ANSWER), events, httpx2.Response(200, json=ANSWER))
    bodies = (BODY, BODY | {"stream": True}, BODY | {"prompt": "a longer prompt"})

    with Client(KEY, transport=served.transport, default_headers={"x-team": "fox"}) as client:
        for body in bodies:
            client.call_raw(GENERATE, body)
    for body in bodies:
        with Client(KEY, transport=fresh.transport, default_headers={"x-team": "fox"}) as client:
            client.call_raw(GENERATE, body)

    assert headers_of(served.requests) == headers_of(fresh.requests)
    first, second, third = headers_of(served.requests)
    assert (first["accept"], second["accept"]) == ("application/json", "text/event-stream, application/json")
    assert int(third["content-length"]) > int(first["content-length"])


def test_other_options_hold_after_the_first_call_too(server: Callable[..., Any]) -> None:
    """A twin with other headers takes none that were prepared for the client it was made of, and gives none back."""
    served = server(httpx2.Response(200, json=ANSWER))

    with Client(KEY, transport=served.transport) as client:
        client.call(GENERATE, BODY)
        client.with_options(default_headers={"x-team": "fox"}).call(GENERATE, BODY)
        client.call(GENERATE, BODY)

    assert [request.headers.get("x-team") for request in served.requests] == [None, "fox", None]


def test_cookies_of_the_server_come_back_to_it(server: Callable[..., Any]) -> None:
    """Some gateways keep a caller on one machine by a cookie."""
    answer = httpx2.Response(200, json=ANSWER, headers={"set-cookie": "route=7; Path=/"})
    served = server(answer, httpx2.Response(200, json=ANSWER))

    with Client(KEY, transport=served.transport) as client:
        client.call(GENERATE, BODY)
        client.call(GENERATE, BODY)

    assert [request.headers.get("cookie") for request in served.requests] == [None, "route=7"]


def test_what_an_http_client_of_the_callers_adds_is_sent_as_it_is_at_the_time(server: Callable[..., Any]) -> None:
    """Headers and query parameters of the caller's own client may change between calls."""
    served = server(httpx2.Response(200, json=ANSWER))

    with httpx2.Client(transport=served.transport, params={"region": "eu"}) as http:
        client = Client(KEY, http_client=http)
        client.call(GENERATE, BODY)
        http.headers["x-trace"] = "1"
        client.call(GENERATE, BODY)

    assert [request.headers.get("x-trace") for request in served.requests] == [None, "1"]
    assert [request.url.params["region"] for request in served.requests] == ["eu", "eu"]
