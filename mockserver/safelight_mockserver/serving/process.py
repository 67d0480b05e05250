"""Serving: a fake API as a process, or several, that somebody starts and stops.

What can go wrong at the start is told in a line before anything is served: a spec that is broken, a port that is taken,
a state that is out of reach, several workers that would each remember something else.  One process serves by itself;
several share one port and one state, and are looked after by `workers`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from safelight import SpecError
from safelight.records import dataclass
from safelight.shipped import find
from safelight_mockserver.app import Fake, base_path
from safelight_mockserver.calls.service import Check
from safelight_mockserver.clock import Clock
from safelight_mockserver.faults.fault import Fault
from safelight_mockserver.live import LiveSpec
from safelight_mockserver.options import Options
from safelight_mockserver.pictures.renderer import RenderError, renderer
from safelight_mockserver.store.address import MEMORY
from safelight_mockserver.store.memory_state import MemoryState
from safelight_mockserver.store.state import State

from .banner import banner
from .counts import left_behind
from .limits import Limits
from .report import Exercise
from .server import is_own, listen, made_server, origin, why_not
from .voice import Voice

if TYPE_CHECKING:
    import uvicorn

__all__ = ["serve"]

_SECRET_BYTES: Final = 32
_KILLED_AFTER: Final = 5  # Seconds that a worker has to end once its answers have.
_MOST_FILES: Final = 1 << 16
_TOO_OPEN: Final = (
    "at {} the control API would be open to the network: give it a key with --control-key, "
    "or switch it off with --no-control"
)
_APART: Final = (
    "{} workers need a state that they share: --state redis://HOST; or say --state memory if each may have "
    "a log, faults, rate limits and a clock of its own"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a process serves; it survives pickling.

    Attributes:
        path: The spec file.
        options: What the spec leaves open.
        limits: What clients can cost.
        faults: Orders that stand from the start, unless the state has them already.
        check: Judges answers.
        lines: Whether a line is told for each request.
        as_json: Whether everything is told as JSON.
        state: Where the state is: ``memory``, or a URL of Redis.
        is_worker: Whether it is one of several processes.
        folder: Where such a one counts what it has seen.
    """

    path: str
    options: Options
    limits: Limits
    faults: tuple[Fault, ...]
    check: Check | None
    lines: bool
    as_json: bool
    state: str
    is_worker: bool
    folder: str = ""


def serve(
    spec: str | Path | LiveSpec,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    options: Options | None = None,
    limits: Limits | None = None,
    faults: Sequence[Fault] = (),
    check: Check | None = None,
    state: str | None = None,
    workers: int = 1,
    lines: bool | None = None,
    as_json: bool = False,
    tell: Callable[[str], None] | None = None,
    warn: Callable[[str], None] | None = None,
) -> int:
    """Serve a fake API until the process is told to stop, by Ctrl-C or SIGTERM.

    SIGHUP makes it read its spec again.

    Args:
        spec: The path of a spec file, which may be edited meanwhile, or the name of a shipped one; or a file that has
            been read.
        host: The address to listen at.
        port: The port to listen at; 0 for any that is free.
        options: What the spec leaves open.
        limits: What clients can cost.
        faults: Orders that stand from the start, see `safelight_mockserver.faults.scenario`.
        check: Judges every answer that no fault has spoiled; what it finds is told at the end.
        state: Where the state is: ``memory``, by default; or a URL of Redis, ``redis://host:6379/0``, for servers that
            share it.
        workers: How many processes serve.  Several need a state that they share, or ``memory`` by name.
        lines: Whether a line is told for each request; by default where stdout is a terminal, or *as_json*.
        as_json: Whether everything is told as JSON, one object a line.
        tell: Is told, once it can be reached, where and what it serves; on stdout by default, as workers do.
        warn: Is told why it cannot start, and of reloads; to stderr by default.

    Returns:
        The exit code for a command: 0 after a stop, 1 where an answer broke the spec, 2 where it could not start.
    """
    voice = Voice(tell, warn, as_json=as_json)
    plan = _Plan(
        path=str(spec.path if isinstance(spec, LiveSpec) else find(spec)),
        options=options or Options(),
        limits=limits or Limits(),
        faults=tuple(faults),
        check=check,
        lines=(as_json or sys.stdout.isatty()) if lines is None else lines,
        as_json=as_json,
        state=state or MEMORY,
        is_worker=workers > 1,
    )
    if workers > 1 and not hasattr(signal, "pthread_sigmask"):
        voice.warn("this system can run one worker only: start several servers, with one --state")
        return 2
    if workers > 1 and state is None:
        voice.warn(_APART.format(workers))
        return 2
    try:
        source = spec if isinstance(spec, LiveSpec) else LiveSpec(Path(plan.path))
        source.tell = voice.warn
        renderer(plan.options.images)
        plan = _shared(plan)
        listening = listen(host, port)
    except (SpecError, RenderError, _StateTrouble) as error:
        voice.warn(str(error))
        return 2
    except OSError as error:
        voice.warn(why_not(error, host, port))
        return 2
    with closing(listening):
        if plan.options.control and plan.options.control_key is None and not is_own(listening):
            voice.warn(_TOO_OPEN.format(host))
            return 2
        served = source.current()
        base = f"{origin(listening)}{base_path(served)}"
        text = banner(served, plan.path, base, plan.options)
        if workers == 1:
            app = Fake(source, plan.options, Clock(), _state(plan))
            return _run(plan, app, listening, voice, lambda: voice.tell(text, base_url=base))
        voice.tell(text, base_url=base)
        return _supervise(plan, listening, workers, voice, Exercise(served))


