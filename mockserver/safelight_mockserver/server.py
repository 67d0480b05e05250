"""The server: a fake API on a real port, through uvicorn.

The port is bound before anything else is started, so that a port that is taken is told in one line, port 0 can be told
as the port it became, and whoever reads the base URL can connect at once.
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from safelight import Spec, SpecError

from .app import Fake, base_path
from .banner import banner
from .clock import Clock
from .faults.fault import Fault
from .limits import Limits
from .live import FixedSpec, LiveSpec, SpecSource
from .options import Options
from .renderer import RenderError
from .report import Exercise, request_line
from .service import Check
from .state import MemoryState, State

if TYPE_CHECKING:
    import uvicorn

__all__ = ["fake", "running", "serve"]

_BACKLOG: Final = 2048
_TOO_OPEN: Final = (
    "at {} the control API would be open to the network: give it a key with --control-key, "
    "or switch it off with --no-control"
)


def fake(
    spec: Spec | str | Path, options: Options | None = None, *, clock: Clock | None = None, state: State | None = None
) -> Fake:
    """Make a fake API, an ASGI application.

    Run it with any ASGI server; or without one, in the process of a test:
    ``httpx2.Client(transport=AppTransport(fake(spec)), base_url="http://fake/v1")``.

    Args:
        spec: The API; the path of a spec file is followed, so that an edit counts from the next request on.
        options: What the spec leaves open.
        clock: The time that it tells; a test may freeze it or move it ahead.
        state: What it remembers; by default the latest requests, in memory.

    Raises:
        SpecError: The spec file is broken.
    """
    return _fake(spec, options or Options(), clock or Clock(), state, _to_stderr)


def serve(
    path: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    options: Options | None = None,
    limits: Limits | None = None,
    faults: Sequence[Fault] = (),
    check: Check | None = None,
    lines: bool | None = None,
    tell: Callable[[str], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> int:
    """Serve a fake API until the process is told to stop, by Ctrl-C or SIGTERM.

    Args:
        path: The spec file, which may be edited meanwhile.
        host: The address to listen at.
        port: The port to listen at; 0 for any that is free.
        options: What the spec leaves open.
        limits: What clients can cost.
        faults: Orders that stand from the start, see `safelight_mockserver.scenario`.
        check: Judges every answer that no fault has spoiled; what it finds is told at the end.
        lines: Whether a line is told for each request; by default where stdout is a terminal.
        tell: Is told, once it can be reached, where and what it serves; on stdout by default.
        warn: Is told why it cannot start, and of reloads; to stderr by default.

    Returns:
        The exit code for a command: 0 after a stop, 1 where an answer broke the spec, 2 where it could not start.
    """
    tell, warn = tell or _to_stdout, warn or _to_stderr
    options = options or Options()
    lines = sys.stdout.isatty() if lines is None else lines
    try:
        app = _fake(path, options, Clock(), None, warn)
        listening = _listen(host, port)
    except (SpecError, RenderError) as error:
        warn(str(error))
        return 2
    except OSError as error:
        warn(_why_not(error, host, port))
        return 2
    with closing(listening):
        if options.control and options.control_key is None and not _is_own(listening):
            warn(_TOO_OPEN.format(host))
            return 2
        spec = app.source.current()
        exercise = Exercise(spec)
        app.observers = (exercise, *([lambda entry: tell(request_line(entry))] if lines else []))
        app.check = check
        asyncio.run(_ordered(app.state, faults))
        tell(banner(spec, str(path), f"{_origin(listening)}{base_path(spec)}", options))
        with _quiet_stop():
            _server(app, listening, limits or Limits()).run([listening])
        tell(str(exercise))
    if app.problems:
        warn("\n".join(["The fake broke its own spec:", *app.problems]))
    return 1 if app.problems else 0


@contextmanager
def running(app: Fake, *, host: str = "127.0.0.1", port: int = 0, limits: Limits | None = None) -> Generator[str]:
    """Serve a fake API from a thread of this process, for as long as the context lasts; yields its base URL."""
    with closing(_listen(host, port)) as listening:
        server = _server(app, listening, limits or Limits())
        thread = threading.Thread(target=server.run, args=([listening],), name="safelight-server", daemon=True)
        thread.start()
        try:
            yield f"{_origin(listening)}{base_path(app.source.current())}"
        finally:
            server.should_exit = True
            thread.join()


def _fake(
    spec: Spec | str | Path, options: Options, clock: Clock, state: State | None, warn: Callable[[str], None]
) -> Fake:
    source: SpecSource = FixedSpec(spec) if isinstance(spec, Spec) else LiveSpec(Path(spec), warn)
    return Fake(source, options, clock, state or MemoryState(options.log_bytes))


async def _ordered(state: State, faults: Sequence[Fault]) -> None:
    """Order faults, but not those that another server of the same state has ordered before: their counts go on."""
    standing = (await state.board()).faults
    for fault in faults:
        if fault not in standing:
            await state.put_fault(fault)


def _server(app: Fake, listening: socket.socket, limits: Limits) -> uvicorn.Server:
    import uvicorn

    from .connection import limited
    from .door import ServerWithDoor

    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="error",  # What clients do wrong is no trouble of whoever runs the server.
        access_log=False,
        server_header=False,
        lifespan="off",
        http=limited(limits),
        ws="none",
        timeout_graceful_shutdown=limits.grace,
    )
    host, port = listening.getsockname()[:2]
    server = ServerWithDoor(config, partial(_listen, host, port))
    app.door = server.close_door
    app.is_stopping = lambda: server.should_exit
    return server


def _listen(host: str, port: int) -> socket.socket:
    """Open the port.

    Raises:
        OSError: The address is not one of this machine, or the port is taken or reserved.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
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


def _is_own(listening: socket.socket) -> bool:
    """Tell whether a port can be reached from this machine alone."""
    address: str = listening.getsockname()[0]
    return ip_address(address.partition("%")[0]).is_loopback


def _origin(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken; choose another with --port, or --port 0 for any that is free"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not for everyone: ports from 1024 on are"
    return f"cannot listen at {host}, port {port}: {error.strerror or error}"


@contextmanager
def _quiet_stop() -> Generator[None]:
    """Let a signal end the server and nothing else: Uvicorn stops in good order, and then raises it once more."""
    stopping = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, _do_nothing) for number in stopping}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _do_nothing(_number: int, _frame: FrameType | None) -> None: ...


def _to_stdout(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is for the person who runs the server


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - as above
