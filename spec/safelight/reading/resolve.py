"""Giving a spec document its meaning: names looked up, overrides merged, conditions read.

`resolve` turns the records of `safelight.reading.document` into the frozen `Spec`.  It reports every name that does not
exist and every part that cannot be read, and still builds what it can, so that one run tells all.  Whether the result
makes sense (ranges that are not empty, rules that can fire) is `safelight.linting.lint`'s question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from keyword import iskeyword
from sys import stdlib_module_names
from types import MappingProxyType
from typing import Final

from safelight.diagnostic import Report, suggest
from safelight.model import (
    Auth,
    Constraint,
    Family,
    Model,
    OfType,
    Operation,
    Outcome,
    Place,
    Provenance,
    Source,
    Spec,
    Type,
    UnknownModel,
)
from safelight.vocabulary.faults import completed

from .answers import resolve_response
from .conditions import RESERVED, ConditionReader
from .document import OperationDoc, SpecDoc
from .headers import is_header_name, is_of_messages
from .names import Names
from .nodes import Entries, Node, Scalar
from .refusals import resolve_errors
from .rules import resolve_rules
from .shape import Unreadable, read
from .tables import tables, unknown_policy

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")
_SERVER: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_TAKEN: Final = stdlib_module_names | {"httpx", "httpx2"}
"""What no package of a client can be called: it would stand before the module of that name."""
_VERBS: Final = ("POST", "PUT", "PATCH")


def resolve(doc: SpecDoc, digest: str, report: Report) -> Spec:
    """Build the spec that *doc* describes; problems go to *report*.

    Args:
        doc: The file as it was read.
        digest: SHA-256 of the file's text, hex.
        report: Collects the problems; where it has any, the result must not be used.
    """
    if not _SLUG.fullmatch(doc.name) or iskeyword(doc.name):
        report.add(doc.place, "E302", f"{doc.name!r} is no name for an API: lower case words with hyphens make one")
    if doc.name.replace("-", "_") in _TAKEN:
        wrong = f"{doc.name!r} is the name of a module that clients import, so that its own client could not have it"
        report.add(doc.place, "E302", wrong, f"write it as {doc.name}-images, for example")
    _check_reach(doc, report)
    _check_alike(doc, report)
    names = _names(doc, report)
    return Spec(
        name=doc.name,
        title=doc.title,
        doc=doc.doc.strip(),
        revised=doc.revised,
        servers=doc.servers,
        key_variable=doc.key_variable,
        auth=tuple(auth for node in doc.auth if (auth := _auth(node, report))),
        sources=names.sources,
        families=names.families,
        models=names.models,
        names=_accepted_names(names.models, report),
        unknown_model=_unknown_model(doc.unknown_model, names, report),
        operations=MappingProxyType(
            {name: _operation(name, operation, names, report) for name, operation in doc.operations.items()}
        ),
        digest=digest,
    )


def _check_reach(doc: SpecDoc, report: Report) -> None:
    """Report what keeps a client from reaching the API: its addresses, its key, the names of its calls."""
    if not doc.servers:
        report.add(doc.place, "E204", "servers names no server")
    for server in doc.servers:
        if not _SERVER.fullmatch(server):
            report.add(doc.place, "E204", f"{server!r} is no base URL", "write it as https://api.example.com/v1")
    if not doc.auth:
        report.add(doc.place, "E204", "auth names no way to send the key")
    if not _VARIABLE.fullmatch(doc.key_variable):
        report.add(doc.place, "E204", f"{doc.key_variable!r} is no name of an environment variable")
    if not doc.operations:
        report.add(doc.place, "E204", "operations names no call", "without one there is nothing to make or to serve")
    for operation in doc.operations.values():
        if operation.verb not in _VERBS:
            known = suggest(operation.verb, _VERBS) or f"a call with a body is one of {', '.join(_VERBS)}"
            report.add(operation.place, "E204", f"{operation.verb!r} is no method of a call", known)
        if not _PATH.fullmatch(operation.path):
            report.add(operation.place, "E204", f"{operation.path!r} is no path", "write it as /images/generations")


def _check_alike(doc: SpecDoc, report: Report) -> None:
    """Report calls, and resources, that a client's classes could not tell apart: ``a_1`` and ``a1`` are both ``A1``.

    Nor may a server have two calls of the same method and path.
    """
    named = [(name, one.place) for name, one in doc.operations.items()]
    for pairs in (named, [(one.resource, one.place) for one in doc.operations.values()]):
        first: dict[str, str] = {}
        for name, place in pairs:
            known = first.setdefault(name.replace("_", ""), name)
            if known != name:
                wrong = f"{name!r} and {known!r} differ in nothing but underscores"
                report.add(place, "E302", wrong, "rename one of them")
    calls: dict[tuple[str, str], str] = {}
    for name, one in doc.operations.items():
        known = calls.setdefault((one.verb, one.path), name)
        if known != name:
            wrong = f"{one.verb} {one.path} is {known!r} already"
            report.add(one.place, "E302", wrong, "a server knows a call by its method and its path")


def _names(doc: SpecDoc, report: Report) -> Names:
    models = {
        name: Model(
            name=name,
            title=one.title,
            families=(one.family,) if one.family else (),
            aliases=one.aliases,
            since=one.since,
            deprecated=one.deprecated,
            retired=one.retired,
            place=one.place,
        )
        for name, one in doc.models.items()
    }
    for name, one in doc.models.items():
        if not name.strip():
            report.add(one.place, "E302", f"{name!r} is no name for a model")
        if one.family and one.family not in doc.families:
            report.add(one.place, "E301", f"there is no family {one.family!r}", suggest(one.family, doc.families))
        if name in doc.families:
            report.add(one.place, "E302", f"{name!r} is a family already; a model needs another name")
        if one.since and one.retired and one.since >= one.retired:
            report.add(one.place, "E401", f"{name!r} is retired before it begins")
    members: dict[str, list[str]] = {name: [] for name in doc.families}
    for name, one in doc.models.items():
        if one.family in members:
            members[one.family].append(name)
    families = {
        name: Family(name=name, title=one.title, members=tuple(members[name])) for name, one in doc.families.items()
    }
    misplaced = any(one.family and one.family not in doc.families for one in doc.models.values())
    for name, family in families.items():
        if not family.members and not misplaced:  # the models that are may have been meant for this family
            report.add(doc.families[name].place, "E404", f"no model belongs to the family {name!r}")
    return Names(
        families=MappingProxyType(families),
        models=MappingProxyType(models),
        members=MappingProxyType(
            {name: family.members for name, family in families.items()} | {name: (name,) for name in models}
        ),
        sources=MappingProxyType({id_: Source(id_, one.title, one.url, one.read) for id_, one in doc.sources.items()}),
        revised=doc.revised,
        takes_others=isinstance(doc.unknown_model, Entries),
    )


def _accepted_names(models: Mapping[str, Model], report: Report) -> Mapping[str, str]:
    accepted: dict[str, str] = {name: name for name in models}
    for model in models.values():
        for alias in model.aliases:
            if not alias.strip():
                report.add(model.place, "E302", f"{alias!r} is no name for a model")
            if alias in accepted:
                report.add(model.place, "E302", f"the alias {alias!r} is a name of {accepted[alias]!r} already")
            accepted.setdefault(alias, model.name)
    return MappingProxyType(accepted)


def _auth(node: Node, report: Report) -> Auth | None:
    if isinstance(node, Scalar) and node.text == "bearer":
        return Auth(None)
    header = node.get("header") if isinstance(node, Entries) and len(node.entries) == 1 else None
    if header is None:
        report.add(node.place, "E204", "a way to send the key is bearer or {header: NAME}")
        return None
    name = read(header, str, report, "the key 'header'")
    if isinstance(name, Unreadable):
        return None
    if not is_header_name(name):
        report.add(header.place, "E204", f"{name!r} is no name of an HTTP header")
    elif is_of_messages(name):
        report.add(header.place, "E302", f"{name!r} comes with every request by itself: no key can be in it")
    return Auth(name)


def _unknown_model(node: Node, names: Names, report: Report) -> UnknownModel:
    if isinstance(node, Scalar) and node.text in {"refuse", "warn"}:
        return UnknownModel(Outcome(node.text))
    family = node.get("as") if isinstance(node, Entries) and len(node.entries) == 1 else None
    if isinstance(family, Scalar):
        if family.text not in names.families:
            report.add(
                family.place, "E301", f"there is no family {family.text!r}", suggest(family.text, names.families)
            )
        return UnknownModel(Outcome.IGNORE, family.text)
    report.add(node.place, "E204", "unknown_model is refuse, warn, or {as: FAMILY}")
    return UnknownModel(Outcome.REFUSE)


def _operation(name: str, doc: OperationDoc, names: Names, report: Report) -> Operation:
    for word in (name, doc.resource):
        if not _IDENTIFIER.fullmatch(word) or iskeyword(word):
            report.add(
                doc.place, "E302", f"{word!r} is no name for a call: lower case, digits and underscores make one"
            )
    for parameter, one in doc.parameters.items():
        if parameter in RESERVED:
            report.add(
                one.place, "E302", f"{parameter!r} is a word of the condition language; no parameter can have it"
            )
    models = [parameter for parameter, one in doc.parameters.items() if one.type is Type.MODEL]
    for parameter in models[1:]:
        report.add(doc.parameters[parameter].place, "E205", f"the parameter {models[0]!r} chooses the model already")
    types = {parameter: one.type for parameter, one in doc.parameters.items()}
    conditions = ConditionReader(report, types, names.members, models[0] if models else None)
    operation = Operation(
        name=name,
        resource=doc.resource,
        verb=doc.verb,
        path=doc.path,
        title=doc.title,
        doc=doc.doc.strip(),
        tables=tables(name, doc.parameters, names, conditions),
        model_parameter=models[0] if models else None,
        body_type=_body_type(name, doc.place),
        unknown_fields=unknown_policy(f"{name}.unknown_fields", doc.unknown_fields, doc.place, None, report),
        rules=resolve_rules(name, doc.rules, names, conditions, report),
        response=resolve_response(doc.response, types, names, conditions, report),
        errors=resolve_errors(doc.errors, types, report),
    )
    return replace(operation, errors=completed(operation))


def _body_type(operation: str, place: Place) -> Constraint:
    return Constraint(
        id=f"{operation}.body.type",
        check=OfType(Type.OBJECT),
        requirement="the body must be an object",
        provenance=Provenance(),
        outcome=Outcome.REFUSE,
        replacement=None,
        error={},
        place=place,
    )
