"""Servers that are wrong in one way each are reported for that, and for nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from safelight import load
from safelight.judging.interpret import violations
from safelight.model import AppliesTo, Basis
from safelight.vocabulary.index import identified
from safelight_mockserver import Clock, Options, fake
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.report import Report, exit_code
from safelight_testkit.contract.selection import Selection
from safelight_testkit.contract.summary import Section, groups
from safelight_testkit.shapes import is_array, is_object
from tests.contract.runs import HONEST, ROOT, TTAPI, Lying, answered, edited, fault_kinds, run, sent_body
from tests.unit.testkit.honest import picture

if TYPE_CHECKING:
    from starlette.requests import Request

# --- a server without rules ---


async def draw_anything(request: Request) -> JSONResponse:
    """A third party's server, whose only rule is that the prompt is a non-empty string."""
    try:
        body = await request.json()
    except ValueError:
        return JSONResponse({"error": "not JSON"}, 400)
    prompt = body.get("prompt") if is_object(body) else None
    if not isinstance(prompt, str) or not prompt:
        return JSONResponse({"error": "prompt"}, 400)
    return JSONResponse({"created": 0, "data": []})


def sections(report: Report) -> Mapping[Section, set[str]]:
    """The constraints of a report's findings, by its parts."""
    found: dict[Section, set[str]] = {section: set() for section in Section}
    for group in groups(report):
        found[group.section].update(group.constraints)
    return found


BOTH = ("documented", "observed")
ENFORCED = {
    "generate.body.type",
    "generate.prompt.required",
    "generate.prompt.nullable",
    "generate.prompt.type",
    "generate.prompt.min_length",
}
"""What "the prompt is a non-empty string" enforces of the spec."""

OBSERVED = {
    name
    for name, one in identified(TTAPI.operations["generate"]).items()
    if one.provenance.basis is not Basis.DOCUMENTED
}
UNREAD = {"generate.errors.no_key", "generate.errors.bad_key", "generate.errors.content_type"}
"""Faults beside the body that the server does not look at; it answers them by what the body says."""


def sloppy_report(selection: Selection) -> Report:
    """The report of the server without rules."""
    app = Starlette(routes=[Route("/v1/images/generations", draw_anything, methods=["POST"])])
    return run(AsyncAppTransport(app), selection=selection, basis=BOTH)


def test_a_server_without_rules_is_reported_for_every_rule_that_it_lacks_and_for_no_other() -> None:
    """Every constraint that the spec has, documented or observed, whatever the suite thinks of it."""
    report = sloppy_report(Selection())

    told = sections(report)
    assert told[Section.ACCEPTS] == set(identified(TTAPI.operations["generate"])) - ENFORCED
    assert told[Section.REFUSES] == set()
    assert told[Section.WRONG] >= (ENFORCED | UNREAD) - {"generate.body.type"}  # refused in an envelope of its own
    assert exit_code(report) == 1


def breakable(model: str) -> set[str]:
    """The constraints that a request of a model can break, read off its table in the spec."""
    operation = TTAPI.operations["generate"]
    parameters = operation.tables[model].parameters
    taken = {name for name, one in parameters.items() if one.applies}
    own = {
        one.id
        for name, parameter in parameters.items()
        if name != operation.model_parameter
        for one in parameter.constraints
        if isinstance(one.check, AppliesTo) is (name not in taken)
    }
    return {operation.unknown_fields.id, *own, *(rule.id for rule in operation.rules if taken >= {*rule.parameters})}


def test_a_server_without_rules_is_reported_for_each_model_whose_rules_it_lacks() -> None:
    """With ``each_model``, what several models share is broken for each of them."""
    report = sloppy_report(Selection(each_model=True))

    told: dict[str, set[str]] = {}
    for result in report.results:
        for fault in result.faults:
            if fault.kind == "accepts":
                told.setdefault(result.trial.model, set()).add(fault.constraint)
    assert told.pop("*") == {"generate.model.nullable", "generate.model.type", "generate.model.known"}
    assert told == {model: breakable(model) - ENFORCED for model in TTAPI.models}


