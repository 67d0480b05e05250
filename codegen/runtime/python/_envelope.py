"""Where an API's errors say what, and how one is read.

The spec states the envelope of errors, so a client knows where their message, code and parameter stand; the generator
writes the ways there into the record of each operation.  Nothing is guessed about a body that has this envelope.

A body of another shape was, as a rule, not written by the API.  Load balancers, gateways and proxies stand before most
APIs, and refuse in shapes of their own, of which a handful is common.  They are tried next, because a caller who sees
"502" and not "no healthy upstream" looks for the mistake in the wrong place.  That is as far as guessing goes: what
fits none of them, such as a page in HTML, is shown as text, and no code is made out of it.
"""

from __future__ import annotations

from json import dumps
from typing import Final, NamedTuple, TypeAlias

from ._records import Json, at_path, is_object
from .errors import Fault

__all__ = ["NO_ENVELOPE", "Envelope", "Way", "fault_of"]

Way: TypeAlias = tuple[str | int, ...]
"""Names of members and, from 0, numbers of items, from the top of a body to a value in it."""


class Envelope(NamedTuple):
    """The ways to what an error says; None for what it never says.

    Attributes:
        error: To the error as a whole: the smallest part of the body that holds all of the others.
        message: To its text.
        type: To its class.
        code: To its code.
        param: To the parameter at fault.
        request_id: To the id under which the server keeps the call.
    """

    error: Way = ()
    message: Way | None = None
    type: Way | None = None
    code: Way | None = None
    param: Way | None = None
    request_id: Way | None = None


NO_ENVELOPE: Final = Envelope()
"""Of answers that are not the API's, such as those of a server of files."""

_FLAT: Final = Envelope(type=("type",), code=("code",), param=("param",))
_OF_OTHERS: Final = (
    # OpenAI's, and so that of gateways which speak as it does: LiteLLM, OpenRouter, Azure.
    Envelope(("error",), ("error", "message"), ("error", "type"), ("error", "code"), ("error", "param")),
    _FLAT._replace(message=("message",)),  # Kong, Amazon API Gateway
    _FLAT._replace(message=("error",)),  # Spring, Google's authentication, many a proxy written by hand
    _FLAT._replace(message=("detail",)),  # problem details (RFC 9457) as Cloudflare sends them, FastAPI
)
_NOWHERE: Final = object()


def fault_of(body: Json, envelope: Envelope) -> Fault | None:
    """Read what a JSON body says of an error; None where it says nothing that is understood.

    Args:
        body: The body, or the data of an event.
        envelope: Where the API that was called says what.
    """
    own = _read(body, envelope)
    words = (own.type, own.code, own.param, own.request_id)
    is_told = any(word is not None for word in words)
    if _has_message(body, envelope) if envelope.message is not None else is_told:
        return own
    for other in _OF_OTHERS:
        fault = _read(body, other)
        if fault.message:
            return fault
    return own if is_told else None


def _has_message(body: Json, envelope: Envelope) -> bool:
    """Tell whether the body has the message where the envelope has it, be it null."""
    found = _NOWHERE if envelope.message is None else at_path(body, envelope.message, _NOWHERE)
    return found is None or _word(found) is not None


def _read(body: Json, envelope: Envelope) -> Fault:
    whole = at_path(body, envelope.error)
    return Fault(
        message=_word_at(body, envelope.message) or "",
        type=_word_at(body, envelope.type),
        code=_word_at(body, envelope.code),
        param=_word_at(body, envelope.param),
        details=whole if is_object(whole) else None,
        request_id=_word_at(body, envelope.request_id),
    )


def _word_at(body: Json, way: Way | None) -> str | None:
    return None if way is None else _word(at_path(body, way))


def _word(value: object) -> str | None:
    """A text as it is, and a number or a truth value as JSON writes it; None for what is no single word."""
    if isinstance(value, str):
        return value
    return dumps(value) if isinstance(value, int | float) else None
