"""Laws of the loader: any text is a sound spec or a list of problems, each with a place inside the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from safelight.diagnostic import CODES, Report, SpecError, lines_of
from safelight.judging.interpret import settle
from safelight.loading import loads
from safelight.model import Spec
from safelight.reading.nodes import parse, to_json
from safelight.schema import language_schema
from tests.strategies import SPEC_FILES

TEXTS: Final = {path.stem: path.read_text(encoding="utf-8") for path in SPEC_FILES}
LARGE: Final = TEXTS["ttapi-images"]
SMALL: Final = (TEXTS["conditions"], TEXTS["outcomes"], TEXTS["nested"], TEXTS["dates"])

FORM: Final[Any] = import_module("jsonschema").Draft202012Validator(language_schema())  # it has no types of its own
"""The form of a spec as editors know it."""

ODD = st.sampled_from(
    [
        *(
            "no",
            "null",
            "~",
            "",
            "true",
            "0",
            "-1",
            "1.5",
            "1e999",
            "010",
            "99999999999999999999",
            '"',
            "'",
            "[]",
            "{}",
        ),
        *(
            "[[]]",
            "[a, [b]]",
            "{a: {}}",
            "{is: 1}",
            "{is: [], basis: observed}",
            "{is: 3, outcome: clamp}",
            "2026-13-01",
        ),
        *(
            "2026-01-01",
            "{is: x, outcome: replace}",
            "&a b",
            "*a",
            "!!int 3",
            "<<",
            "|",
            ">",
            "- a",
            "? a",
            "model",
            "n",
        ),
        *("size.ratio", "prompt.length", '"3:0"', '"0:0"', "{count_of: [n], at_least: 1}", "{multiple_of: 0}", "\\q"),
        *('"(((("', '"a{99999999999999999999}"', "auto", "WIDTH*HEIGHT", "array", "object", "size", "number", "string"),
        *(
            "{at_least: null}",
            "{in: [null]}",
            "[[n]]",
            "{sum_of: [n, prompt], at_most: 1}",
            "{present: 1}",
            "\t",
            "%",
            "@",
        ),
    ]
)


def read(text: str) -> Spec | None:
    """Load *text*; where it has problems, check how they are told, and else what editors would say of it."""
    try:
        spec = loads(text, "api.yaml")
    except SpecError as found:
        error = found
    else:
        report = Report()
        root = parse(text, report)
        assert root is not None
        assert [told.message for told in FORM.iter_errors(to_json(root, report))] == []
        return spec
    lines = lines_of(text)
    for problem in error.problems:
        assert problem.code in CODES
        assert problem.message
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
    first = error.problems[0].place
    assert str(error).startswith(f"api.yaml:{first.line}:{first.column}: error[")
    assert str(error).encode()
    assert list(error.problems) == sorted(error.problems)
    return None


@given(text=st.one_of(st.text(), st.text(st.sampled_from("ab:-[]{}#&*!|>'\"%@`?, \n\t1"), max_size=60)))
@example(text="\ufeff")
@example(text="a\u2028b: [")
@example(text="\r\n\r\n\t")
def test_any_text_is_read_or_refused_with_places(text: str) -> None:
    """Nothing but a list of problems comes out of a text that is no spec."""
    assert read(text) is None


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """A spec with a few lines dropped, doubled, moved, indented or altered."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "indent", "move", "value", "value", "word", "word"])):
            case "drop":
                del lines[index]
            case "double":
                lines.insert(index, lines[index])
            case "indent":
                lines[index] = draw(st.sampled_from(["  ", " ", "\t", "        "])) + lines[index]
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(index))
            case "value":
                lines[index] = re.sub(r": .*$", lambda _: f": {draw(ODD)}", lines[index])
            case _:
                words = list(re.finditer(r"[\w.*\"-]+", lines[index]))
                if words:
                    word = draw(st.sampled_from(words))
                    lines[index] = lines[index][: word.start()] + draw(ODD) + lines[index][word.end() :]
    return "\n".join(lines)


def still_judges(spec: Spec) -> None:
    """A spec that loads is sound enough to judge requests and to settle their values."""
    for operation in spec.operations.values():
        for model in (*spec.models, "unknown"):
            settle(spec, operation, {"model": model, "prompt": "a fox", "n": 2, "size": "64x64"})
            settle(spec, operation, {})
        for rule in operation.rules:
            for case in (*rule.accepts, *rule.rejects):
                settle(spec, operation, case.body, basis=("documented", "observed", "advisory"))


@settings(max_examples=150)
@given(text=edited(LARGE))
def test_the_first_spec_edited_at_random_loads_or_tells_why_not(text: str) -> None:
    """A slip of the pen ends in problems with places, or in another sound spec, never in a traceback."""
    spec = read(text)
    if spec is not None:
        still_judges(spec)


@settings(max_examples=300)
@given(text=st.sampled_from(SMALL).flatmap(edited))
def test_specs_of_every_form_edited_at_random_load_or_tell_why_not(text: str) -> None:
    """The same for small specs, where edits hit the rarer forms more often."""
    spec = read(text)
    if spec is not None:
        still_judges(spec)


WRONG: Final = ("word", "-7", "[word]", "{word: 7}")
"""A value of each kind; whatever a place asks for, most of them are something else."""


def values_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield every value of a YAML text: the key that it stands under, where it starts and where it ends."""

    def below(node: yaml.Node, key: str) -> Iterator[tuple[str, int, int]]:
        yield key, node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                yield from below(value, name.value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from below(item, f"an item of {key}")

    root = yaml.compose(text, yaml.SafeLoader)
    assert root is not None
    return below(root, "")


def with_value(text: str, start: int, end: int, value: str) -> str:
    """Put *value* in the place of another; a block's last line break stays."""
    old = text[start:end]
    return f"{text[:start]}{value}{old[len(old.rstrip()) :]}{text[end:]}"


def test_no_key_takes_what_it_cannot_read() -> None:
    """Under every key that a spec of ours has, a value of each kind is read or refused."""
    seen: set[str] = set()
    for text in sorted(TEXTS.values(), key=len):
        for key, start, end in values_in(text):
            if key not in seen:
                for value in WRONG:
                    read(with_value(text, start, end, value))
            seen.add(key)
    assert {"becomes", "size.width", "an item of values", "prices"} <= seen


@given(data=st.data())
def test_any_value_in_the_place_of_another_is_read_or_refused(data: st.DataObject) -> None:
    """The same anywhere, with stranger values."""
    text = data.draw(st.sampled_from(SMALL))
    _, start, end = data.draw(st.sampled_from(list(values_in(text))))
    spec = read(with_value(text, start, end, data.draw(ODD)))
    if spec is not None:
        still_judges(spec)


def test_a_file_reads_as_its_text(tmp_path: Path) -> None:
    """The way in does not matter."""
    path = tmp_path / "api.yaml"
    path.write_text(LARGE, encoding="utf-8")
    assert loads(path.read_text(encoding="utf-8")).digest == loads(LARGE).digest
