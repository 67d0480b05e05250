"""JSON out, JSON in: what goes over the wire and what it means.

Nothing here sends or receives; the request shell hands over what came.  A reply is read once, from its bytes, and the
base64 in it stays text until somebody asks for the image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ._envelope import Envelope, fault_of
from ._parsing import loads
from ._records import at_path, is_array, is_object
from ._retry import Answered, Stop, is_safe
from .errors import (
    Answer,
    BadRequest,
    Fault,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    StatusError,
    Unauthorized,
    UnexpectedReply,
)

if TYPE_CHECKING:
    from ._operation import Operation  # whoever has one has imported it; the package's front door can do without

__all__ = [
    "RawResponse",
    "answered",
    "document",
    "encoded",
    "excerpt",
    "failure_text",
    "media_type",
    "no_file",
    "not_a_stream",
    "refusal",
]

R_co = TypeVar("R_co", covariant=True)

_COMPACT = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_LONGEST_EXCERPT = 160
_EXCERPT_BYTES = 4096  # of a body that is not understood, as many are looked at
_BY_STATUS: Final[Mapping[int, type[StatusError]]] = {
    400: BadRequest,
    401: Unauthorized,
    403: PermissionDenied,
    404: NotFound,
    429: RateLimited,
}


class RawResponse(Generic[R_co]):
    """An answer as it came, for callers who want its headers or its bytes.

    Attributes:
        answer: Status, headers, body, request id and the number of attempts.
    """

    __slots__ = ("_parse", "answer")

    def __init__(self, answer: Answer, parse: Callable[[], R_co]) -> None:
        self.answer = answer
        self._parse = parse

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.answer!r})"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers; names in any case."""
        return self.answer.headers

    @property
    def content(self) -> bytes:
        """The whole body; empty for a stream."""
        return self.answer.content

    @property
    def request_id(self) -> str | None:
        """The id under which the server keeps the call, if it told one."""
        return self.answer.request_id

    def parse(self) -> R_co:
        """Make of it what the plain call would have returned.

        Raises:
            UnexpectedReply: It is no answer to the call.
        """
        return self._parse()


def encoded(body: Mapping[str, Any]) -> bytes:
    """Write a request body as JSON, exactly what the caller gave.

    In ASCII, with escapes: so that text which has no UTF-8 form (half of a surrogate pair) can be sent as well.

    Raises:
        TypeError: A value has no JSON form.
    """
    try:
        return _COMPACT.encode(body).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the parameters cannot be written as JSON: {error}") from error


def document(answer: Answer, operation: Operation[Any, Any]) -> dict[str, Any]:
    """Read a successful answer.

    Args:
        answer: What came.
        operation: What was called.

    Raises:
        UnexpectedReply: The body is empty, is no JSON (a proxy's HTML page), is no object, or lacks the images.
    """
    if not answer.content:
        raise UnexpectedReply(f"the server answered {answer.status} with an empty body", answer=answer)
    try:
        body = loads(answer.content)
    except (ValueError, RecursionError) as error:
        kind = media_type(answer.headers)
        named = f" ({kind})" if kind else ""
        raise UnexpectedReply(
            f"the server answered {answer.status} with something that is not JSON{named}: {excerpt(answer.content)}",
            answer=answer,
        ) from error
    if not is_object(body) or not is_array(at_path(body, operation.images)):
        raise UnexpectedReply(
            f"the server answered {answer.status} with JSON that has no list {'.'.join(operation.images)!r}: "
            f"{excerpt(answer.content)}",
            answer=answer,
            fault=fault_of(body, operation.envelope),
        )
    return body


def answered(answer: Answer, envelope: Envelope) -> Answered:
    """Note of an answer whose status is not 2xx what decides whether the call is sent again."""
    return _outcome(answer, _fault_in(answer, envelope))


def _outcome(answer: Answer, fault: Fault | None) -> Answered:
    return Answered(answer.status, answer.headers, (fault.type, fault.code) if fault is not None else ())