class _StateTrouble(Exception):
    """The state cannot be used."""


def _shared(plan: _Plan) -> _Plan:
    """Make ready what several processes have to agree on: the secret of links, and the faults that stand.

    Raises:
        _StateTrouble: The state cannot be used.
    """
    secret = plan.options.secret
    if plan.state != MEMORY:
        from safelight_mockserver.store.redis_state import StateError

        try:
            secret = asyncio.run(_agreed(plan))
        except (StateError, ValueError) as error:
            raise _StateTrouble(str(error)) from error
        return replace(plan, faults=(), options=replace(plan.options, secret=secret))
    return replace(plan, options=replace(plan.options, secret=secret or secrets.token_bytes(_SECRET_BYTES)))


async def _agreed(plan: _Plan) -> bytes:
    """Order the faults in a shared state, and return the secret of links."""
    from safelight_mockserver.store.redis_state import RedisState, link_secret

    state = RedisState(plan.state, plan.options.log_bytes)
    try:
        await _order(state, plan.faults)
        return plan.options.secret or await link_secret(plan.state)
    finally:
        await state.close()


async def _order(state: State, faults: Sequence[Fault]) -> None:
    """Order faults, but not those that another server of the same state has ordered before: their counts go on."""
    standing = (await state.board()).faults
    for fault in faults:
        if fault not in standing:
            await state.put_fault(fault)


def _supervise(plan: _Plan, listening: socket.socket, workers: int, voice: Voice, exercise: Exercise) -> int:
    """Let several processes serve, and tell in the end what they saw together, those that were killed among them."""
    from tempfile import TemporaryDirectory

    from .workers import supervise

    with TemporaryDirectory(prefix="safelight-") as folder:
        work = partial(_work, replace(plan, folder=folder), listening)
        code = supervise(work, workers, grace=plan.limits.grace + _KILLED_AFTER, warn=voice.warn)
        for counted in left_behind(Path(folder)):
            exercise.add(counted)
    voice.tell(str(exercise))
    return code


def _work(plan: _Plan, listening: socket.socket) -> int:
    """Do what a worker does."""
    from .workers import watch_parent

    watch_parent()
    voice = Voice(as_json=plan.as_json)
    try:
        app = Fake(LiveSpec(Path(plan.path), voice.warn), plan.options, Clock(), _state(plan))
    except SpecError as error:
        voice.warn(str(error))
        return 2
    return _run(plan, app, listening, voice, lambda: None)


def _run(plan: _Plan, app: Fake, listening: socket.socket, voice: Voice, ready: Callable[[], None]) -> int:
    """Serve from this process until it is told to stop."""
    _allow_files()
    exercise = Exercise(app.source.current(), Path(plan.folder) / str(os.getpid()) if plan.is_worker else None)
    app.observers = (exercise, *([voice.request] if plan.lines else []))
    app.check = plan.check
    if plan.faults:
        asyncio.run(_order(app.state, plan.faults))
    server = made_server(app, listening, plan.limits)
    if plan.is_worker:
        app.door = None  # The others would go on listening.
    with _signals(app, server):
        ready()
        if plan.is_worker:
            from .workers import take_signals

            take_signals()
        server.run([listening])
    if not plan.is_worker:
        voice.tell(str(exercise))
    if app.problems:
        voice.warn("\n".join(["The fake broke its own spec:", *app.problems]))
    return 1 if app.problems else 0


def _state(plan: _Plan) -> State:
    if plan.state == MEMORY:
        return MemoryState(plan.options.log_bytes)
    from safelight_mockserver.store.redis_state import RedisState

    return RedisState(plan.state, plan.options.log_bytes)


def _allow_files() -> None:
    """Let this process have as many connections as it may: the usual limit of 1,024 files is soft."""
    try:
        import resource
    except ImportError:  # On Windows there is no such limit.
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < wanted:
        with suppress(OSError, ValueError):  # It stays as it was.
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _signals(app: Fake, server: uvicorn.Server) -> Generator[None]:
    """Let a signal end the server and nothing else, and SIGHUP make it read its spec.

    Uvicorn listens to signals only while it runs; before, one would be lost.  And when it has stopped in good order, it
    raises the signal once more, which would end the process in another way.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    def reload(_number: int, _frame: FrameType | None) -> None:
        app.source.reload()

    wanted = {signal.SIGINT: stop, signal.SIGTERM: stop}
    if hasattr(signal, "SIGHUP"):
        wanted[signal.SIGHUP] = reload
    before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
