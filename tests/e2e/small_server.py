"""A server whose caches are full after a few hundred requests, so that memory which still grows then is a leak.

``python -m tests.e2e.small_server SPEC --port 0`` starts it; with ``--leak``, one that forgets nothing.
"""

from __future__ import annotations

import os
import sys

from safelight_mockserver import Entry, Options, serve
from safelight_mockserver.calls.service import Service

ROOM = 4 << 20


def plant_a_leak() -> None:
    """Let every server keep what it was asked, and 32 kilobytes beside it."""
    kept: list[tuple[Entry, bytes]] = []
    observe = Service.observe

    def hoard(self: Service, entry: Entry) -> None:
        kept.append((entry, os.urandom(32768)))
        observe(self, entry)

    Service.observe = hoard  # type: ignore[method-assign] # this is the leak


if __name__ == "__main__":
    if "--leak" in sys.argv:
        plant_a_leak()
    options = Options(images="tiny", log_bytes=ROOM, cache_bytes=ROOM, reply_bytes=ROOM)
    sys.exit(serve(sys.argv[1], port=0, options=options))
