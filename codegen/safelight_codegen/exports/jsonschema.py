"""JSON Schema 2020-12: a file for each operation, and one for each of its models.

Each file stands by itself, so that an editor or a validator needs nothing but the one it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from safelight.judging.interpret import DOCUMENTED, bases
from safelight.judging.lens import Lens
from safelight.model import ANY_MODEL, Json, Spec
from safelight_codegen.exports.notes import left_out, origin
from safelight_codegen.exports.requests import Requests
from safelight_codegen.exports.schema import Keywords
from safelight_codegen.exports.values import Unsaid
from safelight_codegen.text import sentence
from safelight_codegen.writer import MARK

__all__ = ["examples", "json_schemas", "json_text", "keys", "reader", "unsaid"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")  # in file names, in keys of components, in the fragment of a URI


def json_schemas(
    spec: Spec, source: str, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED
) -> Mapping[str, str]:
    """Write the JSON Schemas of the requests of an API.

    Args:
        spec: The API.
        source: The name of its spec file.
        as_of: The day whose state of the API is meant; the spec's ``revised`` day by default.
        basis: Which constraints count.

    Returns:
        Texts by path: ``<spec>/<operation>.json``, and ``<spec>/<operation>.<model>.json``.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    lens = reader(spec, as_of, basis)
    files: dict[str, str] = {}
    for operation in spec.operations.values():
        requests = Requests(spec, operation, lens)
        path = f"{spec.name}/{operation.name}"
        files[f"{path}.json"] = json_text(_of_operation(requests, source))
        for model, key in keys(requests.models).items():
            files[f"{path}.{key}.json"] = json_text(_of_model(requests, model, source))
    return files


def unsaid(spec: Spec, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED) -> tuple[Unsaid, ...]:
    """Tell which constraints the exports of *spec* leave out, because JSON Schema has no form for them.

    See `json_schemas` for the arguments and what they raise.
    """
    lens = reader(spec, as_of, basis)
    all_requests = (Requests(spec, operation, lens) for operation in spec.operations.values())
    return tuple(note for requests in all_requests for note in requests.unsaid(requests.tables))


def reader(spec: Spec, as_of: date | None, basis: Collection[str]) -> Lens:
    """Say by what to judge.

    Raises:
        ValueError: *basis* names no basis, or leaves out ``documented``.
    """
    return Lens(as_of or spec.revised, bases(basis))


def keys(names: Iterable[str]) -> Mapping[str, str]:
    """Give tables and models names that need no escaping anywhere, each its own."""
    found: dict[str, str] = {}
    for name in names:
        key = start = "any-model" if name == ANY_MODEL else _UNSAFE.sub("-", name)
        number = 2
        while key in found.values():
            key, number = f"{start}-{number}", number + 1
        found[name] = key
    return found


def json_text(document: Keywords) -> str:
    """Write a document as JSON, for people too."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def examples(requests: Requests, model: str | None = None) -> Iterator[tuple[str, Json]]:
    """Yield the cases of the spec that the API takes, each once, with the id of the rule beside which it stands.

    Args:
        requests: The requests of an operation.
        model: The model that they must be of; None for any.
    """
    seen: set[str] = set()
    for id_, text, of in requests.accepted:
        if text not in seen and model in {None, of}:
            seen.add(text)
            yield id_, json.loads(text)


def _of_operation(requests: Requests, source: str) -> Keywords:
    tables = requests.tables
    by_name = keys(table.name for table in tables)
    operation = requests.operation
    schema = requests.of_operation(lambda name: f"#/$defs/{by_name[name]}")
    inner = tables if operation.model_parameter is not None else ()
    return {
        **_head(source, operation.title, f"{sentence(operation.doc)} A request for any model."),
        **origin(requests.spec, requests.lens),
        **left_out(requests, tables),
        **schema,
        **_examples(requests),
        **(
            {"$defs": {by_name[table.name]: {"title": table.name, **table.keywords} for table in inner}}
            if inner
            else {}
        ),
    }


def _of_model(requests: Requests, model: str, source: str) -> Keywords:
    known = requests.spec.models[model]
    deprecated = known.deprecated is not None and known.deprecated <= requests.lens.as_of
    operation = requests.operation
    return {
        **_head(source, f"{operation.title}: {known.title}", f"{sentence(operation.doc)} A request for {model}."),
        **({"deprecated": True} if deprecated else {}),
        **origin(requests.spec, requests.lens),
        **left_out(requests, (requests.table(model),)),
        **requests.of_model(model),
        **_examples(requests, model),
    }


def _head(source: str, title: str, description: str) -> Keywords:
    return {
        "$comment": f"{MARK} from {source}. Do not edit.",
        "$schema": _DIALECT,
        "title": title,
        "description": f"{description} What JSON Schema cannot say of it is listed under x-safelight-unsaid.",
    }


def _examples(requests: Requests, model: str | None = None) -> Keywords:
    found = [body for _, body in examples(requests, model)]
    return {"examples": found} if found else {}
