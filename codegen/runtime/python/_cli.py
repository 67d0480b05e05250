"""``python -m <package> PROMPT``, or with an operation before it: an image from the command line.

The generated ``__main__`` gives a `Command` of each operation, a table of its parameters; all else is here.  What costs
money is asked for last: a directory that does not exist, a file name that claims a format the API cannot make, and
every broken rule are found before the call.  What has been paid for is never dropped: an image whose format is not what
the file name says is saved under the right name, the last partial image of a broken stream is saved too, and nobody
needs to read what is printed.

Exit codes: 0 saved, 1 refused or failed, 2 wrong usage, 130 interrupted.  Results go to standard output, progress and
errors to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TextIO, TypeAlias

from ._command import Command, Commands, read_line
from ._formats import SIGNED, SUFFIXES, claimed_format, suffix_of
from ._image import Image
from ._operation import Operation
from ._progress import Progress
from ._records import Record, Result, at_path
from .errors import CallError, NotConfigured, RuleError, StreamError

__all__ = ["main"]

_SAVED, _FAILED, _USAGE, _INTERRUPTED = 0, 1, 2, 130
_MOST_NAMES = 10_000


class EventStream(Protocol):
    """What the command needs of a stream of events."""

    @property
    def request_id(self) -> str | None: ...
    def __enter__(self) -> Iterator[Record]: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


class Caller(Protocol):
    """What the command needs of a client."""

    def check(self, operation: Operation[Any, Any], params: Mapping[str, Any]) -> None: ...
    def with_options(self, *, validate: bool) -> Self: ...
    def call(self, operation: Operation[Any, Any], params: Mapping[str, Any]) -> Result | EventStream: ...


OpenClient: TypeAlias = Callable[..., AbstractContextManager[Caller]]
"""The client's class: called with options, it gives a context manager."""


class UsageError(Exception):
    """The command line asks for something that cannot work."""


