"""Where the specs are that come with Safelight.

In a wheel they lie beside this module, in ``specs/``; in a checkout they lie one folder up, where people edit them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent


def folder() -> Path:
    """The folder of the shipped specs and of the language's JSON Schema."""
    packed = _HERE / "specs"
    return packed if packed.is_dir() else _HERE.parent


def shipped() -> Mapping[str, Path]:
    """The shipped specs by name, in the order of their names."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def find(spec: str | Path) -> str | Path:
    """The path of a spec that is named by its path, or by its name where it is a shipped one; a file comes first.

    Other paths stay as they were written, so that messages name them the same way.
    """
    known = shipped().get(str(spec))
    return spec if known is None or Path(spec).exists() else known
