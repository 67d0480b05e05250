"""The fake API: answers as the spec says, with real images, and never calls anyone.

>>> app = fake("ttapi-images")  # doctest: +SKIP
>>> client = httpx2.Client(transport=AppTransport(app), base_url="http://fake/v1")  # doctest: +SKIP

`fake` makes an ASGI application; `serve` runs one on a port until it is told to stop, `running` from a thread.  The
transports for tests without a port are in `safelight_mockserver.transport`, because they need httpx2 and a server does
not.
"""

from safelight_mockserver.app import Fake
from safelight_mockserver.clock import Clock
from safelight_mockserver.faults.fault import Fault
from safelight_mockserver.faults.order import order
from safelight_mockserver.options import Options
from safelight_mockserver.serving.limits import Limits
from safelight_mockserver.serving.process import serve
from safelight_mockserver.serving.server import fake, running
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.memory_state import MemoryState
from safelight_mockserver.store.state import State

__all__ = [
    "Clock",
    "Entry",
    "Fake",
    "Fault",
    "Limits",
    "MemoryState",
    "Options",
    "State",
    "fake",
    "order",
    "running",
    "serve",
]
