"""Clients of APIs whose names are those of the client itself, and of Python: they work, or the spec is refused."""

from __future__ import annotations

import importlib
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from safelight.diagnostic import SpecError
from safelight.judging.interpret import violations
from safelight.loading import loads
from safelight.model import Spec
from safelight_codegen import Options, render
from safelight_mockserver import fake
from safelight_mockserver.transport import AppTransport
from tests import hostile
from tests.generated import validators
from tests.typing.test_typing import mypy, pyright

KEY = "any"
WORD = "any"


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Spec, Path]]:
    """A spec of each kind with every name that it can have, and the project of its client."""
    folder = tmp_path_factory.mktemp("hostile")
    makes: tuple[Callable[[Sequence[str]], hostile.Draft], ...] = (
        hostile.of_calls,
        hostile.of_methods,
        hostile.of_words,
        hostile.of_values,
        hostile.of_fields,
        hostile.of_events,
    )
    found: dict[str, tuple[Spec, Path]] = {}
    for make in makes:
        spec = hostile.accepted(make, hostile.names())
        for path, text in render(spec, Options(source="hostile.yaml", targets=("python",))).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        found[make.__name__] = spec, folder / "python" / spec.name.replace("-", "_")
    return found


@pytest.fixture(scope="module")
def clients(projects: dict[str, tuple[Spec, Path]]) -> Iterator[dict[str, tuple[Spec, ModuleType]]]:
    """The specs with their packages, imported."""
    before = list(sys.path)
    sys.path[:0] = [str(project) for _, project in projects.values()]
    yield {kind: (spec, importlib.import_module(project.name)) for kind, (spec, project) in projects.items()}
    sys.path[:] = before


def methods(client: object) -> Iterator[Callable[..., Any]]:
    """Every method of every resource of a client."""
    own = set(dir(importlib.import_module("ttapi_images").Client)) - {"images"}
    for attribute in sorted(set(dir(client)) - own):
        if not attribute.startswith("_"):
            resource = getattr(client, attribute)
            names = (name for name in dir(resource) if not name.startswith("_") and name != "with_raw_response")
            yield from (getattr(resource, name) for name in names)


@pytest.mark.parametrize("kind", ["of_calls", "of_methods"])
def test_calls_and_resources_may_have_the_names_of_the_client(
    kind: str, clients: dict[str, tuple[Spec, ModuleType]]
) -> None:
    """Each is there once, calls what it is named after, and is judged before."""
    spec, package = clients[kind]
    answered: list[str] = []
    with package.Client(KEY, transport=AppTransport(fake(spec))) as client:
        for method in methods(client):
            with pytest.raises(package.RuleError):
                method(prompt=1)
            answer = method(prompt="a fox")
            assert answer.pictures[0].format == "png"
            answered.append(answer.which)

    assert sorted(answered) == sorted(spec.operations)


@pytest.mark.parametrize("kind", ["of_words", "of_values"])
def test_parameters_may_have_the_names_of_the_client(kind: str, clients: dict[str, tuple[Spec, ModuleType]]) -> None:
    """All are sent, by Python and by the command line, and each is judged."""
    spec, package = clients[kind]
    commands = importlib.import_module(f"{package.__name__}.__main__").COMMANDS
    parser: ArgumentParser = importlib.import_module(f"{package.__name__}._command").parser_of(commands)
    with package.Client(KEY, transport=AppTransport(fake(spec))) as client:
        for operation in spec.operations.values():
            body = {name: WORD for name in operation.parameters if name != "model"}
            bad = dict.fromkeys(body, "much too long")
            for pictures in (client.pictures, client.pictures.with_raw_response):
                getattr(pictures, operation.name)(**body)
            with pytest.raises(package.RuleError) as caught:
                getattr(client.pictures, operation.name)(**bad)
            flags = commands.operations[operation.name].flags
            options = [f"{flag.name}={WORD}" for flag in flags if flag.parameter != "model"]
            read = vars(parser.parse_args([operation.name, WORD, *options]))

            expected = [one.rule for one in violations(spec, operation, bad)]
            assert [one.rule for one in caught.value.violations] == expected
            assert len(expected) == len(body) - 1  # a prompt may be long
            assert {name: read[f"api {name}"] for name in body} == body


def test_fields_of_answers_may_have_any_name(clients: dict[str, tuple[Spec, ModuleType]]) -> None:
    """Each is an attribute of its own, and the answer is the same JSON again."""
    spec, package = clients["of_fields"]
    (operation,) = spec.operations.values()
    with package.Client(KEY, transport=AppTransport(fake(spec))) as client:
        answer = client.pictures.draw(prompt="a fox")

    literals = [one.name for one in operation.response.fields if one.name not in {"which", "pictures"}]
    assert [answer.attribute(name) for name in literals] == literals
    assert {name: answer.to_json()[name] for name in literals} == {name: name for name in literals}
    assert answer.extra == {}