def main(commands: Command | Commands, client: OpenClient, argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        commands: What can be called, and with which parameters.
        client: The client's class.
        argv: The arguments; None for those of the process.

    Returns:
        The exit code.
    """
    command, options = read_line(commands, argv)
    params = {name: options[f"api {name}"] for name in command.parameters if f"api {name}" in options}
    out, as_json = Path(options["option output"]), options["option format"] == "json"
    inferred: dict[str, str] = {}
    try:
        _refuse_no_file(options["option output"])
        inferred = _infer_format(command, params, out)
        with client(**_client_options(options)) as caller:
            saved = _run(command, caller, params | inferred, out, sys.stderr, quiet=options["option quiet"])
    except UsageError as error:
        print(f"{command.prog}: {error}", file=sys.stderr)
        return _USAGE
    except (CallError, OSError) as error:
        if as_json:
            _print(command, json.dumps({"error": _error_json(error)}, default=str))
        print(f"{command.prog}: {error}", file=sys.stderr)
        if isinstance(error, RuleError):
            for name, value in inferred.items():
                print(f"  {name}={value!r} was taken from the file name {out.name!r}", file=sys.stderr)
        return _USAGE if isinstance(error, NotConfigured) else _FAILED
    except KeyboardInterrupt:
        print(f"{command.prog}: interrupted; a call that was under way may be billed", file=sys.stderr)
        return _INTERRUPTED
    text = json.dumps(saved, default=str) if as_json else "\n".join(file["path"] for file in saved["files"])
    return _SAVED if _print(command, text) else _FAILED


def _print(command: Command, text: str) -> bool:
    """Print a result; whether that went well.  A reader that has left, as ``head`` does, misses nothing."""
    try:
        print(text, flush=True)
    except OSError as error:
        # The interpreter flushes once more when it ends: it gets something that takes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"{command.prog}: standard output cannot be written: {error.strerror}", file=sys.stderr)
            return False
    return True


def _client_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("client "): value for name, value in options.items() if name.startswith("client ")}


def _refuse_no_file(name: str) -> None:
    """Make sure that *name* can be that of a file.

    Raises:
        UsageError: It is that of a directory, or means standard output.
    """
    if name == "-":
        raise UsageError("images are saved in files: '-' is none")
    if name.endswith("/") or Path(name).is_dir():
        example = str(Path(name, "image"))
        raise UsageError(f"{name!r} names a directory: name a file in it, for example {example!r}")


def _infer_format(command: Command, params: Mapping[str, Any], out: Path) -> dict[str, str]:
    """Look at the file name before anything is paid for.

    Returns:
        The format parameter, where the name asks for another format than the one that comes by default.

    Raises:
        UsageError: There is no such directory, or the name contradicts what is asked for or cannot be had.
    """
    if not out.parent.is_dir():
        raise UsageError(f"there is no directory {str(out.parent)!r} to save in")
    claimed, flag = claimed_format(out), command.format
    if claimed is None or flag is None:
        return {}
    if claimed not in flag.values:
        endings = ", ".join(suffix for name in flag.values for suffix in SUFFIXES.get(name, ()))
        raise UsageError(f"the API makes no {claimed} files: end {out.name!r} in one of {endings}")
    wanted = flag.values[claimed]
    if flag.parameter not in params:
        return {} if claimed == flag.default else {flag.parameter: wanted}
    given = params[flag.parameter]
    if given != wanted and given in flag.values.values():
        option = command.option(flag.parameter)
        raise UsageError(f"{out.name!r} says {claimed}, and {option} says {given}: change one of them")
    return {}


def _run(
    command: Command, caller: Caller, params: Mapping[str, Any], out: Path, err: TextIO, *, quiet: bool
) -> dict[str, Any]:
    """Call the operation and save what comes; tell about it as JSON."""
    caller.check(command.operation, params)  # what is refused here, nobody need be told of as begun
    caller = caller.with_options(validate=False)
    with Progress(err, "making the image", quiet=quiet) as progress:
        try:
            answer = caller.call(command.operation, params)
            if isinstance(answer, Result):
                made = command.operation.images_in(answer)
                files = _save_all(made, len(made), out, progress)
                about = answer.to_json()
                *way, last = command.operation.images
                at_path(about, way).pop(last, None)
            else:
                images = _finished(command, answer, params, progress)
                files = _save_all(images, command.operation.images_asked(params), out, progress)
                about = {}
        except StreamError as error:
            if error.partial is not None:
                with suppress(CallError, OSError):  # the stream's error is the one to tell
                    _save(error.partial, _free(out.with_stem(f"{out.stem}-partial")), progress)
            raise
        progress.note(f"done in {progress.seconds:.1f} s")
    return {"files": files, "request_id": answer.request_id, **about}


def _finished(command: Command, stream: EventStream, params: Mapping[str, Any], progress: Progress) -> Iterator[Image]:
    """Read a stream and give the finished images as they come."""
    asked = params.get(command.partials) if command.partials is not None else None
    kinds = tuple(command.operation.events[name] for name in command.operation.final)
    partials = 0
    with stream as events:
        for event in events:
            if isinstance(event, Image) and isinstance(event, kinds):
                yield event
            else:
                partials += 1
                progress.note(f"partial {partials}{f' of {asked}' if asked else ''} after {progress.seconds:.1f} s")


def _save_all(images: Iterable[Image], count: int, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """Save each image as soon as it is there.  One that cannot be saved does not keep the others from it."""
    files: list[dict[str, Any]] = []
    failure: CallError | OSError | None = None
    for number, image in enumerate(images, 1):
        try:
            files.append(_save(image, _numbered(out, number, max(count, number)), progress))
        except (CallError, OSError) as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return files


def _save(image: Image, path: Path, progress: Progress) -> dict[str, Any]:
    """Save one image under the ending of its real format; a pipe or a device keeps its name."""
    data = image.download()
    real = image.format
    fitting = path if path.exists() and not path.is_file() else _fitting(path, real)
    if fitting != path and claimed_format(path) is not None:
        progress.note(f"the API sent {real or 'no image known here'}, so {path.name} becomes {fitting.name}")
    image.save(fitting)
    width, height = image.pixels or (None, None)
    progress.note(f"saved {fitting}: {width or '?'}x{height or '?'} {real or 'unknown format'}, {len(data):,} bytes")
    size = {"width": width, "height": height, "bytes": len(data)}
    return {"path": str(fitting), "format": real, **size, **image.to_json(file=False)}


def _fitting(path: Path, real: str | None) -> Path:
    """The name for an image whose format is *real*: *path* itself, or one beside it with the right ending."""
    claimed = claimed_format(path)
    if claimed == real or (real is None and claimed not in SIGNED):
        return path
    if real is None:
        return _free(path.with_suffix(".bin"))
    return _free(path.with_name(path.name + suffix_of(real)) if claimed is None else path.with_suffix(suffix_of(real)))


def _free(path: Path) -> Path:
    """A name that no file has yet: ``fox.png``, or else ``fox-2.png`` and so on."""
    names = (path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, _MOST_NAMES)))
    return next((name for name in names if not name.exists()), path)


def _numbered(out: Path, number: int, count: int) -> Path:
    """Name the *number*-th of *count* files: ``fox.png``, or ``fox-1.png``, ``fox-2.png``."""
    if count == 1:
        return out
    ending = out.suffix if claimed_format(out) is not None else ""
    return out.with_name(f"{out.name.removesuffix(ending)}-{number}{ending}")


def _error_json(error: Exception) -> dict[str, Any]:
    """Tell of an error as JSON."""
    told: dict[str, Any] = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, CallError):
        for name in ("status", "type", "code", "param", "request_id", "retryable", "attempts"):
            told[name] = getattr(error, name)
    if isinstance(error, RuleError):
        told["violations"] = [violation._asdict() for violation in error.violations]
    return told
