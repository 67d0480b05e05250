"""Strings of a spec become Python source that means the same, whatever is in them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.model import Json
from safelight_codegen.text import WIDTH, docstring, literal, paragraph, sentence

texts = st.text(st.characters(categories=None), max_size=60)  # every code point, lone surrogates too
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.lists(inner, max_size=3).map(tuple), st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=values)
def test_a_literal_means_its_value(value: Json) -> None:
    """Whatever JSON a spec holds, Python reads back the same, and nothing in it can end the literal."""
    source = literal(value)

    assert ast.literal_eval(source) == value
    assert "\n" not in source


@given(text=texts)
def test_a_literal_can_be_written_to_a_file(text: str) -> None:
    """What UTF-8 cannot hold is escaped, and what an editor would not show as well."""
    assert literal(text).isprintable()
    literal(text).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "source"),
    [
        pytest.param('say "fox"', "'say \"fox\"'", id="the quotes with fewer escapes"),
        pytest.param("it's", '"it\'s"', id="double quotes by default"),
        pytest.param("DALL·E", '"DALL·E"', id="letters of any script stay"),
        pytest.param(("auto",), '("auto",)', id="a tuple of one"),
        pytest.param(date(2026, 11, 22), "date(2026, 11, 22)", id="a date"),
    ],
)
def test_literals_look_as_a_formatter_writes_them(value: Json, source: str) -> None:
    """Quotes and commas are those that the formatter would choose."""
    assert literal(value) == source


def test_what_has_no_literal_is_refused() -> None:
    """A record in the place of a value is a mistake of the generator, and is told as one."""
    with pytest.raises(TypeError, match="no literal for a object"):
        literal(object())


@given(text=texts.filter(lambda text: bool(text.strip())))
def test_a_docstring_is_a_docstring(text: str) -> None:
    """No sentence of a spec can end a docstring early, or be read as code."""
    source = f"def f():\n    {docstring(sentence(text))}\n"
    body = ast.parse(source).body[0]

    assert isinstance(body, ast.FunctionDef)
    assert len(body.body) == 1
    assert ast.get_docstring(body)


@given(text=texts)
def test_a_sentence_ends_like_one(text: str) -> None:
    """One line, with a full stop where the spec has none."""
    made = sentence(text)

    assert made.endswith((".", "!", "?"))
    assert made == " ".join(made.split())
    assert made.isprintable()


@given(
    words=st.lists(st.text("abcdefghij", min_size=1, max_size=12), min_size=1, max_size=80), indent=st.integers(0, 40)
)
def test_a_paragraph_fits_and_loses_nothing(words: list[str], indent: int) -> None:
    """Every line fits after its indentation, and all words are there in their order."""
    filled = paragraph(" ".join(words), indent=indent, hanging=4)

    assert all(indent + len(line) <= WIDTH for line in filled.split("\n"))
    assert filled.split() == words


def test_a_mapping_keeps_its_order() -> None:
    """Defaults and tables stand in the order of the spec."""
    pairs: Mapping[str, int] = {"b": 1, "a": 2}

    assert literal(pairs) == '{"b": 1, "a": 2}'
