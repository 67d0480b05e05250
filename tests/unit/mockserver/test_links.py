"""What a signed link promises: it says all that is needed, and nobody can make, change or extend one."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.answers.links import Expired, Forged, Link, sign, verify
from safelight_mockserver.pictures.picture import Format, Picture, caption

SECRET = b"sixteen bytes and more"
FORMATS: tuple[Format, ...] = ("png", "jpeg", "webp")
ANY_TEXT = st.text(st.characters())
LINKS = st.builds(
    Link,
    st.builds(
        Picture,
        st.integers(1, 4000),
        st.integers(1, 4000),
        st.sampled_from(FORMATS),
        compression=st.integers(0, 100),
        caption=st.text(st.characters(), max_size=4000).map(caption),
        model=ANY_TEXT,
        quality=ANY_TEXT,
        seed=st.integers(),
        index=st.integers(0, 9),
        progress=st.fractions(0, 1),
    ),
    st.integers(0, 2**40),
)
FOX = Link(Picture(1024, 1024, caption="a red fox", model="dall-e-3"), 1000)


@given(LINKS)
def test_a_link_gives_back_what_was_signed_until_its_last_second_and_then_says_that_it_expired(link: Link) -> None:
    """Valid up to the second before its expiry, expired from then on, whatever it stands for."""
    token = sign(link, SECRET)
    assert verify(token, SECRET, link.expires - 0.5) == link
    assert verify(token, SECRET, link.expires) == Expired(link)


@given(LINKS)
def test_a_link_needs_no_escaping_in_a_url(link: Link) -> None:
    """Only unreserved characters (RFC 3986, section 2.3)."""
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", sign(link, SECRET))


@pytest.mark.parametrize("letter", ["x", "é", "熊", "🦊"])
def test_the_longest_prompt_gives_a_url_that_every_client_takes(letter: str) -> None:
    """A prompt of 4,000 code points, four bytes each, stays under 2,000 characters."""
    picture = Picture(1792, 1024, caption=caption(letter * 4000), model="dall-e-3", quality="standard", seed=2**64)
    assert len(sign(Link(picture, 2**33), SECRET)) < 2000


@given(st.data())
def test_no_single_change_of_a_link_is_accepted(data: st.DataObject) -> None:
    """Any character replaced by any other, taken out or doubled: forged, even where base64 would decode the same."""
    token = sign(data.draw(LINKS), SECRET)
    place = data.draw(st.integers(0, len(token) - 1))
    url_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
    other = data.draw(st.sampled_from(["", token[place] * 2, *url_letters, "é", "\ud800"]).filter(token[place].__ne__))
    assert verify(token[:place] + other + token[place + 1 :], SECRET, 0) == Forged()


def test_no_flipped_bit_of_any_character_is_accepted() -> None:
    """Exhaustively, on one link: each of the seven bits of each character."""
    token = sign(FOX, SECRET)
    changed = {
        token[:place] + chr(ord(letter) ^ (1 << bit)) + token[place + 1 :]
        for place, letter in enumerate(token)
        for bit in range(7)
    }
    assert {verify(text, SECRET, 0) for text in changed} == {Forged()}


def test_a_link_cannot_be_extended_by_joining_parts_of_two() -> None:
    """The signature of a longer-lived link does not fit the body of another, and the reverse."""
    long, short = sign(replace(FOX, expires=9999), SECRET), sign(FOX, SECRET)
    body, _, signature = short.partition(".")
    other_body, _, other_signature = long.partition(".")
    assert verify(f"{body}.{other_signature}", SECRET, 0) == Forged()
    assert verify(f"{other_body}.{signature}", SECRET, 0) == Forged()


@given(st.text(st.characters()))
def test_any_other_text_is_forged_and_never_an_error(text: str) -> None:
    """Whatever a client puts in the place of a link."""
    assert verify(text, SECRET, 0) == Forged()


def test_another_secret_does_not_open_a_link() -> None:
    """Servers share links only if they share the secret."""
    assert verify(sign(FOX, SECRET), SECRET + b"!", 0) == Forged()


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    """An empty or short secret would protect nothing."""
    with pytest.raises(ValueError, match="16 or more"):
        sign(FOX, b"short")


def test_the_progress_of_a_picture_survives() -> None:
    """A link to a partial picture draws the partial picture."""
    link = replace(FOX, picture=replace(FOX.picture, progress=Fraction(2, 3)))
    assert verify(sign(link, SECRET), SECRET, 0) == link
