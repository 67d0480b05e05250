"""Where the time of a known answer goes."""

from tests.benchmarks.answering import where_time_goes
from tests.benchmarks.load import request


def test_a_profile_has_every_part_of_an_answer() -> None:
    """From the bytes that come to those that leave."""
    profile = where_time_goes([request({"model": "dall-e-3", "prompt": f"a fox, number {one}"}) for one in range(3)], 1)

    assert [part.name.partition(" ")[0] for part in profile.parts] == ["reading", "limits,", "finding", "its"]
    assert 0 < profile.whole < 1
