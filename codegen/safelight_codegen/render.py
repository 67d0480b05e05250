"""From a spec to texts: view-models are computed, templates place them, the runtime is taken as it is.

Tests see to it that no template is left that nothing renders, and no filter that nothing uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import safelight.vocabulary.checks
import safelight.vocabulary.free_sizes
from safelight.model import Spec
from safelight_codegen.exports import json_schemas, openapi
from safelight_codegen.options import Options, Target
from safelight_codegen.python import python_client
from safelight_codegen.templating import environment, folder

__all__ = ["render"]


def render(spec: Spec, options: Options) -> dict[str, str]:
    """Make every file that follows from *spec*.

    Args:
        spec: The spec.
        options: What can be chosen.

    Returns:
        Texts by path: relative to the output folder, with forward slashes, in a stable order.
    """
    files: dict[str, str] = {}
    for target in options.targets:
        files |= {f"{target}/{path}": text for path, text in _TARGETS[target](spec, options).items()}
    return dict(sorted(files.items()))


def _python(spec: Spec, options: Options) -> dict[str, str]:
    """Make the Python client: a project that holds a package of the same name."""
    package = spec.name.replace("-", "_")
    runtime = {path.name: path.read_text("utf-8") for path in folder("runtime").joinpath("python").glob("*.py")}
    for shared in (safelight.vocabulary.checks, safelight.vocabulary.free_sizes):
        path = Path(str(shared.__file__))
        runtime[f"_{path.name}"] = path.read_text("utf-8")
    runtime["py.typed"] = ""
    files = {f"{package}/{name}": text for name, text in runtime.items()}
    for one in python_client(spec, options, runtime["errors.py"]):
        files[one.path] = environment().get_template(one.template).render(one.inputs)
    return {f"{package}/{path}": text for path, text in files.items()}


def _openapi(spec: Spec, options: Options) -> Mapping[str, str]:
    return openapi(spec, options.source)


def _json_schemas(spec: Spec, options: Options) -> Mapping[str, str]:
    return json_schemas(spec, options.source)


_TARGETS: Final[Mapping[Target, Callable[[Spec, Options], Mapping[str, str]]]] = {
    "python": _python,
    "openapi": _openapi,
    "jsonschema": _json_schemas,
}
