"""The Python client of a spec: which files it has, and what each is made of.

Three kinds of file: rendered ones, from a template and view-models; those of the runtime, which take nothing from the
spec and are copied; and ``_checks.py``, the vocabulary that both readings of a spec share, copied from the language.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import safelight
from safelight.interpret import violations
from safelight.model import ANY_MODEL, Auth, From, Json, Operation, Spec, Type, Value
from safelight_codegen import view
from safelight_codegen.annotations import Annotations
from safelight_codegen.flavours import AIO, SYNC
from safelight_codegen.layout import INDENT, collection, fits, imported, names_in
from safelight_codegen.names import camel, constant, in_order
from safelight_codegen.options import Options
from safelight_codegen.records import Records
from safelight_codegen.resources import resources
from safelight_codegen.text import literal, paragraph, sentence
from safelight_codegen.validators import validators
from safelight_codegen.writer import MARK

__all__ = ["Rendered", "python_client"]

_REQUIREMENTS: Final = {"httpx2": "httpx2>=2.12,<3", "httpx": "httpx>=0.28,<1"}
_FORMATS: Final = {"jpg": "jpeg"}
"""Names of file formats that differ from those of the client's runtime."""


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
    annotations = {name: Annotations(name) for name in spec.operations}
    records = Records()
    made = resources(spec, annotations, records)
    api = _api(spec, made)
    types = _types(spec, annotations, records)
    mark = f"# {MARK} from {options.source}. Do not edit."
    package = spec.name.replace("-", "_")
    shared: Mapping[str, object] = {"mark": mark, "http": options.http, "api": api, "sync": SYNC, "aio": AIO}
    inputs: Mapping[str, Mapping[str, object]] = {
        "__init__.py": {"front": _front(api, types, errors, package)},
        "__main__.py": {"command": _command(spec, package)},
        "api.py": {},
        "async_client.py": {},
        "client.py": {},
        "http_library.py": {},
        "types.py": {"types": types},
        "validators.py": {"validators": validators(spec)},
    }
    for name, more in inputs.items():
        yield Rendered(f"{package}/{name}", f"python/{name}.jinja", {**shared, **more})
    for resource in made:
        yield Rendered(
            f"{package}/{resource.module}.py", "python/resource.py.jinja", {"mark": mark, "resource": resource}
        )
    project = {"mark": mark, "digest": spec.digest, "api": api, "module": package,
               "requirement": _REQUIREMENTS[options.http]}  # fmt: skip
    yield Rendered("pyproject.toml", "python/pyproject.toml.jinja", project)
    yield Rendered("README.md", "python/README.md.jinja", {
        "mark": mark.removeprefix("# "), "api": api, "module": package, "readme": _readme(spec)})  # fmt: skip


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
        auth=collection(
            "(",
            [f"Auth({literal(one.name)}, header={literal(one.header)}, prefix={literal(one.prefix)})" for one in auth],
            ")",
            INDENT + len("auth="),
            is_tuple=True,
        ).replace("\n", "\n    "),
        auth_names=", ".join(literal(one.name) for one in auth),
        url_lifetime=first.response.url_lifetime,
        request_id_header=next(
            (name.lower() for name, text in headers.items() if "{request_id}" in text), "x-request-id"
        ),
        resources=made,
    )


def _auth(auth: Auth) -> view.Auth:
    if auth.header is None:
        return view.Auth(name="bearer", header="Authorization", prefix="Bearer ")
    return view.Auth(name=auth.header, header=auth.header, prefix="")


# --- types and exports ---


