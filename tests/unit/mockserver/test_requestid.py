"""What request ids promise."""

from __future__ import annotations

import re

from safelight_mockserver.calls.requestid import RequestIds


def test_an_id_has_the_form_that_clients_know_and_never_comes_twice() -> None:
    """A prefix, and 128 random bits in hexadecimal; of two servers as well."""
    one, other = RequestIds(), RequestIds()
    ids = [make() for make in (one, other) for _ in range(1000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", one) for one in ids)
