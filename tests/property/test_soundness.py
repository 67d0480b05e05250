"""A spec that loads is one that works: whatever is left out of one, lint refuses it, or client and fake get along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from safelight import Operation, Spec, SpecError, loads, violations
from safelight.diagnostic import Report
from safelight.reading.nodes import parse, to_json
from safelight_mockserver import Options, fake
from safelight_mockserver.transport import AppTransport
from safelight_testkit.requests.planning import cases
from safelight_testkit.shapes import is_array, is_object
from safelight_testkit.values.points import Side
from tests.generated import Module, client, record
from tests.strategies import ROOT, SPEC_FILES

Json: TypeAlias = Any
Way: TypeAlias = tuple[str | int, ...]

SPECS: Final = (*SPEC_FILES, *sorted((ROOT / "tests" / "specs" / "several").glob("*.yaml")))
NOT_TELLING: Final = frozenset({"accepts", "basis", "doc", "rejects", "source", "sources", "title", "url", "why"})
"""Keys that change nothing of what is generated but words."""


@cache
def tree(path: Path) -> Json:
    """A spec as plain values."""
    report = Report()
    root = parse(path.read_text("utf-8"), report)
    assert root is not None
    return to_json(root, report)


def ways(value: Json, way: Way = ()) -> Iterator[Way]:
    """Yield the way to every part of a value that tells something."""
    parts = value.items() if is_object(value) else enumerate(value) if is_array(value) else ()
    for step, part in parts:
        if step not in NOT_TELLING:
            yield (*way, step)
            yield from ways(part, (*way, step))


@cache
def ways_of(path: Path) -> tuple[Way, ...]:
    """The ways to all parts of a spec."""
    return tuple(ways(tree(path)))


def without(value: Json, way: Way) -> Json:
    """The value without the part that *way* leads to."""
    first, *rest = way
    if is_object(value):
        kept = value if rest else {key: part for key, part in value.items() if key != first}
        return {key: without(part, (*rest,)) if key == first else part for key, part in kept.items()}
    items: list[Json] = value
    kept_items = items if rest else [part for at, part in enumerate(items) if at != first]
    return [without(part, (*rest,)) if rest and at == first else part for at, part in enumerate(kept_items)]


def legal_of(spec: Spec, operation: Operation) -> Json:
    """A request that the API takes."""
    return next(one.body for one in cases(spec, operation) if one.side is Side.KEPT and not one.refused)


def file_of(package: Module, image: Json) -> bytes:
    """The file of an image, wherever it is."""
    try:
        data: bytes = image.bytes
    except package.ImageError:
        data = image.download()
    return data


def assert_works(spec: Spec, operation: Operation, package: Module) -> None:
    """Call the fake once for images, once for a stream where there is one, and once to be refused."""
    called, body = record(package, operation), legal_of(spec, operation)
    app = fake(spec, Options(images="tiny"))
    with package.Client("k", base_url="http://fake/v1", max_retries=0, transport=AppTransport(app)) as caller:
        images = called.images_in(caller.call(called, body))
        assert images
        assert all(file_of(package, image) for image in images)
        live = {**body, called.stream: True}
        if operation.response.stream is not None and not violations(spec, operation, live):
            assert file_of(package, [*caller.call(called, live)][-1])
        refusing = caller.with_options(default_headers={"X-Safelight-Fault": "error; text=malformed_json"})
        with pytest.raises(package.StatusError) as caught:
            refusing.call(called, body)
    if caught.value.answer.content and '"{message}"' in json.dumps(operation.errors.envelope):
        assert caught.value.fault.message


@settings(max_examples=40)
@given(st.sampled_from(SPECS).flatmap(lambda path: st.tuples(st.just(path), st.sampled_from(ways_of(path)))))
@example((SPECS[0], ("operations", "generate")))
@example((SPECS[0], ("operations", "generate", "response", "stream", "when", "stream")))
@example((ROOT / "tests/specs/outcomes.yaml", ("operations", "draw", "parameters", "extra", "members", "gamma")))
@example((ROOT / "tests/specs/several/strange.yaml", ("operations", "draw", "response", "fields", "data", "fields")))
@example((ROOT / "tests/specs/xai-images.yaml", ("operations", "generate", "errors", "texts", "type", "message")))
def test_what_is_left_of_a_spec_works_or_is_refused(left_out: tuple[Path, Way]) -> None:
    """One part of a good spec is taken out; what lint lets pass can be generated, served, called and refused."""
    path, way = left_out
    try:
        spec = loads(json.dumps(without(tree(path), way), ensure_ascii=False))
    except SpecError:
        event("refused")
        return
    event("works")
    package = client(spec)
    for operation in spec.operations.values():
        assert_works(spec, operation, package)
