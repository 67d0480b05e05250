"""The trial: one request of a run, what it shows, and what should come of it.

A trial is data and knows no server: with a base URL and a key it becomes a call, with an answer a result, and out of a
report it can be read again and sent again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from safelight.model import Auth, Json, Operation, Spec

__all__ = ["Call", "Key", "Shown", "Trial", "Twist", "call", "written"]

_WRONG_KEY: Final = "sk-unlisted-key-of-a-contract-test"


class Key(StrEnum):
    """Which API key a request carries."""

    USUAL = "usual"
    WRONG = "wrong"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twist:
    """What is unusual about a request beside its body.

    Attributes:
        kind: The fault that it is: a name of ``errors.texts``; empty where it should make no difference.
        constraint: What findings call it.
        verb: The HTTP method; that of the operation where it is empty.
        suffix: What is appended to the path.
        content_type: The Content-Type.
        cut: Whether the last byte of the body is left out.
        key: Which API key is sent.
        auth: The place among the spec's ways to send the key that is used.
    """

    kind: str
    constraint: str
    verb: str = ""
    suffix: str = ""
    content_type: str = "application/json"
    cut: bool = False
    key: Key = Key.USUAL
    auth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A case that a request stands for.

    Attributes:
        case: Its id.
        constraint: The id of the constraint.
        broken: Whether it breaks the constraint; otherwise it keeps it.
        border: Whether it lies on the border of the constraint, or just beyond it.
    """

    case: str
    constraint: str
    broken: bool
    border: bool


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One request of a run.

    Attributes:
        number: Its place in the run, from 1.
        operation: The name of the operation.
        model: The column that judges it: a model, a family, or ``*``.
        body: The body as JSON has it.
        refused: Whether the spec refuses it.
        expected: The ids of the constraints that it breaks.
        shows: The cases that it stands for.
        twist: What is unusual about it beside its body.
        random: Whether it was drawn, not computed.
        follows: The number of the trial that it takes apart; 0 where it stands for itself.
        usd: What it is estimated to cost if the server does as the spec says; None where the spec tells no price.
        risk: What it is estimated to cost if the server accepts it although it should not.
    """

    number: int
    operation: str
    model: str
    body: Json
    refused: bool
    expected: tuple[str, ...]
    shows: tuple[Shown, ...] = ()
    twist: Twist | None = None
    random: bool = False
    follows: int = 0
    usd: float | None = 0.0
    risk: float | None = 0.0

    @cached_property
    def digest(self) -> str:
        """What tells whether two trials send the same request."""
        twist = json.dumps(asdict(self.twist)) if self.twist is not None else ""
        text = f"{self.operation}\n{twist}\n".encode() + written(self)
        return hashlib.sha256(text).hexdigest()[:16]

    @property
    def constraints(self) -> tuple[str, ...]:
        """The ids of the constraints that it is about, each once."""
        twisted = () if self.twist is None else (self.twist.constraint,)
        return tuple(dict.fromkeys((*twisted, *self.expected, *(one.constraint for one in self.shows))))


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request."""

    verb: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes


def written(trial: Trial) -> bytes:
    """The body of a trial as it is sent: UTF-8, or ASCII where a string is half a surrogate pair."""
    try:
        content = json.dumps(trial.body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        content = json.dumps(trial.body).encode()
    return content[:-1] if trial.twist is not None and trial.twist.cut else content


def call(spec: Spec, trial: Trial, base_url: str, key: str) -> Call:
    """Make a call of a trial.

    Args:
        spec: The spec.
        trial: A trial of one of its operations.
        base_url: Where the server is, as in ``http://127.0.0.1:8080/v1``.
        key: The API key.
    """
    operation, twist = spec.operations[trial.operation], trial.twist or Twist(kind="", constraint="")
    return Call(
        verb=twist.verb or operation.verb,
        url=f"{base_url.rstrip('/')}{_path(operation)}{twist.suffix}",
        headers=(*_credentials(spec.auth, twist, key), ("content-type", twist.content_type), ("accept", "*/*")),
        content=b"" if twist.verb == "GET" else written(trial),
    )


def _path(operation: Operation) -> str:
    return operation.path if operation.path.startswith("/") else f"/{operation.path}"


def _credentials(auth: tuple[Auth, ...], twist: Twist, key: str) -> tuple[tuple[str, str], ...]:
    if not auth or twist.key is Key.NONE:
        return ()
    header, key = auth[twist.auth].header, _WRONG_KEY if twist.key is Key.WRONG else key
    return ((header, key),) if header is not None else (("authorization", f"Bearer {key}"),)
