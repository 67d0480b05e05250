"""Places in JSON texts: whatever stands at a place is the value that the path leads to."""

import json
from collections.abc import Iterator
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from safelight.judging.spots import repeated_key, spots
from safelight.model import Place

KEYS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=8)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["n", "size", "a b"]), inner)),
    max_leaves=12,
)


def offset(text: str, place: Place) -> int:
    """The index of the character at a place."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1


def paths(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON value
    """Every value inside of *value*, by the path that violations use."""
    yield path, value
    if isinstance(value, dict):
        for key, part in cast("dict[str, Any]", value).items():
            yield from paths(part, f"{path}.{key}" if path else key)
    if isinstance(value, list):
        for index, part in enumerate(cast("list[object]", value)):
            yield from paths(part, f"{path}[{index}]")


@given(value=JSON, indent=st.sampled_from([None, 0, 2, "\t"]), ascii_only=st.booleans())
def test_every_value_stands_where_it_is_said_to_stand(
    value: object, indent: int | str | None, ascii_only: bool
) -> None:
    """Read from its place on, the text gives the very value; no value is left out, however the text is laid out."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = spots(text)
    expected = dict(paths(value))

    assert found.keys() == expected.keys()
    for path, spot in found.items():
        read, _ = json.JSONDecoder().raw_decode(text, offset(text, spot.value))
        assert read == expected[path]


@given(key=KEYS, value=st.integers())
def test_a_key_stands_where_it_is_said_to_stand(key: str, value: int) -> None:
    """Read from the place of its key on, the text gives the key, whatever characters it has."""
    text = f'{{\n\t"first": [1, {{"x": 2}}],  {json.dumps(key)} :\r\n {value} }}'
    found = [spot for spot in spots(text).values() if spot.key.line == 2 and spot.value.line == 3]

    assert [json.JSONDecoder().raw_decode(text, offset(text, spot.key))[0] for spot in found] == [key]


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    """The place goes with the value that is judged, which is the last."""
    text = '{"n": 1, "n": 2}'

    assert spots(text)["n"].value == Place(1, 15)


@given(value=JSON, indent=st.sampled_from([None, 2]))
def test_no_key_stands_twice_in_what_was_written_from_a_dictionary(value: object, indent: int | None) -> None:
    """The same key in another object is another key."""
    assert repeated_key(json.dumps(value, indent=indent)) is None


@given(before=st.dictionaries(KEYS, JSON, max_size=3), key=KEYS, inside=st.sampled_from(["%s", "[1, %s]", '{"x": %s}']))
def test_a_key_that_stands_twice_is_found(before: dict[str, object], key: str, inside: str) -> None:
    """However deep, and whatever stands between: the key, and both its places."""
    pairs = {key: 0, **{name: one for name, one in before.items() if name != key}}
    text = inside % f"{json.dumps(pairs)[:-1]}, {json.dumps(key)}: 1}}"
    found = repeated_key(text)

    assert found is not None
    assert found[0] == key
    assert [json.JSONDecoder().raw_decode(text, offset(text, place))[0] for place in found[1:]] == [key, key]


def test_a_text_of_a_megabyte_in_one_string_is_no_trouble() -> None:
    """Requests hold whole images."""
    text = json.dumps({"image": "\\x" * (1 << 20), "n": 1})

    assert spots(text)["n"].value == Place(1, len(text) - 1)
