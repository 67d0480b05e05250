"""What the control API promises: what was asked of a fake can be seen, exported, asserted and steered."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from safelight import Spec, load
from safelight_mockserver import Clock, Fake, MemoryState, Options, fake, order
from safelight_mockserver.faults.grammar import OrderError
from safelight_mockserver.faults.kinds import KINDS
from safelight_mockserver.faults.strangers import check_strangers
from safelight_mockserver.store.redis_state import StateError
from safelight_mockserver.store.state import Board
from safelight_mockserver.transport import AppTransport, AsyncAppTransport

ROOT = "/_safelight"
FOLDER = Path(__file__).parents[3]
SPEC_FILES = sorted((*FOLDER.glob("spec/*.yaml"), *FOLDER.glob("tests/specs/*.yaml")))
PATH = "/v1/images/generations"
FOX = {"model": "gpt-image-1", "prompt": "a fox", "size": "1024x1024"}
WRONG = {"model": "dall-e-3", "prompt": "a fox", "n": 3, "quality": "low"}
LINKED = {"model": "dall-e-2", "prompt": "a fox", "size": "256x256", "response_format": "url"}


@contextmanager
def client(app: Fake, **headers: str) -> Generator[httpx2.Client]:
    """Open a client without a socket."""
    headers = {"authorization": "Bearer a-key"} | headers
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake", headers=headers) as http:
        yield http


@pytest.fixture
def app(ttapi: Spec) -> Fake:
    """A fake of the first spec that draws as little as it can."""
    return fake(ttapi, Options(images="tiny"))


@pytest.fixture
def http(app: Fake) -> Iterator[httpx2.Client]:
    """A client of it."""
    with client(app) as opened:
        yield opened


def told(response: httpx2.Response) -> Any:  # noqa: ANN401 - any JSON value
    """Return the JSON of a good answer."""
    assert response.is_success, response.text
    return response.json()


def get(http: httpx2.Client, path: str, **query: str) -> Any:  # noqa: ANN401 - any JSON value
    """Ask the control API."""
    return told(http.get(ROOT + path, params=query))


def ids(http: httpx2.Client, **query: str) -> list[str]:
    """Return the prompts of the requests that are listed."""
    return [one["body"]["prompt"] for one in get(http, "/requests", **query)["requests"]]


# --- requests ------------------------------------------------------------------------------------------------------


def test_a_refused_request_is_listed_with_the_rules_it_breaks_and_their_sources(http: httpx2.Client) -> None:
    """Whoever reads the log need not read the spec."""
    assert http.post(PATH, json=WRONG).status_code == 400
    (one,) = get(http, "/requests")["requests"]
    assert (one["status"], one["verdict"], one["model"], one["body"]) == (400, "refused", "dall-e-3", WRONG)
    assert [broken["rule"] for broken in one["violations"]] == [
        "generate.n.maximum@dall-e-3",
        "generate.quality.values@dall-e-3",
    ]
    assert one["violations"][0]["nearest"] == 1
    assert one["violations"][0]["source"]["url"].startswith("https://")
    assert one["pictures"] == []


def test_an_accepted_request_leads_to_its_pictures(http: httpx2.Client) -> None:
    """Partial ones first, as they were sent; the links work."""
    http.post(PATH, json=FOX | {"stream": True, "partial_images": 2})
    (one,) = get(http, "/requests")["requests"]
    assert [picture["partial"] for picture in one["pictures"]] == ["1/3", "2/3", None]
    for picture in one["pictures"]:
        assert http.get(picture["url"]).headers["content-type"] == "image/png"


def test_several_pictures_of_one_call_are_told_apart(http: httpx2.Client) -> None:
    """By their place among them."""
    http.post(PATH, json=FOX | {"n": 3})
    (one,) = get(http, "/requests")["requests"]
    assert [picture["index"] for picture in one["pictures"]] == [0, 1, 2]


def test_a_list_is_narrowed_by_each_of_its_filters(http: httpx2.Client) -> None:
    """Test, operation, model, status, rule, fault, end, and the newest of them."""
    http.post(PATH, json=FOX | {"prompt": "one"}, headers={"x-safelight-test": "t1"})
    http.post(PATH, json=WRONG | {"prompt": "two"})
    http.post(PATH, json=FOX | {"prompt": "three"}, headers={"x-safelight-fault": "rate-limit; retry-after=1"})
    everything = ["one", "two", "three"]
    assert ids(http) == ids(http, operation="generate") == ids(http, end="complete") == everything
    assert ids(http, test="t1") == ids(http, status="200") == ["one"]
    assert ids(http, model="dall-e-3") == ids(http, rule="generate.n.maximum@dall-e-3") == ["two"]
    assert ids(http, fault="rate-limit") == ids(http, status="429") == ids(http, limit="1") == ["three"]
    assert ids(http, status="4xx") == ids(http, limit="2") == ["two", "three"]
    assert ids(http, model="dall-e-3", status="2xx") == ids(http, limit="0") == []


def test_a_list_goes_on_where_the_one_before_ended(http: httpx2.Client) -> None:
    """Nobody has to read everything again to see what is new."""
    http.post(PATH, json=FOX | {"prompt": "one"})
    seq = get(http, "/requests")["seq"]
    http.post(PATH, json=FOX | {"prompt": "two"})
    assert ids(http, after=str(seq)) == ["two"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"limit": "-1"}, "limit must be a whole number"),
        ({"after": "x"}, "after must be a whole number"),
        ({"status": "teapot"}, "status must be a number such as 429, or 4xx"),
        ({"end": "sad"}, "end must be one of open, complete, cut, left"),
        ({"format": "xml"}, "format must be json, jsonl or har"),
        ({"colour": "red"}, "there is no parameter 'colour'; GET /requests takes test, operation"),
    ],
)
def test_a_filter_that_makes_no_sense_is_a_sentence(query: dict[str, str], words: str, http: httpx2.Client) -> None:
    """It never silently selects everything."""
    response = http.get(f"{ROOT}/requests", params=query)
    assert response.status_code == 400
    error = response.json()["error"]
    assert words in f"{error['message']}; {error['help']}"


def test_one_request_is_told_with_code_that_sends_it_again(http: httpx2.Client) -> None:
    """As curl, as Python and as a test; no key is in any of them."""
    http.post(PATH, json=FOX, headers={"authorization": "Bearer secret-key"})
    (listed,) = get(http, "/requests")["requests"]
    shown = get(http, f"/requests/{listed['id']}")
    assert shown["body"] == FOX
    assert "curl" in shown["code"]["curl"]
    assert "httpx2" in shown["code"]["python"]
    assert "safelight_server" in shown["code"]["pytest"]
    assert "secret-key" not in json.dumps(shown)


def test_a_request_that_is_not_remembered_is_told_so(http: httpx2.Client) -> None:
    """With 404 and a sentence."""
    response = http.get(f"{ROOT}/requests/nothing")
    assert response.status_code == 404
    assert "'nothing'" in response.json()["error"]["message"]


def test_a_body_that_is_no_json_is_told_as_text(http: httpx2.Client) -> None:
    """And a body with half a surrogate pair does not break the list."""
    http.post(PATH, content=b"{oops", headers={"content-type": "application/json"})
    http.post(PATH, content=b'{"prompt": "\\ud800", "model": NaN}', headers={"content-type": "application/json"})
    http.post(PATH, content=b'{"prompt": "\\ud800"}', headers={"content-type": "application/json"})
    listed = get(http, "/requests")["requests"]
    assert [one.get("body_text") for one in listed] == ["{oops", '{"prompt": "\\ud800", "model": NaN}', None]
    assert listed[2]["body"] == {"prompt": "\ud800"}
    assert get(http, f"/requests/{listed[0]['id']}")["code"] is None


def test_a_large_body_is_told_alone_and_left_out_of_lists(http: httpx2.Client) -> None:
    """A list stays small; one request is told whole."""
    http.post(PATH, json=FOX | {"prompt": "x" * 100_000})
    (listed,) = get(http, "/requests")["requests"]
    assert "body" not in listed
    assert listed["body_bytes"] > 100_000
    assert len(get(http, f"/requests/{listed['id']}")["body"]["prompt"]) == 100_000


def test_an_export_in_lines_has_one_request_on_each(http: httpx2.Client) -> None:
    """Line by line, each a JSON value."""
    for prompt in ("one", "two\nlines"):
        http.post(PATH, json=FOX | {"prompt": prompt})
    response = http.get(f"{ROOT}/requests", params={"format": "jsonl"})
    assert response.headers["content-disposition"] == 'attachment; filename="requests.jsonl"'
    assert [json.loads(line)["body"]["prompt"] for line in response.text.splitlines()] == ["one", "two\nlines"]


def test_requests_are_forgotten_all_or_of_one_test(http: httpx2.Client) -> None:
    """Tests that share a server do not disturb each other."""
    http.post(PATH, json=FOX | {"prompt": "one"}, headers={"x-safelight-test": "t1"})
    http.post(PATH, json=FOX | {"prompt": "two"})
    assert http.delete(f"{ROOT}/requests", params={"test": "t1"}).status_code == 204
    assert ids(http) == ["two"]
    http.delete(f"{ROOT}/requests")
    assert ids(http) == []


def test_broken_rules_are_counted_the_most_frequent_first(http: httpx2.Client) -> None:
    """With a message, a source, and the last request that broke each."""
    http.post(PATH, json=WRONG)
    http.post(PATH, json={"model": "dall-e-3", "prompt": "a fox", "n": 2})
    first, second = get(http, "/violations")["violations"]
    assert (first["rule"], first["count"], second["count"]) == ("generate.n.maximum@dall-e-3", 2, 1)
    assert first["source"]["title"]
    assert get(http, f"/requests/{first['last']}")["body"]["n"] == 2


def test_the_feed_tells_of_requests_as_they_come(app: Fake) -> None:
    """Those of the past first, then each new one, narrowed as a list is; it ends when the server stops."""

    async def run() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with httpx2.AsyncClient(transport=AsyncAppTransport(app), base_url="http://fake") as http:
            headers = {"authorization": "Bearer a-key"}
            await http.post(PATH, json=WRONG | {"prompt": "past"}, headers=headers)
            async with http.stream("GET", f"{ROOT}/feed", params={"status": "400"}) as response:
                assert response.headers["content-type"].startswith("text/event-stream")
                async for line in response.aiter_lines():
                    if line.startswith("data: "):
                        found.append(json.loads(line[6:]))
                        if len(found) == 1:
                            await http.post(PATH, json=FOX, headers=headers)
                            await http.post(PATH, json=WRONG | {"prompt": "new"}, headers=headers)
                        else:
                            app.is_stopping = lambda: True
        return found

    assert [one["body"]["prompt"] for one in asyncio.run(run())] == ["past", "new"]


# --- faults --------------------------------------------------------------------------------------------------------


def test_a_fault_is_ordered_met_listed_and_taken_back(http: httpx2.Client) -> None:
    """It stands until then."""
    ordered = http.post(f"{ROOT}/faults", json={"fault": "rate-limit; retry-after=3", "when": {"model": "gpt-image-1"}})
    assert ordered.status_code == 201
    assert http.post(PATH, json=FOX).headers["retry-after"] == "3"
    assert http.post(PATH, json=LINKED).status_code == 200
    (standing,) = get(http, "/faults")["faults"]
    assert standing == ordered.json()
    assert http.delete(f"{ROOT}/faults/{standing['id']}").status_code == 204
    assert http.post(PATH, json=FOX).status_code == 200
    assert http.delete(f"{ROOT}/faults/{standing['id']}").status_code == 404


def test_faults_are_taken_back_all_or_of_one_test(http: httpx2.Client) -> None:
    """As requests are forgotten."""
    http.post(f"{ROOT}/faults", json={"fault": "quota", "id": "a", "when": {"test": "t1"}})
    http.post(f"{ROOT}/faults", json={"fault": "quota", "id": "b"})
    http.delete(f"{ROOT}/faults", params={"test": "t1"})
    assert [one["id"] for one in get(http, "/faults")["faults"]] == ["b"]
    http.delete(f"{ROOT}/faults")
    assert get(http, "/faults")["faults"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"fault": "rate-limt"}, "rate-limit"),
        ({"fault": "ok", "wen": {}}, "wen"),
        ({"fault": "quota", "when": {"operation": "draw"}}, "has no operation 'draw'"),
        ({"fault": "quota", "when": {"model": "gpt-image-11"}}, "did you mean 'gpt-image-1'?"),
        ({"fault": "quota", "when": {"parameters": {"sizes": "64x64"}}}, "did you mean 'size'?"),
        ({"fault": "quota, error; text=maximun"}, "did you mean 'maximum'?"),
        ({}, "fault"),
        ([], "the body must be a JSON object"),
    ],
)
def test_an_order_that_makes_no_sense_is_a_sentence(body: object, words: str, http: httpx2.Client) -> None:
    """And nothing is ordered."""
    response = http.post(f"{ROOT}/faults", json=body)
    assert response.status_code == 400
    assert words in json.dumps(response.json()["error"])
    assert get(http, "/faults")["faults"] == []


def test_faults_of_streams_are_neither_listed_nor_taken_by_an_api_without_streams(xai: Spec) -> None:
    """They would never meet a request, and a test that orders one would pass without its fault."""
    app = fake(xai, Options(images="tiny"))
    with client(app) as http:
        names = [one["name"] for one in get(http, "/faults/kinds")["kinds"]]
        orders = {name: f"{name}; text=maximum" if name == "error" else name for name in KINDS}
        taken = {name: http.post(f"{ROOT}/faults", json={"fault": one}) for name, one in orders.items()}

    assert {name for name, answer in taken.items() if answer.status_code == 201} == {*names}
    assert {*KINDS} - {*names} == {name for name in KINDS if name.startswith("stream-")} | {"new-events"}
    refused = json.dumps(taken["stream-cut"].json(), ensure_ascii=False)
    assert "xai-images has no streams, which stream-cut is about" in refused
    assert "answers that come whole break by truncate, malformed-json and reset" in refused


def test_an_order_for_an_operation_without_streams_takes_no_fault_of_streams(ttapi: Spec) -> None:
    """The other operations of the API may have some."""
    calls, (streaming,) = load(FOLDER / "tests" / "specs" / "several" / "calls.yaml"), ttapi.operations.values()
    draw = replace(calls.operations["draw"], response=streaming.response)
    spec = replace(calls, operations={**calls.operations, "draw": draw})
    with pytest.raises(OrderError, match="calls's operation vary has no streams, which stream-cut is about"):
        check_strangers(order("stream-cut", when={"operation": "vary"}), spec)
    check_strangers(order("stream-cut", when={"operation": "draw"}), spec)
    check_strangers(order("stream-cut"), spec)


def test_a_key_in_an_order_is_not_repeated(http: httpx2.Client) -> None:
    """The list has its digest, which no API accepts."""
    http.post(f"{ROOT}/faults", json={"fault": "quota", "when": {"key": "secret-key"}})
    assert "secret-key" not in http.get(f"{ROOT}/faults").text


def test_every_kind_is_listed_with_a_sentence_of_its_own(http: httpx2.Client) -> None:
    """People choose by them; refusals are in the words that clients will see."""
    kinds = {one["name"]: one["doc"] for one in get(http, "/faults/kinds")["kinds"]}
    assert len(set(kinds.values())) == len(kinds)
    assert kinds["rate-limit"].startswith("429: ")
    assert all(kinds.values())


def test_the_verdict_on_a_client_can_be_asked_for(http: httpx2.Client) -> None:
    """A client that comes back at once although it was told to wait is found out, a patient one is not."""
    for _ in range(2):
        order = "rate-limit; retry-after=30, ok"
        http.post(PATH, json=FOX, headers={"x-safelight-fault": order, "x-safelight-test": "hasty"})
    verdict = get(http, "/verdict", test="hasty")
    assert [one["kind"] for one in verdict["findings"]] == ["too-early"]
    assert [len(one["requests"]) for one in verdict["calls"]] == [2]
    assert get(http, "/verdict", test="another")["findings"] == []
    assert http.get(f"{ROOT}/verdict", params={"outcome": "wept"}).status_code == 400


# --- the clock, the seed, everything -------------------------------------------------------------------------------


def test_links_expire_when_the_clock_is_moved_and_work_again_in_real_time(http: httpx2.Client) -> None:
    """An hour passes in no time."""
    url = http.post(PATH, json=LINKED).json()["data"][0]["url"]
    assert http.get(url).status_code == 200
    moved = told(http.post(f"{ROOT}/clock/advance", json={"seconds": 3601}))
    assert moved["ahead"] == 3601
    assert http.get(url).status_code == 403
    http.post(f"{ROOT}/clock/reset")
    assert http.get(url).status_code == 200


def test_the_clock_stands_goes_on_and_tells_the_time_of_answers(http: httpx2.Client) -> None:
    """At the time that was asked for."""
    frozen = told(http.post(f"{ROOT}/clock/freeze", json={"at": 1_000_000_000}))
    assert (frozen["frozen"], frozen["iso"]) == (True, "2001-09-09T01:46:40+00:00")
    assert http.post(PATH, json=FOX).json()["created"] == 1_000_000_000
    assert told(http.post(f"{ROOT}/clock/advance", json={"seconds": 60}))["now"] == 1_000_000_060
    assert told(http.post(f"{ROOT}/clock/resume"))["frozen"] is False
    assert get(http, "/clock")["now"] >= 1_000_000_060


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock/advance", {}),
        ("/clock/advance", {"seconds": "soon"}),
        ("/clock/advance", {"seconds": True}),
        ("/clock/advance", {"seconds": 1e300}),
        ("/clock/advance", {"seconds": -1e11}),
        ("/clock/advance", {"seconds": -1}),
        ("/clock/freeze", {"at": -1}),
        ("/clock/freeze", {"at": 10**400}),
        ("/clock/freeze", {"at": "1969-12-31"}),
        ("/clock/freeze", {"at": "now"}),
        ("/seed", {"seed": 1.5}),
        ("/seed", {}),
        ("/reset", {"test": 7}),
        ("/validate", {"operation": "paint", "body": {}}),
        ("/validate", {"operation": "generate"}),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_with_a_sentence(
    path: str, body: dict[str, Any], http: httpx2.Client
) -> None:
    """And changes nothing."""
    before = get(http, "/seed")
    response = http.request("PUT" if path == "/seed" else "POST", ROOT + path, json=body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]
    assert get(http, "/clock")["ahead"] == 0
    assert get(http, "/seed") == before


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-11-22T12:00:00Z", 1_795_348_800),
        ("2026-11-22T14:00:00+02:00", 1_795_348_800),
        ("2026-11-22", 1_795_305_600),
        (1_795_348_800.5, 1_795_348_800.5),
    ],
)
def test_the_clock_is_frozen_at_a_time_as_people_write_it(
    written: str | float, seconds: float, http: httpx2.Client
) -> None:
    """A date, with a time and a zone or without, or what computers count."""
    assert told(http.post(f"{ROOT}/clock/freeze", json={"at": written}))["now"] == seconds


@pytest.mark.parametrize("at", [-1, 10**400, "yesterday", "1969-12-31T23:59:59Z", None])
def test_a_time_that_cannot_be_is_refused_with_dates(at: object, http: httpx2.Client) -> None:
    """Nobody reads seconds since 1970."""
    error = http.post(f"{ROOT}/clock/freeze", json={"at": at}).json()["error"]
    assert error["message"].startswith("at must be a time from 1970-01-01T00:00:00Z to 2070-01-01T00:00:00Z, got ")
    assert error["help"] == "write it as 2026-11-22T12:00:00Z, or as seconds since 1970"


def test_the_clock_goes_back_in_no_other_way_than_by_a_time_that_is_named(http: httpx2.Client) -> None:
    """The problem says which; and beyond the last date, where that is."""
    told(http.post(f"{ROOT}/clock/freeze", json={"at": "2026-11-22T12:00:00Z"}))
    back = http.post(f"{ROOT}/clock/advance", json={"seconds": -60}).json()["error"]
    assert back["message"] == "seconds must be 0 or more, got -60: the clock is moved ahead"
    assert back["help"] == "to go back, freeze the clock at a time, or reset it to real time"
    far = http.post(f"{ROOT}/clock/advance", json={"seconds": 1e12}).json()["error"]["message"]
    assert far == "it is 2026-11-22T12:00:00Z, and the clock goes to 2070-01-01T00:00:00Z: 1e+12 s is beyond"
    assert get(http, "/clock")["now"] == 1_795_348_800


def test_another_seed_gives_other_pictures_and_the_same_seed_the_same(ttapi: Spec) -> None:
    """At once, for requests that were answered before too."""
    with client(fake(ttapi, Options(images="plain"))) as http:
        asked = FOX | {"size": "1024x1024"}
        first = http.post(PATH, json=asked).json()["data"]
        assert told(http.put(f"{ROOT}/seed", json={"seed": 7})) == {"seed": 7}
        assert http.post(PATH, json=asked).json()["data"] != first
        http.put(f"{ROOT}/seed", json={"seed": 0})
        assert http.post(PATH, json=asked).json()["data"] == first


def test_a_reset_leaves_nothing_behind(http: httpx2.Client) -> None:
    """Requests, faults and the clock are as at the start."""
    http.post(PATH, json=FOX)
    http.post(f"{ROOT}/faults", json={"fault": "quota"})
    http.post(f"{ROOT}/clock/advance", json={"seconds": 3600})
    told(http.post(f"{ROOT}/reset"))
    assert (ids(http), get(http, "/faults")["faults"], get(http, "/clock")["ahead"]) == ([], [], 0)


def test_a_reset_of_one_test_leaves_the_others_alone(http: httpx2.Client) -> None:
    """And the clock, which they share."""
    http.post(f"{ROOT}/clock/advance", json={"seconds": 3600})
    for test in ("t1", "t2"):
        http.post(f"{ROOT}/faults", json={"fault": "quota", "id": test, "when": {"test": test}})
        http.post(PATH, json=FOX | {"prompt": test}, headers={"x-safelight-test": test})
    told(http.post(f"{ROOT}/reset", json={"test": "t1"}))
    assert ids(http) == [one["id"] for one in get(http, "/faults")["faults"]] == ["t2"]
    assert get(http, "/clock")["ahead"] == 3600


# --- the spec ------------------------------------------------------------------------------------------------------


def test_the_form_has_for_each_model_only_what_it_takes(http: httpx2.Client) -> None:
    """With its legal values, whether it is required, and its default."""
    (operation,) = get(http, "/spec")["operations"]
    fields = {model: {one["name"]: one for one in table} for model, table in operation["tables"].items()}
    assert "style" in fields["dall-e-3"]
    assert "style" not in fields["gpt-image-2"]
    assert fields["dall-e-3"]["size"]["choices"] == ["1024x1024", "1792x1024", "1024x1792"]
    assert fields["gpt-image-2"]["prompt"]["required"]
    assert fields["gpt-image-2"]["n"]["default"] == 1


def test_the_form_of_an_api_of_another_shape_has_its_own_words(xai: Spec) -> None:
    """Nothing in it is of the first API."""
    with client(fake(xai)) as http:
        (operation,) = get(http, "/spec")["operations"]
        assert operation["models"]
        assert all(table for table in operation["tables"].values())


@pytest.mark.parametrize("path", SPEC_FILES, ids=[path.stem for path in SPEC_FILES])
def test_every_api_can_be_seen_and_steered(path: Path) -> None:
    """One without models, too, one with nested fields, one with several ways to send a key."""
    with client(fake(path, Options(images="tiny"))) as http:
        served = get(http, "/spec")
        for operation in served["operations"]:
            draft: dict[str, Any] = {"operation": operation["name"], "body": {}}
            judged = told(http.post(f"{ROOT}/validate", json=draft))
            key = {served["key_header"] or "x-none": f"{served['key_scheme']}a-key"}
            url = served["base_path"] + operation["path"]
            answered = http.request(operation["verb"], url, json={}, headers=key)
            assert judged["status"] == answered.status_code
            assert all(field["input"] for table in operation["tables"].values() for field in table)
        assert len(get(http, "/requests")["requests"]) == len(served["operations"])
        assert get(http, "/faults/kinds")["kinds"]


def test_a_draft_is_judged_as_the_fake_would_answer_it(http: httpx2.Client) -> None:
    """Before it is sent, and it is not in the log."""
    for body in (FOX, WRONG):
        judged = told(http.post(f"{ROOT}/validate", json={"operation": "generate", "body": body}))
        answered = http.post(PATH, json=body)
        assert judged["status"] == answered.status_code
        assert judged["accepted"] == answered.is_success
    assert len(ids(http)) == 2


def test_a_draft_for_a_tolerant_face_is_accepted_with_remarks(ttapi: Spec) -> None:
    """As the request itself would be."""
    with client(fake(ttapi, Options(face="tolerant", images="tiny"))) as http:
        body = FOX | {"colour": "red"}
        judged = told(http.post(f"{ROOT}/validate", json={"operation": "generate", "body": body}))
        assert judged["accepted"]
        assert [one["rule"] for one in judged["violations"]] == ["generate.unknown_fields"]
        assert http.post(PATH, json=body).status_code == 200


# --- health, metrics, the door -------------------------------------------------------------------------------------


class LostState(MemoryState):
    """A store that cannot be reached."""

    async def board(self) -> Board:
        """Fail."""
        raise StateError("the state is out of reach")


def test_health_names_the_spec_and_readiness_asks_the_state(ttapi: Spec, http: httpx2.Client) -> None:
    """A replica that has lost its shared state is alive and not ready."""
    assert get(http, "/health")["status"] == get(http, "/ready")["status"] == "ok"
    with client(fake(ttapi, state=LostState(1))) as lost:
        response = lost.get(f"{ROOT}/ready")
        assert (response.status_code, response.json()["problem"]) == (503, "the state is out of reach")
        assert get(lost, "/health")["status"] == "ok"
        listed = lost.get(f"{ROOT}/faults")
        assert (listed.status_code, listed.json()["error"]["message"]) == (503, "the state is out of reach")


def test_metrics_count_what_was_answered_and_hold_no_key_and_no_prompt(http: httpx2.Client) -> None:
    """By operation, model, status, rule and kind of fault, in the text format of Prometheus."""
    headers = {"authorization": "Bearer secret-key"}
    http.post(PATH, json=FOX | {"prompt": "secret-prompt", "n": 2}, headers=headers)
    http.post(PATH, json=WRONG, headers=headers)
    http.post(PATH, json=FOX, headers=headers | {"x-safelight-fault": "server-error"})
    http.post(PATH, json={"model": "secret-model", "prompt": "x"}, headers=headers)
    response = http.get(f"{ROOT}/metrics")
    lines = response.text.splitlines()
    assert response.headers["content-type"].startswith("text/plain; version=")
    for line in (
        'safelight_requests_total{model="gpt-image-1",operation="generate",status="200"} 1.0',
        'safelight_requests_total{model="dall-e-3",operation="generate",status="400"} 1.0',
        'safelight_violations_total{rule="generate.n.maximum@dall-e-3"} 1.0',
        'safelight_faults_total{kind="server-error"} 1.0',
        'safelight_images_total{model="gpt-image-1"} 2.0',
        'safelight_request_seconds_count{operation="generate"} 4.0',
        'safelight_request_seconds_bucket{le="+Inf",operation="generate"} 4.0',
    ):
        assert line in lines
    assert "secret" not in response.text


def test_metrics_of_two_fakes_do_not_mix(ttapi: Spec, http: httpx2.Client) -> None:
    """Each has a registry of its own, and clearing the log does not let a counter fall."""
    http.post(PATH, json=FOX)
    http.delete(f"{ROOT}/requests")
    with client(fake(ttapi)) as other:
        assert "status=" not in other.get(f"{ROOT}/metrics").text
    assert 'status="200"} 1.0' in http.get(f"{ROOT}/metrics").text


def test_a_control_key_is_asked_for_everywhere_but_by_probes_and_page_files(ttapi: Spec) -> None:
    """The key of the API opens nothing here."""
    app = fake(ttapi, Options(control_key="control", api_key="a-key"))
    with client(app) as http:
        for path in ("/requests", "/faults", "/clock", "/metrics", "/spec", "/feed", "/seed"):
            response = http.get(ROOT + path)
            assert response.status_code == 401
            assert "control" not in response.headers.values()
        for path in ("/", "/page/page.js", "/health", "/ready", "/openapi.json"):
            assert http.get(ROOT + path).status_code == 200
    with client(app, **{"x-safelight-key": "control"}) as http:
        assert get(http, "/requests")["requests"] == []


def test_a_control_api_that_is_switched_off_is_not_there(ttapi: Spec) -> None:
    """The paths answer as any unknown path of the API does."""
    with client(fake(ttapi, Options(control=False))) as http:
        nowhere = http.get("/nowhere")
        for path in ("", "/", "/requests", "/page/page.js", "/health"):
            assert http.get(ROOT + path).status_code == nowhere.status_code == 404


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        *(("GET", "/nothing", 404), ("PATCH", "/faults", 405), ("POST", "/requests", 405), ("GET", "/page/", 404)),
        *(("GET", path, 404) for path in ("/page/desk.py", "/page/../desk.py", "/page/%2e%2e/desk.py")),
    ],
)
def test_what_is_not_there_is_told_in_json(verb: str, path: str, status: int, http: httpx2.Client) -> None:
    """With where the calls are listed; no file but those of the page can be had."""
    response = http.request(verb, ROOT + path)
    assert response.status_code == status
    assert "openapi.json" in response.json()["error"]["help"]


@pytest.mark.parametrize("content", [b"{", b"[1", b'{"a": NaN}', b"\xff", b"[" * 200_000])
def test_a_body_that_is_no_json_is_told_so(content: bytes, http: httpx2.Client) -> None:
    """Deep nesting included."""
    response = http.post(f"{ROOT}/faults", content=content)
    assert response.status_code == 400
    assert "the body is no JSON" in response.json()["error"]["message"]


def test_a_body_without_end_is_cut_off(http: httpx2.Client) -> None:
    """A megabyte is more than any call needs."""
    assert http.post(f"{ROOT}/faults", content=b" " * (2 << 20)).status_code == 413


def test_every_answer_forbids_sniffing_and_the_page_forbids_everything_foreign(http: httpx2.Client) -> None:
    """Scripts and styles come from the page's own files, and nothing can be framed."""
    page = http.get(f"{ROOT}/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for response in (page, http.get(f"{ROOT}/requests"), http.get(f"{ROOT}/nothing")):
        assert response.headers["x-content-type-options"] == "nosniff"
    assert http.get(ROOT).headers["location"] == f"{ROOT}/"


def test_the_page_has_no_inline_script_style_or_handler_and_names_no_other_host(http: httpx2.Client) -> None:
    """It works where there is no network, and under its own policy."""
    text = http.get(f"{ROOT}/").text
    assert "<style" not in text
    assert " style=" not in text
    assert " on" + "click" not in text
    assert "http" not in text
    assert text.count("<script") == text.count('<script type="module" src="page/page.js"></script>') == 1


def test_a_fake_that_nobody_controls_imports_nothing_for_it() -> None:
    """Page, metrics and exports are loaded with the first request for them."""
    script = (
        "import sys; from safelight_mockserver import fake; app = fake('spec/ttapi-images.yaml');"
        "late = {'prometheus_client', 'safelight_mockserver.control.edge', 'safelight_mockserver.control.desk'};"
        "assert not late & set(sys.modules), late & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_clock_of_a_shared_state_is_the_one_that_is_told(ttapi: Spec) -> None:
    """A fake whose clock was set by whoever made it is told as it stands."""
    clock = Clock()
    clock.freeze(5)
    with client(fake(ttapi, clock=clock)) as http:
        assert get(http, "/clock") == {"now": 5, "iso": "1970-01-01T00:00:05+00:00", "frozen": True, "ahead": 0}
