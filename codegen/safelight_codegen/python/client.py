"""The Python client of a spec: which files it has, and what each is made of.

Three kinds of file: rendered ones, from a template and view-models; those of the runtime, which take nothing from the
spec and are copied; ``_checks.py`` and ``_free_sizes.py``, the vocabulary of both readings of a spec, are copied, too,
from the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import safelight
from safelight.model import Auth, Spec
from safelight.records import dataclass
from safelight.vocabulary.index import identified
from safelight_codegen.names import camel
from safelight_codegen.options import Options
from safelight_codegen.python import view
from safelight_codegen.python.code.flavours import AIO, SYNC
from safelight_codegen.python.code.layout import INDENT, collection
from safelight_codegen.python.code.naming import record_name, resource_names
from safelight_codegen.python.package.command import package_command
from safelight_codegen.python.package.front import exports_of, front_door
from safelight_codegen.python.package.readme import client_readme
from safelight_codegen.python.surface.annotations import Annotations
from safelight_codegen.python.surface.records import Records
from safelight_codegen.python.surface.resources import resources
from safelight_codegen.python.surface.types_module import types_module
from safelight_codegen.python.validation.validators import validators
from safelight_codegen.text import literal, sentence
from safelight_codegen.writer import MARK

__all__ = ["Rendered", "python_client"]

_REQUIREMENTS: Final = {"httpx2": "httpx2>=2.12,<3", "httpx": "httpx>=0.28,<1"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A file that a template makes: its path below the project, the template, and what the template places."""

    path: str
    template: str
    inputs: Mapping[str, object]


def python_client(spec: Spec, options: Options, errors: str) -> Iterator[Rendered]:
    """Yield the rendered files of a client.

    Args:
        spec: The spec.
        options: What can be chosen.
        errors: The source of the runtime's ``errors.py``, whose names the package exports.
    """
    aliases: dict[str, view.Alias] = {}
    taken = frozenset({*exports_of(errors), *_classes(spec)})
    records = Records(taken)
    taken |= frozenset(records.of(spec.operations.values()))
    annotations = {name: Annotations(name, aliases, taken) for name in spec.operations}
    made = resources(spec, annotations, records)
    api = _api(spec, made)
    types = types_module(spec, aliases, records)
    mark = f"# {MARK} from {options.source}. Do not edit."
    package = spec.name.replace("-", "_")
    shared: Mapping[str, object] = {"mark": mark, "http": options.http, "api": api, "sync": SYNC, "aio": AIO}
    inputs: Mapping[str, Mapping[str, object]] = {
        "__init__.py": {"front": front_door(api, types, errors, package)},
        "__main__.py": {"command": package_command(spec, package)},
        "api.py": {},
        "async_client.py": {},
        "client.py": {},
        "http_library.py": {},
        "types.py": {"types": types},
        "validators.py": {"validators": validators(spec)},
    }
    for name, more in inputs.items():
        yield Rendered(f"{package}/{name}", f"python/{{package}}/{name}.jinja", {**shared, **more})
    for resource in made:
        yield Rendered(
            f"{package}/{resource.module}.py",
            "python/{package}/{resource}.py.jinja",
            {"mark": mark, "resource": resource},
        )
    project = {"mark": mark, "api": api, "module": package, "requirement": _REQUIREMENTS[options.http]}
    yield Rendered("pyproject.toml", "python/pyproject.toml.jinja", project)
    readme = client_readme(spec, typed=any(one.loose for one in made))
    yield Rendered("README.md", "python/README.md.jinja", {
        "mark": mark.removeprefix("# "), "api": api, "module": package, "readme": readme})  # fmt: skip


def _classes(spec: Spec) -> Iterator[str]:
    """Yield the names of the classes of resources, of the records of operations, and of the types of models."""
    yield from (name for one in resource_names(spec).values() for name in one.classes)
    for operation in spec.operations.values():
        yield from (record_name(operation), camel(operation.name, "model"))


# --- the API as a whole ---


def _api(spec: Spec, made: tuple[view.Resource, ...]) -> view.Api:
    first = next(iter(spec.operations.values()))
    headers = first.response.headers
    auth = tuple(_auth(one) for one in spec.auth)
    stem = spec.key_variable.removesuffix("_API_KEY").removesuffix("_KEY")
    return view.Api(
        title=spec.title,
        summary=sentence(spec.doc.partition(". ")[0] if spec.doc else spec.title),
        package=spec.name,
        version=safelight.__version__,
        base_url=spec.servers[0],
        base_url_variable=f"{stem}_BASE_URL",
        key_variable=spec.key_variable,
        key_variables=(spec.key_variable,),
        auth=_tuple(
            [f"Auth({literal(one.name)}, header={literal(one.header)}, prefix={literal(one.prefix)})" for one in auth],
            "auth=",
        ),
        rules=_tuple([literal(id_) for one in spec.operations.values() for id_ in identified(one)], "rules="),
        auth_names=", ".join(literal(one.name) for one in auth),
        url_lifetime=first.response.url_lifetime,
        request_id_header=next(
            (name.lower() for name, text in headers.items() if "{request_id}" in text), "x-request-id"
        ),
        revised=spec.revised.isoformat(),
        digest=spec.digest,
        resources=made,
    )


def _tuple(items: list[str], before: str) -> str:
    """Lay out a tuple that is an argument; *before* is what stands before it."""
    return collection("(", items, ")", INDENT + len(before), is_tuple=True).replace("\n", "\n    ")


def _auth(auth: Auth) -> view.Auth:
    if auth.header is None:
        return view.Auth(name="bearer", header="Authorization", prefix="Bearer ")
    return view.Auth(name=auth.header, header=auth.header, prefix="")
