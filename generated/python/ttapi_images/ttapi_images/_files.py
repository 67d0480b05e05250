"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write *data* to *path* so that a reader finds the old file or the whole new one, never a part.

    The bytes go to a file beside the target, which then takes its place in one step.  A symbolic link stays a link: its
    target is replaced.  What is not a regular file (a pipe, ``/dev/null``) is written to directly.

    Raises:
        OSError: The directory does not exist, the disk is full, and so on; the target is as it was.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    draft = target.with_name(f".{target.name[:64]}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # otherwise the name may be on disk before the bytes are
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