def test_events_may_have_the_names_of_the_client(clients: dict[str, tuple[Spec, ModuleType]]) -> None:
    """Each is told apart by its name, whatever its class is called."""
    spec, package = clients["of_events"]
    told: list[str] = []
    with package.Client(KEY, transport=AppTransport(fake(spec))) as client:
        for method in methods(client):
            with method(prompt="a fox", stream=True) as events:
                told += [event.kind for event in events]

    (first, *_), *_ = (one.response.stream.events for one in spec.operations.values() if one.response.stream)
    assert len(told) == len(set(told)) == len(spec.operations)
    assert first.name in told


def test_every_name_that_is_exported_is_there(clients: dict[str, tuple[Spec, ModuleType]]) -> None:
    """No two things of a package have one name."""
    for _, package in clients.values():
        assert [name for name in package.__all__ if not hasattr(package, name)] == []
        assert len(package.__all__) == len(set(package.__all__))


@pytest.mark.parametrize(
    ("check", "kinds"),
    [
        (mypy, ("of_calls", "of_methods", "of_words", "of_values", "of_fields", "of_events")),
        (pyright, ("of_methods", "of_values", "of_fields")),
    ],
    ids=["mypy", "pyright"],
)
def test_type_checkers_find_nothing_in_such_clients(
    check: Callable[..., set[tuple[str, int]]], kinds: tuple[str, ...], projects: dict[str, tuple[Spec, Path]]
) -> None:
    """A name that hides a type would be an error, even where the code runs.  Pyright sees fewer: it takes its time."""
    folders = [projects[kind][1] for kind in kinds]
    files = [file for project in folders for file in project.rglob("*.py")]

    assert check(files, folders, folders[0].parent) == set()


def test_parts_of_names_do_not_meet_in_validators() -> None:
    """``draw`` with a parameter ``more_size`` and ``draw_more`` with ``size`` are judged each by its own."""
    sizes = {"type": "string", "doc": "A word.", "source": "manual"}
    draft = hostile.spec_of(
        "meeting",
        {
            "draw": hostile.operation_of("draw", parameters={"more_size": {**sizes, "values": ["a"]}}),
            "draw_more": hostile.operation_of("draw_more", parameters={"size": {**sizes, "values": ["b"]}}),
            "model": hostile.operation_of("model", parameters={"of": {**sizes, "values": ["c"]}}),
        },
    )
    spec = loads(hostile.text_of(draft))
    judge = validators(spec)
    assert judge.draw({"prompt": "a", "more_size": "a"}) == judge.draw_more({"prompt": "a", "size": "b"}) == ()
    assert judge.model({"prompt": "a", "of": "c", "model": "oil"}) == ()
    assert [one.rule for one in judge.draw({"prompt": "a", "more_size": "b"})] == ["draw.more_size.values"]
    assert [one.rule for one in judge.draw_more({"prompt": "a", "size": "a"})] == ["draw_more.size.values"]
    assert [one.rule for one in judge.model({"prompt": "a", "of": "a"})] == ["model.of.values"]


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (hostile.spec_of("json", {"draw": hostile.operation_of("draw")}), "'json' is the name of a module"),
        (hostile.spec_of("httpx2", {"draw": hostile.operation_of("draw")}), "'httpx2' is the name of a module"),
        (
            hostile.spec_of("api", {name: hostile.operation_of(name) for name in ("a_1", "a1")}),
            "'a1' and 'a_1' differ in nothing but underscores",
        ),
        (
            hostile.spec_of("api", {name: hostile.operation_of(name, f"x{'_' * len(name)}y") for name in ("a", "bc")}),
            "'x__y' and 'x_y' differ in nothing but underscores",
        ),
        (hostile.of_words(["__x"]), "'__x' is a name that Python changes"),
        (hostile.of_words(["__x_"]), "'__x_' is a name that Python changes"),
        (hostile.of_words(["__debug__"]), "'__debug__' is a name that Python changes"),
    ],
)  # fmt: skip
def test_what_no_client_could_be_made_of_is_refused(draft: hostile.Draft, told: str) -> None:
    """The error names what to rename."""
    with pytest.raises(SpecError) as caught:
        loads(hostile.text_of(draft))
    (problem,) = caught.value.problems
    assert (problem.code, problem.message[: len(told)]) == ("E302", told)
