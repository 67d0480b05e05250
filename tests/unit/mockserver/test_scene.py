"""What a scene promises: a whole picture, and finer qualities that refine it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight_mockserver.pictures.scene import compose


@pytest.mark.parametrize("detail", [1, 2, 3, 4, 5])
@given(seed=st.integers(), width=st.integers(1, 4000), height=st.integers(1, 4000))
def test_a_scene_has_no_gap(detail: int, seed: int, width: int, height: int) -> None:
    """The bands of the sky join, every hill reaches from side to side, and nothing is below the picture."""
    scene = compose(str(seed), 0, width, height, detail)
    assert all(above.bottom == below.top for above, below in pairwise(scene.bands))
    for hill in scene.hills:
        assert hill.ridge[0] == 0
        assert hill.ridge[-2] == pytest.approx(width)
        assert hill.base <= height


def test_a_finer_scene_keeps_the_sun_and_the_hills_of_a_coarser_one() -> None:
    """Quality refines a scene: each coarse point of each hill stays where it is."""
    coarse, fine = (compose("a fox", 0, 640, 480, detail) for detail in (1, 2))
    assert (coarse.sun, len(coarse.hills), len(fine.hills)) == (fine.sun, 2, 3)
    tones = {hill.tone: hill for hill in fine.hills}
    for hill in coarse.hills:
        points = set(zip(hill.ridge[::2], hill.ridge[1::2], strict=True))
        finer = tones[hill.tone].ridge
        assert points <= set(zip(finer[::2], finer[1::2], strict=True))
