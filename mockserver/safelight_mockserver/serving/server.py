"""The server: a fake API on a real port, through uvicorn.

The port is bound before anything else is started, so that a port that is taken is told in one line, port 0 can be told
as the port it became, and whoever reads the base URL can connect at once.
"""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from safelight import Spec
from safelight.shipped import find
from safelight_mockserver.app import Fake, base_path
from safelight_mockserver.clock import Clock
from safelight_mockserver.live import FixedSpec, LiveSpec, SpecSource
from safelight_mockserver.options import Options
from safelight_mockserver.store.memory_state import MemoryState
from safelight_mockserver.store.state import State

from .limits import Limits

if TYPE_CHECKING:
    import uvicorn

__all__ = ["fake", "is_own", "listen", "made_server", "origin", "running", "why_not"]

_BACKLOG: Final = 2048


def fake(
    spec: Spec | str | Path, options: Options | None = None, *, clock: Clock | None = None, state: State | None = None
) -> Fake:
    """Make a fake API, an ASGI application.

    Run it with any ASGI server; or without one, in the process of a test:
    ``httpx2.Client(transport=AppTransport(fake(spec)), base_url="http://fake/v1")``.

    Args:
        spec: The API: a spec, the path of its file, or the name of a shipped one.  A file is followed, so that an edit
            counts from the next request on.
        options: What the spec leaves open.
        clock: The time that it tells; a test may freeze it or move it ahead.
        state: What it remembers; by default the latest requests, in memory.

    Raises:
        SpecError: The spec file is broken.
    """
    return _fake(spec, options or Options(), clock or Clock(), state, _to_stderr)


@contextmanager
def running(app: Fake, *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None) -> Generator[str]:
    """Serve a fake API from a thread of this process, for as long as the context lasts; yields its base URL."""
    with closing(listen(host, port)) as listening:
        server = made_server(app, listening, limits or Limits())
        thread = threading.Thread(target=server.run, args=([listening],), name="safelight-server", daemon=True)
        thread.start()
        try:
            yield f"{origin(listening)}{base_path(app.source.current())}"
        finally:
            server.should_exit = True
            thread.join()


def _fake(
    spec: Spec | str | Path, options: Options, clock: Clock, state: State | None, warn: Callable[[str], None]
) -> Fake:
    source: SpecSource = FixedSpec(spec) if isinstance(spec, Spec) else LiveSpec(Path(find(spec)), warn)
    return Fake(source, options, clock, state or MemoryState(options.log_bytes))


def made_server(app: Fake, listening: socket.socket, limits: Limits) -> uvicorn.Server:
    """Make the server of an open port, within limits; the application can close the port by order."""
    import uvicorn

    from .connection import limited
    from .door import ServerWithDoor
    from .shortcut import shortcut

    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",  # What clients do wrong is no trouble of whoever runs the server.
        access_log=False,
        server_header=False,
        lifespan="off",
        http=limited(limits, shortcut(app)),
        ws="none",
        timeout_graceful_shutdown=limits.grace,
    )
    host, port = listening.getsockname()[:2]
    server = ServerWithDoor(config, partial(listen, host, port), app.farewell.say, app.state.close)
    app.door = server.close_door
    app.is_stopping = lambda: server.should_exit
    return server


def listen(host: str, port: int) -> socket.socket:
    """Open the port.

    Raises:
        OSError: The address is not one of this machine, or the port is taken or reserved.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError as error:
        raise OSError(errno.EINVAL, "not the name of a host") from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it.  Without it, each answer in two pieces waits 40 ms for the client's acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def is_own(listening: socket.socket) -> bool:
    """Tell whether a port can be reached from this machine alone."""
    address: str = listening.getsockname()[0]
    return ip_address(address.partition("%")[0]).is_loopback


def origin(listening: socket.socket) -> str:
    """Return the URL of a port, without a path."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def why_not(error: OSError, host: str, port: int) -> str:
    """Say why a port could not be opened."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; choose another with --port, or --port 0 for any that is free"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not for everyone: ports from 1024 on are"
    where = host if host.isascii() and host.isprintable() and host else repr(host)
    hint = "; --host takes an address of this machine, as 127.0.0.1 or ::1" if _is_about_host(error) else ""
    return f"cannot listen at {where}, port {port}: {error.strerror or error}{hint}"


def _is_about_host(error: OSError) -> bool:
    return isinstance(error, socket.gaierror) or error.errno in {errno.EADDRNOTAVAIL, errno.EINVAL}


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - it is for the person who runs the server