# --- servers that forgot one rule, or made one up ---

IDS = (
    "generate.n.maximum",
    "generate.n.maximum@dall-e-3",
    "generate.size.multiple_of@gpt-image-2",
    "generate.prompt.max_length@dall-e-2",
    "generate.transparent-needs-alpha",
    "generate.unknown_fields",
    "generate.style.applies_to",
    "generate.model.known",
    "generate.user.nullable",
    "generate.quality.values@dall-e-3",
)


@pytest.mark.parametrize("forgotten", IDS)
def test_a_server_that_forgot_one_rule_is_reported_for_that_rule(forgotten: str) -> None:
    """The report names the constraint and nothing else; where it should be told before others, that too."""
    server = AsyncAppTransport(fake(TTAPI, Options(ignore=[forgotten])))

    report = run(server, selection=Selection(refused_only=True))

    told = sections(report)
    assert (told[Section.ACCEPTS], told[Section.REFUSES]) == ({forgotten}, set())
    assert told[Section.WRONG] <= {forgotten}


def test_a_server_that_looks_at_the_first_item_only_is_reported_for_the_others() -> None:
    """A fault further on in an array is tried too, and told with its place."""
    nested = load(ROOT / "tests" / "specs" / "nested.yaml")
    forgetful = AsyncAppTransport(fake(nested))

    class First(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            body = sent_body(request)
            images = body.get("images")
            if is_array(images) and len(images) == 2 and violations(nested, nested.operations["draw"], body):
                cut = json.dumps({**body, "images": images[:1]})
                headers = {name: value for name, value in request.headers.items() if name != "content-length"}
                request = httpx2.Request(request.method, request.url, headers=headers, content=cut)
            return await forgetful.handle_async_request(request)

    report = run(First(), spec=nested, selection=Selection(refused_only=True))

    assert sections(report)[Section.ACCEPTS] >= {"draw.images[].url.required", "draw.images[].weight.maximum"}
    assert all("[]" in name for name in sections(report)[Section.ACCEPTS])
    assert "the answer is 200, and the spec refuses with 400, for images[1].url" in {
        group.finding.message for group in groups(report)
    }


def test_a_server_with_a_rule_of_its_own_is_reported_for_the_value_that_it_refuses() -> None:
    """One valid request stands for many cases; when it is refused, they are sent one by one."""

    def refuse(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        if sent_body(request).get("output_format") != "webp" or response.status_code != 200:
            return answered(response, body)
        error = {"message": "no webp", "type": "invalid_request_error", "param": "output_format", "code": "x"}
        return httpx2.Response(400, json={"error": error})

    report = run(Lying(refuse), selection=Selection(models=("gpt-image-1",)))

    (first, *_) = found = groups(report)
    assert {group.section for group in found} == {Section.REFUSES}
    assert "generate.output_format.values" in sections(report)[Section.REFUSES]
    assert first.constraints[0] in first.result.trial.constraints  # the request shown is about the one named first
    assert first.result.trial.body["output_format"] == "webp"
    assert len(first.result.trial.body) <= 4
    assert first.result.trial.follows


# --- a gateway that means well ---


class Gateway(httpx2.AsyncBaseTransport):
    """Stands before an honest server: drops fields that it does not know, clamps ``n``, and says 422 for 400."""

    def __init__(self) -> None:
        self._inner = AsyncAppTransport(HONEST)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Mend a request, pass it on, and change the status of a refusal."""
        body = sent_body(request)
        if body:
            known = TTAPI.operations["generate"].tables["*"].parameters
            mended = {name: value for name, value in body.items() if name in known}
            if type(mended.get("n")) is int:
                mended["n"] = min(max(mended["n"], 1), 1 if mended.get("model") == "dall-e-3" else 10)
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            request = httpx2.Request(request.method, request.url, headers=headers, content=json.dumps(mended))
        response = await self._inner.handle_async_request(request)
        return answered(response, await response.aread(), 422 if response.status_code == 400 else None)


def test_a_gateway_that_mends_requests_is_reported_for_what_it_mends_and_once_for_its_status() -> None:
    """What it lets pass is named; that it refuses with another status is one finding with every constraint in it."""
    report = run(Gateway())

    told = sections(report)
    lets_pass = {"generate.n.minimum", "generate.n.maximum", "generate.n.maximum@dall-e-3", "generate.unknown_fields"}
    assert told[Section.ACCEPTS] == lets_pass
    assert told[Section.REFUSES] == set()
    (status,) = [group for group in groups(report) if group.section is Section.WRONG and group.finding.expected == 400]
    assert (status.kind, status.finding.got) == ("refusal.status", 422)
    assert set(status.constraints) >= set(identified(TTAPI.operations["generate"])) - lets_pass - OBSERVED


# --- servers that answer wrongly ---


def first_image(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    """Change the first image of a body."""
    return lambda body: change(body["data"][0])


def flipped(item: dict[str, Any]) -> None:
    """Put an image of another size in the place of one in base64."""
    if "b64_json" in item:
        item["b64_json"] = picture(8, 9)


def cut(file: bytes) -> bytes:
    """A file without its last bytes: more than the last chunk of a PNG file."""
    return file[:-13]


def spoiled(file: bytes) -> bytes:
    """A PNG file with another byte in the middle of its compressed image."""
    place = len(file) // 2
    return bytes((*file[:place], file[place] ^ 0xFF, *file[place + 1 :])) if file.startswith(b"\x89PNG") else file


def damaged(damage: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], object]:
    """Damage an image in base64."""

    def change(item: dict[str, Any]) -> None:
        if "b64_json" in item:
            item["b64_json"] = base64.b64encode(damage(base64.b64decode(item["b64_json"]))).decode()

    return change


IMAGE_FAULTS = {"image.size", "image.format", "image.transparency"}
PLAIN = Selection(models=("gpt-image-1",), skip=("generate.stream.*", "generate.partial*", "generate.errors.*"))
LIES: dict[str, tuple[Lying, set[str]]] = {
    "one image too few": (edited(lambda body: body["data"].pop()), {"images.count"}),
    "a field is missing": (edited(lambda body: body.pop("created")), {"field.missing"}),
    "a field is renamed": (
        edited(lambda body: body.update(make_time=body.pop("created"))),
        {"field.missing"},
    ),
    "images of another size and format": (edited(first_image(flipped)), IMAGE_FAULTS),
    "images without their end": (edited(first_image(damaged(cut))), {"image.unreadable"}),
    "PNG files with a byte changed": (edited(first_image(damaged(spoiled))), {"image.unreadable"}),
    "tokens that do not add up": (
        edited(lambda body: "usage" in body and body["usage"].update(total_tokens=0)),
        {"usage.sum"},
    ),
    "images as hexadecimal": (
        edited(first_image(lambda item: item.update(b64_json="!" + base64.b16encode(b"a").decode()))),
        {"image.base64"},
    ),
}


@pytest.mark.parametrize(("server", "expected"), LIES.values(), ids=LIES)
def test_a_server_that_answers_wrongly_is_reported_for_that(server: Lying, expected: set[str]) -> None:
    """Each lie gives its own kind of finding, in one group, with the smallest request that shows it."""
    report = run(server, selection=PLAIN)

    kinds = set(fault_kinds(report))
    assert kinds & expected
    assert kinds <= expected
    assert all(group.section is Section.WRONG for group in groups(report))


def retold(change: Callable[[list[bytes]], list[bytes]]) -> Lying:
    """A server that changes the events of its streams."""

    def lie(_request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        if response.headers.get("content-type") != "text/event-stream":
            return answered(response, body)
        events = [event for event in body.split(b"\n\n") if event]
        return answered(response, b"".join(event + b"\n\n" for event in change(events)))

    return Lying(lie)


STREAMS: dict[str, tuple[Lying, str]] = {
    "the finished image is missing": (retold(lambda events: events[:-1]), "stream.final"),
    "partial images come out of order": (retold(lambda events: [*reversed(events[:-1]), events[-1]]), "stream.index"),
    "the finished image comes first": (retold(lambda events: [events[-1], *events[:-1]]), "stream.order"),
    "no event lines": (retold(lambda events: [event.split(b"\n", 1)[1] for event in events]), "stream.name"),
}


@pytest.mark.parametrize(("server", "expected"), STREAMS.values(), ids=STREAMS)
def test_a_server_that_streams_wrongly_is_reported_for_that(server: Lying, expected: str) -> None:
    """Each lie gives its own kind of finding."""
    report = run(server, selection=Selection(models=("gpt-image-1",), only=("generate.partial_images.*",)))

    assert set(fault_kinds(report)) == {expected}


def test_a_server_with_another_code_is_reported_for_each_constraint_and_with_one_reason() -> None:
    """The finding says which field of the error differs."""

    def lie(_request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        return answered(response, body.replace(b"integer_above_max_value", b"too_large"))

    report = run(Lying(lie), selection=Selection(only=("generate.n.*",), refused_only=True))

    (group,) = groups(report)
    assert (group.section, group.kind, group.where) == (Section.WRONG, "refusal.field", "error.code")
    assert group.constraints == ("generate.n.maximum",)
    assert group.models == ("gpt-image-2", "gpt-image-1.5", "gpt-image-1", "dall-e-2")


def test_a_server_whose_links_never_expire_is_reported() -> None:
    """After the time that the spec gives them, links must not work."""

    class Standing(Clock):
        def advance(self, seconds: float) -> None:
            del seconds

    clock = Standing()
    report = run(
        AsyncAppTransport(fake(TTAPI, clock=clock)),
        selection=Selection(models=("dall-e-2",), only=("generate.response_format.*",)),
        let_pass=clock.advance,
    )

    assert fault_kinds(report) == {"link.expired": 1}


def test_a_server_whose_links_are_dead_is_reported() -> None:
    """A link is followed, and judged by what it leads to."""

    def lie(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        return httpx2.Response(404) if request.method == "GET" else answered(response, body)

    report = run(Lying(lie), selection=Selection(models=("dall-e-2",), only=("generate.response_format.*",)))

    assert set(fault_kinds(report)) == {"link.dead"}


def test_no_key_goes_to_where_links_lead() -> None:
    """A server that is tested could name any address."""

    def lie(_request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        return answered(response, body)

    server = Lying(lie)
    run(server, selection=Selection(models=("dall-e-2",), only=("generate.response_format.*",)))

    fetched = [request for request in server.requests if request.url.path.startswith("/pictures/")]
    assert fetched
    assert not [one for one in fetched if "authorization" in one.headers or "tt-api-key" in one.headers]


def test_a_header_for_the_key_that_is_not_read_is_reported() -> None:
    """Every way to send the key that the spec names is tried."""

    def lie(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        if "tt-api-key" in request.headers:
            return httpx2.Response(401, json={"error": {"message": "", "type": "", "param": None, "code": None}})
        return answered(response, body)

    report = run(Lying(lie), selection=Selection(only=("generate.auth.*", "generate.n.minimum"), refused_only=True))

    (result,) = [result for result in report.results if result.findings]
    assert result.trial.constraints[0] == "generate.auth.TT-API-KEY"
    assert [finding.kind for finding in result.findings] == ["access.header"]


def test_random_requests_find_what_the_computed_ones_cannot_and_are_made_small() -> None:
    """A rule about values that no border has is found by chance, and shown without what is not needed."""

    def lie(request: httpx2.Request, response: httpx2.Response, body: bytes) -> httpx2.Response:
        sent = sent_body(request)
        odd = sent.get("n") in [3, 5, 7] and response.status_code == 200 and len(sent) > 2
        return httpx2.Response(400, json={"error": "odd"}) if odd else answered(response, body)

    report = run(Lying(lie), selection=Selection(models=("dall-e-2",), examples=60, seed=1))

    found = [group for group in groups(report) if group.section is Section.REFUSES]
    assert found
    smallest = min((result for group in found for result in [group.result]), key=lambda one: len(one.trial.body))
    assert smallest.trial.body["n"] in {3, 5, 7}
    assert len(smallest.trial.body) == 3
