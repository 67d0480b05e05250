"""What a benchmark ran on: without it, a number says nothing."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["machine", "versions"]


def machine() -> dict[str, str]:
    """Describe the machine, its system and its Python; nothing that names its owner."""
    return {
        "processor": _from_proc("cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": _from_proc("meminfo", "MemTotal") or "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {sys.version.split()[0]}",
    }


def versions(*packages: str) -> dict[str, str]:
    """Tell the installed versions of *packages*."""
    return dict(_versions(packages))


def _versions(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in packages:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _from_proc(file: str, key: str) -> str:
    path = Path("/proc") / file
    if not path.exists():
        return ""
    found = (line.partition(":") for line in path.read_text().splitlines())
    return next((value.strip() for name, _, value in found if name.strip() == key), "")