def _types(spec: Spec, annotations: Mapping[str, Annotations], records: Records) -> view.Types:
    aliases = {name: alias for one in annotations.values() for name, alias in one.aliases.items()}
    for operation in spec.operations.values():
        if operation.model_parameter is not None:
            name = camel(operation.name, "model")
            names = [literal(model) for model in spec.names_as_of(spec.revised)]
            text = collection(f"{name}: TypeAlias = Literal[", names, "]", 0)
            doc = f"The models that were known when this client was made; {operation.name} takes other names too."
            aliases = {name: view.Alias(name=name, doc=paragraph(doc, indent=0), text=text, members=()), **aliases}
    names = [*aliases, *records.made, *records.unions]
    sources = [member.declaration for alias in aliases.values() for member in alias.members]
    sources += [field.declaration for record in records.made.values() for field in record.fields]
    used = {word for source in sources for word in names_in(_annotation(source))}
    typing = [
        name
        for name, wanted in (
            ("Any", "Any" in used),
            ("ClassVar", True),
            ("Literal", "Literal" in used or any(alias.text for alias in aliases.values())),
            ("NotRequired", "NotRequired" in used),
            ("TypeAlias", bool(records.unions) or any(alias.text for alias in aliases.values())),
            ("TypedDict", any(alias.members for alias in aliases.values())),
        )
        if wanted
    ]
    collections = ["Mapping", *(["Sequence"] if "Sequence" in used else [])]
    images = ["Image"] if "Image" in records.used else []
    rest = records.used - {"Image"} | {"Reader"}
    return view.Types(
        imports=view.Imports(
            standard=(
                imported("collections.abc", collections),
                "from dataclasses import dataclass",
                imported("typing", typing),
            ),
            siblings=(*((imported("._image", images),) if images else ()), imported("._records", rest)),
        ),
        exports=collection("[", [literal(name) for name in in_order(names)], "]", len("__all__ = ")),
        aliases=tuple(alias for alias in aliases.values() if alias.text),
        shapes=tuple(alias for alias in aliases.values() if not alias.text),
        records=tuple(records.made.values()),
        unions=tuple(records.unions.values()),
    )


def _annotation(declaration: str) -> str:
    return declaration.partition(": ")[2].partition(" = ")[0]


def _front(api: view.Api, types: view.Types, errors: str, package: str) -> view.Front:
    own = [*(alias.name for alias in types.aliases), *(one.name for one in types.records)]
    own += [union.name for union in types.unions]
    homes = {
        "_checks": ["Violation"],
        "_image": ["Image"],
        "_omit": ["OMIT", "Omit"],
        "_wire": ["RawResponse"],
        "errors": _exports(errors),
        "types": sorted(own),
    }
    lazy = {"async_client": ["AsyncClient", "AsyncStream"], "client": ["Client", "Stream"]}
    names = in_order({"__version__", *(name for names in (*homes.values(), *lazy.values()) for name in names)})
    table = [f"{literal(name)}: {literal(home)}" for home, names_ in lazy.items() for name in names_]
    summary = paragraph(sentence(f"{api.title}: a client that refuses a bad call before it costs money"), indent=0)
    doc = f"{summary}\n\n" + paragraph(
        "Made from the spec of the API.  `Client` and `AsyncClient` are fetched when they are first asked for, so that "
        f"``{package}.validators`` can be used where there is no HTTP library.",
        indent=0,
    )
    return view.Front(
        doc=doc,
        version=api.version,
        homes=tuple(view.Home(module=home, line=imported(f".{home}", names_)) for home, names_ in homes.items()),
        lazy=tuple(view.Home(module=home, line=imported(f".{home}", names_)) for home, names_ in lazy.items()),
        table=collection("{", table, "}", len("_HOMES = ")),
        exports=collection("[", [literal(name) for name in names], "]", len("__all__ = ")),
    )


