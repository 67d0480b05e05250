"""Jinja, set up: where the templates lie, how they are read, and what is kept of them from run to run.

This is the only module that knows Jinja.  Templates are strict: an undefined name is an error.

To compile the templates takes a fifth of a run.  What Jinja makes of a template is therefore kept where Python keeps
what it makes of a module: in ``__pycache__`` beside it, or wherever ``PYTHONPYCACHEPREFIX`` says; not at all with
``PYTHONDONTWRITEBYTECODE``.  It counts only for the same text, read by the same rules by the same Jinja and Python.
Where it cannot be read or written, the template is compiled: nothing but time depends on it.
"""

from __future__ import annotations

import json
import marshal
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined

from safelight_codegen.text import docstring, literal

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

__all__ = ["FILTERS", "CompiledTemplates", "environment", "folder"]

_HERE: Final = Path(__file__).parent


def _toml(text: str) -> str:
    """Write a string as TOML has it; its basic strings are written as JSON's are."""
    return json.dumps(text, ensure_ascii=False)


FILTERS: Final[Mapping[str, Callable[..., str]]] = {"docstring": docstring, "literal": literal, "toml": _toml}
"""The filters of the templates, beside Jinja's own."""

_RULES: Final[Mapping[str, Any]] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}
"""How templates are read."""

_READER: Final = f"{jinja2.__version__}\0{sys.version}\0{_RULES}"


def folder(name: str) -> Path:
    """The folder of templates or of the runtime: in a wheel beside this module, in a checkout beside the package."""
    packed = _HERE / name
    return packed if packed.is_dir() else _HERE.parent / name


@cache
def environment() -> Environment:
    """The templates, and the rules that they are read by."""
    made = Environment(
        loader=FileSystemLoader(folder("templates")),
        bytecode_cache=CompiledTemplates(),
        autoescape=False,  # noqa: S701 - the output is Python, not HTML
        **_RULES,
    )
    made.filters |= FILTERS
    return made


class CompiledTemplates(BytecodeCache):
    """What Jinja made of the templates of a folder, kept beside them.

    A file holds a digest of all that its content depends on, and then the content.  The filters are not part of that:
    a test sees to it that no template applies one to a constant, which Jinja would do once and for all.
    """

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The path of the template, of which `load_bytecode` and `dump_bytecode` make their own."""
        return filename or name

    def get_source_checksum(self, source: str) -> str:
        """Sum up all that the compiled form depends on."""
        return sha256(f"{_READER}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept of a template, if that is what would be made of it now."""
        # The last three are what marshal finds wrong with a file that was cut or damaged.
        with suppress(OSError, NotImplementedError, EOFError, ValueError, TypeError):
            checksum, _, code = Path(cache_from_source(bucket.key)).read_bytes().partition(b"\n")
            if checksum == bucket.checksum.encode():
                bucket.code = marshal.loads(code)  # noqa: S302 - trusted as the compiled modules of the package are

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was made of a template, if that is possible and wanted."""
        if sys.dont_write_bytecode:
            return
        with suppress(OSError, NotImplementedError):  # a folder that belongs to somebody else, an unusual Python
            place = Path(cache_from_source(bucket.key))
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = place.with_name(f"{place.name}.{os.getpid()}")  # another process may read or write at the same time
            try:
                draft.write_bytes(b"\n".join((bucket.checksum.encode(), marshal.dumps(bucket.code))))
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)
