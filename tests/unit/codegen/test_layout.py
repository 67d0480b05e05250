"""Conditions and collections are laid out as the formatter lays them out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_codegen.names import camel, constant, distinct, in_order, snake
from safelight_codegen.python.code.layout import (
    FALSE,
    TRUE,
    Atom,
    Predicate,
    all_of,
    any_of,
    called_with,
    collection,
    negated,
    one_line,
    statement,
    string,
)

LETTERS = [Atom(letter, f"not {letter}") for letter in "abcd"]
predicates = st.recursive(
    st.sampled_from([*LETTERS, TRUE, FALSE]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(all_of), st.lists(inner, max_size=3).map(any_of), inner.map(negated)
    ),
    max_leaves=8,
)


def long(*names: str) -> Predicate:
    """A condition that fills about half a line."""
    return any_of(Atom(f'{name * 12} in ("{name * 12}", "x")') for name in names)


@given(predicate=predicates, truths=st.tuples(*[st.booleans()] * 4))
def test_building_conditions_keeps_their_meaning(predicate: Predicate, truths: tuple[bool, ...]) -> None:
    """What is left out changes nothing, and the opposite of a condition is true where it is not."""
    variables = dict(zip("abcd", truths, strict=True))
    yes = eval(one_line(predicate), dict(variables))
    no = eval(one_line(negated(predicate)), dict(variables))

    assert yes is not no


SOURCES = {
    "a tuple on one line": collection("X = (", ['"a"', '"b"'], ")", 0),
    "a tuple of one": collection("X = (", ['"a"'], ")", 0, is_tuple=True),
    "a tuple over several lines": collection("X = (", [f'"{letter * 40}"' for letter in "abc"], ")", 0),
    "a call over several lines": collection("x = call(", [letter * 40 for letter in "abc"], ")", 0),
    "a condition on one line": "\n".join(statement("if ", all_of(LETTERS), ":", 0)) + "\n    pass",
    "a condition over several lines": "\n".join(statement("if ", long(*"abcd"), ":", 0)) + "\n    pass",
    "two conditions, the last in parentheses": "\n".join(
        statement("if ", all_of((Atom("first"), long(*"abcd"))), ":", 0)
    )
    + "\n    pass",
    "three conditions, one in parentheses": "\n".join(
        statement("return ", all_of((Atom("a" * 50), long("b", "c"), Atom("d" * 50))), "", 0)
    ),
    "conditions within conditions": "\n".join(
        statement(
            "return ",
            all_of((Atom("a"), Atom("b"), any_of((long("b"), all_of((Atom("c" * 40), long(*"defg"))))))),
            "",
            0,
        )
    ),
    "a string in parts": "call(\n    " + string("x=", "word " * 40, ",", 4).replace("\n", "\n    ") + "\n)",
    "a call with a string": called_with("@mark", "word", 4) + "\ndef f(): ...",
    "a call with a string in parts": called_with("@mark", "word " * 40, 4) + "\ndef f(): ...",
    "a string in parts, with an end": "call(\n    "
    + string("message=", "word " * 40, ",", 4, suffix=" + got(value)").replace("\n", "\n    ")
    + "\n)",
    "an f-string in parts": "call(\n    "
    + string("message=", "{word} " * 40, ",", 4, tail=", not for {model}").replace("\n", "\n    ")
    + "\n)",
    "an f-string in parts, with a start": "call(\n    "
    + string("message=", " must be " + "{word} " * 40, ",", 4, head="{path}").replace("\n", "\n    ")
    + "\n)",
}


def test_the_formatter_changes_nothing(tmp_path: Path) -> None:
    """Every layout is the formatter's own, so generation needs no formatter."""
    for number, source in enumerate(SOURCES.values()):
        indented = "\n".join(f"    {line}" for line in source.split("\n"))
        (tmp_path / f"case_{number}.py").write_text(f"def f():\n{indented}\n", "utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--diff", "--isolated", "--line-length", "124", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def test_an_f_string_keeps_braces_of_the_text() -> None:
    """Only the start and the end hold fields."""
    source = string("", " {a} must be 1", "", 0, head="{path}", tail=", got {value}")

    assert eval(source, {"path": "x[0]", "value": 2}) == "x[0] {a} must be 1, got 2"


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (camel("output_format", "dall-e-3"), "OutputFormatDallE3"),
        (camel("image_generation.partial_image"), "ImageGenerationPartialImage"),
        (camel("3d"), "_3d"),
        (snake("generate", "gpt-image-1.5"), "generate_gpt_image_1_5"),
        (constant("generate.size.values@dall-e-3"), "GENERATE_SIZE_VALUES_DALL_E_3"),
        (distinct("class", ()), "class_"),
        (distinct("n", ("n", "n_")), "n__"),
        (distinct("n", ()), "n"),
    ],
)
def test_names_are_names_of_python(made: str, name: str) -> None:
    """Names of an API become the names that a Python programmer would give."""
    assert made == name


def test_names_are_sorted_as_imports_are() -> None:
    """Constants, then classes, then the rest."""
    assert in_order(["text", "Record", "OMIT", "Any"]) == ["OMIT", "Any", "Record", "text"]
