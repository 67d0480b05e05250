"""The words of errors that no request brings about: each API's own, or words that are true of any API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from safelight import Operation, load
from safelight.model import ErrorText
from safelight.vocabulary.faults import UNPROVOKED
from safelight_mockserver.answers.reply import Empty, Json, Whole
from safelight_mockserver.faults.kinds import KINDS, Moderated, Refusal
from safelight_mockserver.faults.texts import TEXTS, error_event, moderated, refused

ROOT: Final = Path(__file__).parents[3]
SPECS: Final = (ROOT / "spec" / "ttapi-images.yaml", *sorted((ROOT / "tests" / "specs").rglob("*.yaml")))
PLACEHOLDER: Final = re.compile(r"\{\w+\}")
FACTS: Final = {"model": "a-model", "request_id": "req_1", "key": "k…y"}
SOMEBODY: Final = re.compile(
    r"://|www\.|\w\.(com|io|ai|org|net|dev)\b|openai|chatgpt|dall|gpt|ttapi|xai|grok|google|gemini|azure|stability",
    re.IGNORECASE,
)
"""A link, or the name of a company or of one of its models."""


def said(text: ErrorText) -> str:
    """Everything that a text tells, its headers too."""
    return json.dumps([dict(text.fields), dict(text.headers)], ensure_ascii=False)


@pytest.mark.parametrize("words", ["see https://example.test", "Contact help.openai.com", "for GPT models", "at x.ai"])
def test_a_name_or_a_link_is_seen(words: str) -> None:
    """What the tests below look for can be found."""
    assert SOMEBODY.search(words)


@pytest.mark.parametrize("name", TEXTS)
def test_no_common_text_names_a_company_or_leads_anywhere(name: str) -> None:
    """The fake of one company's API sends nobody to another company."""
    assert not SOMEBODY.search(said(TEXTS[name]))


def test_there_are_common_words_for_all_that_no_request_brings_about() -> None:
    """So that any of them can be ordered of any API, however little its spec says."""
    assert list(TEXTS) == list(UNPROVOKED)


def replies(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Play everything that an API can refuse by order; yields the name of each text with the body."""
    for kind in KINDS.values():
        match kind:
            case Refusal(text=name) if name:
                reply = refused(operation, kind, FACTS)
            case Moderated():
                name, reply = "moderation", moderated(operation.errors, kind, FACTS)
            case _:
                continue
        match reply:
            case Whole():
                yield name, reply.body
            case Empty() | None:
                yield name, None
    yield "server_error", error_event(operation.errors)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_each_api_speaks_for_itself(path: Path) -> None:
    """Who is named in an error that was ordered, was named by the spec of that API."""
    for operation in load(path).operations.values():
        for name, body in replies(operation):
            told = json.dumps(body, default=str, ensure_ascii=False)
            own = operation.errors.texts.get(name)
            named = {found[0].lower() for found in SOMEBODY.finditer(told)}
            in_spec = {found[0].lower() for found in SOMEBODY.finditer(said(own))} if own else set[str]()
            assert named <= in_spec, (operation.name, name, told)
            assert not PLACEHOLDER.search(told), (operation.name, name, told)


def test_the_first_spec_has_words_of_its_own_for_all_of_them() -> None:
    """What is reported of the API it describes is played as reported, links and all."""
    for operation in load(SPECS[0]).operations.values():
        own = operation.errors.texts
        assert set(UNPROVOKED) <= set(own)
        assert "platform.openai.com" in said(own["quota"])
        assert own["quota"].fields["message"] != TEXTS["quota"].fields["message"]