def _exports(source: str) -> list[str]:
    """The names that a module lists as its own."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


# --- the command ---


def _command(spec: Spec, package: str) -> view.Command:
    operation = next(iter(spec.operations.values()))
    picture = operation.response.picture
    some = operation.tables[ANY_MODEL].parameters
    kinds = {
        Type.INTEGER: "integer",
        Type.NUMBER: "number",
        Type.BOOLEAN: "switch",
        Type.ARRAY: "json",
        Type.OBJECT: "json",
    }

    def flag(name: str, indent: int) -> view.Flag:
        kind = kinds.get(some[name].type, "text")
        arguments = [literal(name), literal(kind), literal(sentence(some[name].doc))]
        return view.Flag(text=collection("Flag(", arguments, ")", indent))

    settings: dict[str, str] = {}
    if picture.format is not None:
        values = {_FORMATS.get(value, value): value for value in _choices(operation, picture.format)}
        arguments = [literal(picture.format), literal(picture.default_format), literal(values)]
        settings["format"] = collection("FormatFlag(", arguments, ")", INDENT + len("format="))
    partials = _partials(operation)
    if partials is not None:
        settings["partials"] = literal(partials)
    used = ["Command", "Flag", *(["FormatFlag"] if "format" in settings else [])]
    return view.Command(
        doc=sentence(f"Images from the command line: ``python -m {package} PROMPT``"),
        summary=sentence(operation.doc or operation.title),
        prog=f"python -m {package}",
        constant=constant(operation.name),
        prompt=flag(picture.prompt, INDENT + len("prompt=")),
        flags=tuple(flag(name, 2 * INDENT) for name in operation.parameters if name != picture.prompt),
        settings=tuple(view.Setting(name=name, text=text.replace("\n", "\n    ")) for name, text in settings.items()),
        imports=(
            "from ._cli import main",
            imported("._command", used),
            "from .client import Client",
            f"from .{operation.resource} import {constant(operation.name)}",
        ),
    )


def _choices(operation: Operation, name: str) -> list[str]:
    """The words that some model takes for a parameter, in spec order."""
    found: dict[str, None] = {}
    for table in operation.tables.values():
        for one in table.parameters[name].constraints:
            choices = getattr(one.check, "choices", ())
            found.update((choice.value, None) for choice in choices if isinstance(choice.value, str))
    return list(found)


def _partials(operation: Operation) -> str | None:
    """The parameter that says how many unfinished images a stream may send."""
    if operation.response.stream is None:
        return None
    counted = [event.most for event in operation.response.stream.events if not event.final]
    return next((one.parameter for one in counted if isinstance(one, Value)), None)


# --- the README ---


def _readme(spec: Spec) -> view.Readme:
    operation = next(iter(spec.operations.values()))
    legal = _legal_example(spec, operation)
    wrong = next((dict(case.body) for rule in operation.rules for case in rule.rejects
                  if violations(spec, operation, case.body)), dict[str, Json]())  # fmt: skip
    faults = violations(spec, operation, wrong) if wrong else ()
    images = next((one.name for one in operation.response.fields if one.source is From.IMAGES), "data")
    call = f"{operation.resource}.{operation.name}"
    return view.Readme(
        summary=sentence(spec.doc or spec.title),
        method=operation.name,
        legal=_call(f"result = client.{call}(", legal),
        images=images,
        wrong=_call(f'Client(api_key="any").{call}(', wrong) if wrong else "",
        refusal=faults[0].message if faults else "",
    )


def _legal_example(spec: Spec, operation: Operation) -> Mapping[str, Json]:
    """The shortest request that the spec's cases show to be legal."""
    bodies = [
        case.body for rule in operation.rules for case in rule.accepts if not violations(spec, operation, case.body)
    ]
    default = {operation.response.picture.prompt: "a fox"}
    if operation.model_parameter is not None:
        default = {operation.model_parameter: next(iter(spec.models)), **default}
    return (
        min([default, *bodies], key=len)
        if not violations(spec, operation, default)
        else min(bodies, key=len, default=default)
    )


def _call(before: str, body: Mapping[str, Json]) -> str:
    """Write a call in a block of the README, indented once."""
    arguments = [f"{name}={literal(value)}" for name, value in body.items()]
    line = f"{before}{', '.join(arguments)})"
    if fits(line, INDENT):
        return line
    joined = ", ".join(arguments)
    if fits(joined, 2 * INDENT):
        return f"{before}\n    {joined}\n)".replace("\n", "\n    ")
    return collection(before, arguments, ")", INDENT).replace("\n", "\n    ")