def refusal(answer: Answer, envelope: Envelope, stop: Stop, where: str = "") -> StatusError:
    """Make the error of an answer whose status is not 2xx.

    Args:
        answer: What came.
        envelope: Where errors of the API say what.
        stop: Why the call is not sent again.
        where: What to say of the address that was called, if anything.
    """
    fault = _fault_in(answer, envelope)
    kind = _BY_STATUS.get(answer.status, ServerError if answer.status >= 500 else StatusError)
    said = fault.message if fault is not None and fault.message else excerpt(answer.content)
    facts = [f"{name} {value}" for name, value in _facts(answer, fault) if value is not None]
    if answer.attempts > 1:
        facts.append(f"{answer.attempts} attempts")
    facts += [text for text in (stop.reason, where) if text]
    message = f"{answer.status} {_phrase(answer.status)}".rstrip()
    if "location" in answer.headers:
        message += f" to {answer.headers['location']}"
    message += f": {said}" if said else ", with an empty body"
    message += f" ({', '.join(facts)})" if facts else ""
    return kind(message, answer=answer, fault=fault, retryable=is_safe(_outcome(answer, fault)))


def not_a_stream(answer: Answer, envelope: Envelope) -> UnexpectedReply:
    """Make the error of a call that asked for events and got something else; the body may hold the image."""
    kind = media_type(answer.headers) or "a body of no stated type"
    return UnexpectedReply(
        f"the call asked for an event stream, and the server answered {answer.status} with {kind}: "
        f"{excerpt(answer.content)}",
        answer=answer,
        fault=_fault_in(answer, envelope),
    )


def no_file(answer: Answer) -> UnexpectedReply:
    """Make the error of a download that gave a page, or nothing, in place of an image."""
    said = f"a page: {excerpt(answer.content)}" if answer.content else "an empty body"
    return UnexpectedReply(f"the image's URL answered {answer.status} with {said}", answer=answer)


def failure_text(what: str, *, host: str, reached: bool, late: bool, attempts: int, stop: Stop) -> str:
    """Say why a call got no whole answer.

    Args:
        what: The HTTP library's words.
        host: Whom the call was for.
        reached: Whether the request may have arrived.
        late: Whether time ran out.
        attempts: How many times it was sent.
        stop: Why it is not sent again.
    """
    if not reached:
        text = f"no connection to {host}{' in time' if late else ''}: {what}; nothing was sent"
    elif late:
        text = f"{host} did not answer in time: {what}"
    else:
        text = f"the call to {host} broke off: {what}"
    facts = [f"{attempts} attempts"] if attempts > 1 else []
    facts += [stop.reason] if stop.reason else []
    return f"{text} ({', '.join(facts)})" if facts else text


def excerpt(content: bytes | bytearray) -> str:
    """Show the start of a body that is not understood, on one line: of HTML the title, or else the text."""
    text = bytes(content[:_EXCERPT_BYTES]).decode("utf-8", "replace")
    if text.lstrip()[:1] == "<":
        title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
        text = title[1] if title else re.sub(r"<[^>]*>", " ", text)
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= _LONGEST_EXCERPT else text[: _LONGEST_EXCERPT - 1] + "…"


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of a body, without parameters, in lower case; empty where none is told."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _fault_in(answer: Answer, envelope: Envelope) -> Fault | None:
    """Read what the body of a refusal says."""
    try:
        return fault_of(loads(answer.content), envelope) if answer.content else None
    except (ValueError, RecursionError):
        return None


def _facts(answer: Answer, fault: Fault | None) -> tuple[tuple[str, str | None], ...]:
    param, code, own_id = (fault.param, fault.code, fault.request_id) if fault is not None else (None, None, None)
    request_id = own_id if answer.request_id is None else answer.request_id
    return (("param", param), ("code", code), ("request id", request_id))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
