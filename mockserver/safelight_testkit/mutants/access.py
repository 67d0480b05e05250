"""Mutants of who is let in: models and their other names, ways to send the key, and what stands before the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from safelight.model import Auth, Operation, Outcome, Spec, UnknownModel
from safelight_mockserver.answers.answer import Answer, Call
from safelight_mockserver.answers.reply import Whole
from safelight_testkit.mutants.mutant import Answering, Change, Group, Mutant, Reanswer, Respec, Unkeyed
from safelight_testkit.mutants.rewrite import swapped, without

__all__ = ["access_mutants"]

_JSON: Final = "application/json"
_FAILED: Final = Answer(Whole(500, {"error": {"message": "The server had an error."}}))


def access_mutants(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    """Every mutant of models, keys and transport; those of the whole API come with its first operation."""
    if operation.name == next(iter(spec.operations)):
        yield from _models(spec, operation)
        yield from _keys(spec)
    yield from _transport(operation)


def _models(spec: Spec, operation: Operation) -> Iterator[Mutant]:
    known = f"{operation.name}.{operation.model_parameter}.known"

    def make(id_: str, text: str, change: Change) -> Mutant:
        return Mutant(id=id_, group=Group.MODELS, operation="", about=known, text=text, change=change)

    if operation.model_parameter is None:
        return
    for name, meant in spec.names.items():
        if not spec.models[meant].exists(spec.revised):
            continue
        yield make(f"models.{name}/lost", f"{name} is not known", Respec(partial(_forgets, name=name)))
        others = [model for model in spec.models if model != meant and spec.models[model].exists(spec.revised)]
        if name != meant and others:
            text = f"{name} is taken for {others[0]}, not for {meant}"
            change = Respec(partial(_mistakes, name=name, other=others[0]))
            yield make(f"models.{name}/mistaken", text, change)
    first = next(iter(spec.names))
    more = Respec(lambda one: replace(one, names=MappingProxyType({**one.names, first.upper(): one.names[first]})))
    yield make("models/any-case", f"{first.upper()} is taken for {first}", more)
    for name, model in spec.models.items():
        if model.retired is not None:
            back = Respec(partial(_revives, name=name))
            yield make(f"models.{name}/revived", f"{name} has not been retired", back)
    if spec.unknown_model.outcome is Outcome.REFUSE:
        open_ = Respec(lambda one: replace(one, unknown_model=UnknownModel(Outcome.WARN)))
        yield make("models/unknown-let-in", "models that are not known are let in", open_)
    elif "known" in operation.errors.texts:
        closed = Respec(lambda one: replace(one, unknown_model=UnknownModel(Outcome.REFUSE)))
        yield make("models/unknown-refused", "models that are not known are refused", closed)


def _forgets(spec: Spec, name: str) -> Spec:
    """Leave out a model, or one of its other names."""
    meant = spec.names[name]
    model = spec.models[meant]
    if name != meant:
        fewer = replace(model, aliases=tuple(one for one in model.aliases if one != name))
        return replace(spec, names=without(spec.names, name), models=swapped(spec.models, meant, fewer))
    families = {
        key: replace(family, members=tuple(one for one in family.members if one != name))
        for key, family in spec.families.items()
    }
    operations = {
        key: replace(operation, tables=without(operation.tables, name)) for key, operation in spec.operations.items()
    }
    return replace(
        spec,
        names=MappingProxyType({key: one for key, one in spec.names.items() if one != name}),
        models=without(spec.models, name),
        families=MappingProxyType(families),
        operations=MappingProxyType(operations),
    )


def _mistakes(spec: Spec, name: str, other: str) -> Spec:
    return replace(spec, names=swapped(spec.names, name, other))


def _revives(spec: Spec, name: str) -> Spec:
    return replace(spec, models=swapped(spec.models, name, replace(spec.models[name], retired=None)))


def _asks(spec: Spec, auth: tuple[Auth, ...]) -> Spec:
    return replace(spec, auth=auth)


def _keys(spec: Spec) -> Iterator[Mutant]:
    def make(id_: str, text: str, change: Change) -> Mutant:
        return Mutant(id=id_, group=Group.KEYS, operation="", about="auth", text=text, change=change)

    if not spec.auth:
        return
    yield make("auth/any-key", "any key is let in", Unkeyed())
    yield make("auth/none", "no key is asked for", Respec(lambda one: replace(one, auth=())))
    for place, auth in enumerate(spec.auth if len(spec.auth) > 1 else ()):
        name = auth.header or "bearer"
        rest = spec.auth[:place] + spec.auth[place + 1 :]
        change = Respec(partial(_asks, auth=rest))
        yield make(f"auth.{name}/dropped", f"a key sent as {name} is not read", change)


def _transport(operation: Operation) -> Iterator[Mutant]:
    def make(kind: str, what: str, text: str, change: Change) -> Mutant:
        about = f"{operation.name}.errors.{kind}"
        id_ = f"{about}/{what}"
        return Mutant(id=id_, group=Group.KEYS, operation=operation.name, about=about, text=text, change=change)

    verb = operation.verb
    yield make("content_type", "ignored", "any content type is read", Reanswer(_any_type))
    yield make("malformed_json", "mended", "JSON without its end is read", Reanswer(_mended))
    yield make("malformed_json", "failed", "JSON without its end makes the server fail", Reanswer(_failing))
    if verb != "GET":
        change = Reanswer(lambda answer, call: answer(replace(call, verb=verb)))
        yield make("method", "ignored", "any HTTP method is taken", change)


def _any_type(answer: Answering, call: Call) -> Answer:
    return answer(replace(call, content_type=_JSON))


def _mended(answer: Answering, call: Call) -> Answer:
    return answer(replace(call, body=b"[]") if call.body == b"[" else call)


def _failing(answer: Answering, call: Call) -> Answer:
    return _FAILED if call.body == b"[" else answer(call)
