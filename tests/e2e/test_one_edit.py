"""One edit of the spec changes everything that follows from it: validators, types, docs and the fake, with no code.

Each edit is made on a copy of the first spec.  What it changes is looked at before and after, in the compiled validator
and in the interpreter, in the generated types, in the generated docs and ``safelight explain``, and over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest

from safelight import Spec, loads, violations
from safelight.cli import main
from safelight_mockserver import fake
from safelight_mockserver.transport import AppTransport
from tests.generated import client_files, validators
from tests.strategies import ROOT

SHIPPED = (ROOT / "spec" / "ttapi-images.yaml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of the spec and what it must change.

    Attributes:
        old: The text that is replaced, which stands once in the spec.
        new: What takes its place.
        body: A request whose verdict changes.
        before: The ids that the request breaks before the edit; *after* likewise.
        param: What the fake's error names, where it refuses.
        types: What the generated types say after the edit and not before, if anything.
        types_before: What they say before the edit and not after, if anything.
        docs: What the docs of the generated method say after the edit and not before.
        about: What ``safelight explain`` is asked for.
        explained: What it says after the edit and not before.
    """

    old: str
    new: str
    body: Mapping[str, Any]
    before: list[str] = field(default_factory=list[str])
    after: list[str] = field(default_factory=list[str])
    param: str | None
    types: str = ""
    types_before: str = ""
    docs: str
    about: str
    explained: str


EDITS = {
    "a model": Edit(
        old="  gpt-image-1: { title: GPT Image 1, family: gpt-image }\n",
        new="  gpt-image-1: { title: GPT Image 1, family: gpt-image }\n"
        "  gpt-image-9: { title: GPT Image 9, family: gpt-image }\n",
        body={"model": "gpt-image-9", "prompt": "a fox", "quality": "low"},
        before=["generate.model.known"],
        param="model",
        types='Literal["gpt-image-2", "gpt-image-1.5", "gpt-image-1", "gpt-image-9", "dall-e-3", "dall-e-2"]',
        docs='"gpt-image-9"',
        about="quality",
        explained="gpt-image-2, gpt-image-1.5, gpt-image-1, gpt-image-9",
    ),
    "a parameter": Edit(
        old="      style:\n        type: string\n",
        new="      seed: { type: integer, doc: Where chance begins., minimum: 0, source: house }\n"
        "      style:\n        type: string\n",
        body={"model": "dall-e-2", "prompt": "a fox", "size": "256x256", "seed": 7},
        before=["generate.unknown_fields"],
        param="seed",
        types="seed: int | Omit | None = OMIT",
        docs="seed: Where chance begins. seed must be at least 0.",
        about="seed",
        explained="Where chance begins.",
    ),
    "a value of an enumeration": Edit(
        old="values: [auto, low]",
        new="values: [auto, low, high]",
        body={"model": "gpt-image-1", "prompt": "a fox", "moderation": "high"},
        before=["generate.moderation.values"],
        param="moderation",
        types='Moderation: TypeAlias = Literal["auto", "low", "high"]',
        docs='moderation must be "auto", "low" or "high"',
        about="moderation",
        explained='"auto", "low", "high"',
    ),
    "a range": Edit(
        old="              is: 1\n              error: { param: null,",
        new="              is: 2\n              error: { param: null,",
        body={"model": "dall-e-3", "prompt": "a fox", "n": 2},
        before=["generate.n.maximum@dall-e-3"],
        param=None,
        types_before="n: Literal[1] | Omit | None = OMIT",
        docs="n must be at most 2 for dall-e-3",
        about="n",
        explained="1 to 2",
    ),
    "a rule": Edit(
        old="    rules:\n",
        new="    rules:\n"
        "      - id: large-batches-are-streamed\n"
        "        when: { n: { at_least: 8 } }\n"
        "        require: { stream: true }\n"
        "        why: The service says so.\n"
        "        source: house\n"
        "        accepts: [{ model: gpt-image-1, prompt: a fox, n: 7 }]\n"
        "        rejects: [{ model: gpt-image-1, prompt: a fox, n: 8 }]\n",
        body={"model": "gpt-image-2", "prompt": "a fox", "size": "256x256", "n": 8},
        after=["generate.large-batches-are-streamed"],
        param="n",
        types="n: Literal[1, 2, 3, 4, 5, 6, 7] | Omit | None = OMIT",
        docs="n at least 8 needs stream true (large-batches-are-streamed)",
        about="large-batches-are-streamed",
        explained="The service says so.",
    ),
}

each_edit = pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)


def texts(edit: Edit) -> tuple[str, str]:
    """The spec's text before the edit and after it."""
    assert SHIPPED.count(edit.old) == 1
    return SHIPPED, SHIPPED.replace(edit.old, edit.new)


@cache
def spec_of(text: str) -> Spec:
    """The spec of a text, read once for all tests."""
    return loads(text)


@cache
def files_of(text: str) -> dict[str, str]:
    """The client of a text, generated once for all tests."""
    return client_files(spec_of(text))


@each_edit
def test_validators_follow(edit: Edit) -> None:
    """The compiled reading and the interpreted one change their verdict together."""
    for text, expected in zip(texts(edit), (edit.before, edit.after), strict=True):
        spec = spec_of(text)
        interpreted = violations(spec, spec.operations["generate"], edit.body)
        compiled = validators(spec).generate(edit.body)
        assert [one.rule for one in interpreted] == [one.rule for one in compiled] == expected


@each_edit
def test_types_follow(edit: Edit) -> None:
    """Names of models, values and arguments, and what a model or a stream leaves of them."""
    before, after = (files_of(text)["types.py"] + files_of(text)["images.py"] for text in texts(edit))
    assert edit.types or edit.types_before
    assert not edit.types or edit.types in after
    assert not edit.types or edit.types not in before
    assert edit.types_before in before
    assert not edit.types_before or edit.types_before not in after


@each_edit
def test_docs_follow(edit: Edit, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The docstring that an editor shows, and the command that explains a spec."""
    for text, expected in zip(texts(edit), (False, True), strict=True):
        assert (edit.docs in on_one_line(files_of(text)["images.py"])) == expected
        path = tmp_path / "api.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit):
            main(["explain", str(path), edit.about])
        assert (edit.explained in on_one_line(capsys.readouterr().out)) == expected


def on_one_line(text: str) -> str:
    """The text without its line breaks, which fall anywhere."""
    return " ".join(text.split())


@each_edit
def test_the_fake_follows(edit: Edit) -> None:
    """Over HTTP: what was refused is answered with an image, or the other way round."""
    for text, expected in zip(texts(edit), (edit.before, edit.after), strict=True):
        with httpx2.Client(transport=AppTransport(fake(spec_of(text))), base_url="http://fake/v1") as client:
            reply = client.post("/images/generations", json=edit.body, headers={"Authorization": "Bearer key"})
        assert reply.status_code == (400 if expected else 200), reply.text
        if expected:
            assert reply.json()["error"]["param"] == edit.param
        else:
            assert len(reply.json()["data"]) == edit.body.get("n", 1)
