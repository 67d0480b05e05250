"""Generated code, made in memory and imported from there, so that any spec of a test can be compiled."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from hashlib import sha256
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, TypeAlias

import safelight.vocabulary.checks
import safelight.vocabulary.free_sizes
from safelight.model import Operation, Spec
from safelight_codegen import Http, Options, render
from safelight_codegen.templating import folder

Module: TypeAlias = Any
"""A generated module: what is in it depends on a spec, so no type checker knows it."""


def client_files(spec: Spec, http: Http = "httpx2") -> dict[str, str]:
    """The files of a spec's Python package by their names."""
    package = spec.name.replace("-", "_")
    files = render(spec, Options(source="test.yaml", http=http))
    prefix = f"python/{package}/{package}/"
    return {path.removeprefix(prefix): text for path, text in files.items() if path.startswith(prefix)}


@cache
def _package(spec_digest: str, modules: tuple[tuple[str, str], ...]) -> str:
    """Put the modules of a package where imports find them, and tell the package's name."""
    name = f"generated_{spec_digest[:12]}_{sha256(repr(modules).encode()).hexdigest()[:8]}"
    package = ModuleType(name)
    package.__path__ = []
    package.__spec__ = ModuleSpec(name, None, is_package=True)
    sys.modules[name] = package
    for stem, source in modules:
        module = ModuleType(f"{name}.{stem}")
        module.__package__ = name
        sys.modules[module.__name__] = module
        exec(compile(source, f"<{name}/{stem}.py>", "exec"), vars(module))
    return name


@cache
def judging() -> Module:
    """What all compiled validators share, with the vocabulary it stands on."""
    runtime = folder("runtime") / "python"
    sources = (
        ("_checks", Path(safelight.vocabulary.checks.__file__)),
        ("_free_sizes", Path(safelight.vocabulary.free_sizes.__file__)),
        ("_judging", runtime / "_judging.py"),
    )
    package = _package("shared", tuple((stem, path.read_text("utf-8")) for stem, path in sources))
    module = importlib.import_module(f"{package}._judging")
    vars(module).update({**vars(importlib.import_module(f"{package}._checks")), **vars(module)})
    return module


def validators(spec: Spec) -> Module:
    """The compiled validators of a spec, with nothing beside them but what they say they need."""
    files = client_files(spec)
    stems = ("_checks", "_free_sizes", "_judging", "validators")
    package = _package(spec.digest, tuple((stem, files[f"{stem}.py"]) for stem in stems))
    return importlib.import_module(f"{package}.validators")


@cache
def _shelf() -> TemporaryDirectory[str]:
    """A folder for packages; it is removed with the process."""
    return TemporaryDirectory()


def client(spec: Spec) -> Module:
    """The whole client of a spec, as a package of a name of its own: specs are named as modules of the library are."""
    files = client_files(spec)
    name = f"generated_client_{sha256(repr(files).encode()).hexdigest()[:16]}"
    folder = Path(_shelf().name) / name
    if name not in sys.modules:
        folder.mkdir()
        for stem, text in files.items():
            (folder / stem).write_text(text, "utf-8")
        found = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
        assert found is not None
        assert found.loader is not None
        sys.modules[name] = module_from_spec(found)
        found.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def record(package: Module, operation: Operation) -> Module:
    """What a client that was made here calls an operation by, found by what it calls."""
    name = package.__name__
    kind = importlib.import_module(f"{name}._operation").Operation
    importlib.import_module(f"{name}.client")
    modules = [module for key, module in sys.modules.items() if key.startswith(f"{name}.")]
    return next(
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, kind) and one.path == operation.path
    )
