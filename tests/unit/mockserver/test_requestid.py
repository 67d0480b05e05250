"""What request ids promise."""

from __future__ import annotations

import re

from safelight_mockserver.calls.requestid import new_request_id


def test_an_id_has_the_form_that_clients_know_and_never_comes_twice() -> None:
    """A prefix, and 128 random bits in hexadecimal."""
    ids = [new_request_id() for _ in range(1000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", one) for one in ids)
