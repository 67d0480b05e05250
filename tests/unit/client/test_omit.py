"""Only what the caller gave is sent."""

import copy
import pickle

from ttapi_images import OMIT
from ttapi_images._omit import given


def test_none_is_a_value_and_omit_is_none_at_all() -> None:
    """An explicit null goes over the wire, an argument not given does not, and the order is the caller's."""
    assert list(given(prompt="a fox", n=OMIT, style=None, size=OMIT, seed=0).items()) == [
        ("prompt", "a fox"),
        ("style", None),
        ("seed", 0),
    ]


def test_omit_stays_itself_wherever_it_travels() -> None:
    """Copies and pickles of keyword arguments still mean "not given"."""
    assert copy.copy(OMIT) is OMIT
    assert copy.deepcopy(OMIT) is OMIT
    assert pickle.loads(pickle.dumps(OMIT)) is OMIT


def test_omit_is_false_and_shows_its_name() -> None:
    """``value or fallback`` works, and a printed call is readable."""
    assert not OMIT
    assert repr(OMIT) == "OMIT"
