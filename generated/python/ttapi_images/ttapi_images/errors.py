"""Everything that can go wrong with a call, as one tree.

    CallError                  a call did not give its result
    ├── NotConfigured          no key, or an option that cannot work; nothing was sent
    ├── RuleError              the arguments break the API's rules; nothing was sent
    ├── ConnectionFailed       the server was not reached, or the connection broke
    ├── TimedOut               the server took too long
    ├── StatusError            the server refused: any status but 2xx
    │   ├── BadRequest         400
    │   ├── Unauthorized       401
    │   ├── PermissionDenied   403
    │   ├── NotFound           404
    │   ├── RateLimited        429
    │   └── ServerError        500 and above
    ├── UnexpectedReply        the server answered 2xx with something that is no answer to the call
    ├── StreamError            a stream told of an error, could not be read, or ended before its last image
    └── ImageError             an image cannot be had or saved
        ├── WrongSuffix        the file name says another format than the image has
        └── LinkExpired        the image's URL is no longer served

Every error carries the facts of the answer, where there was one, and `retryable`: whether sending the same call again
is both safe (it was surely not billed) and sensible (it may succeed).  All errors can be pickled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ._checks import Violation, listed, shown

if TYPE_CHECKING:
    from ._image import Image  # it imports this module

__all__ = [
    "Answer",
    "BadRequest",
    "CallError",
    "ConnectionFailed",
    "Fault",
    "ImageError",
    "LinkExpired",
    "NotConfigured",
    "NotFound",
    "PermissionDenied",
    "RateLimited",
    "RuleError",
    "RuleWarning",
    "ServerError",
    "StatusError",
    "StreamError",
    "TimedOut",
    "Unauthorized",
    "UnexpectedReply",
    "WrongSuffix",
]

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_ALLOWED_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came over the wire, before anything was made of it.

    Attributes:
        status: The HTTP status.
        headers: The response headers; names in any case.
        content: The whole body; empty for a stream.
        request_id: The id under which the server keeps the call, if it told one.
        attempts: How many times the call was sent.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = field(default=b"", repr=False)
    request_id: str | None = None
    attempts: int = 1


class Fault(NamedTuple):
    """What the API says of an error.

    Attributes:
        message: Its text.
        type: Its class, for example ``invalid_request_error``.
        code: Its code, for example ``invalid_value``.
        param: The parameter at fault.
        details: The whole error object as it came, other fields included.
        request_id: The id under which the server keeps the call, where the error itself tells it.
    """

    message: str = ""
    type: str | None = None
    code: str | None = None
    param: str | None = None
    details: Mapping[str, Any] | None = None
    request_id: str | None = None


class CallError(Exception):
    """A call did not give its result.

    Attributes:
        message: The text of the error.
        answer: What the server sent, if it answered.
        fault: What the API says of the error, if it does.
        retryable: Whether the same call may be sent again without paying twice, with a chance of success.
        attempts: How many times the call was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        answer: Answer | None = None,
        fault: Fault | None = None,
        retryable: bool = False,
        attempts: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.answer = answer
        self.fault = fault
        self.retryable = retryable
        self.attempts = attempts if attempts is not None else answer.attempts if answer is not None else 0

    @property
    def status(self) -> int | None:
        """The HTTP status, if the server answered."""
        return self.answer.status if self.answer is not None else None

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers; empty if the server did not answer."""
        return self.answer.headers if self.answer is not None else _NO_HEADERS

    @property
    def request_id(self) -> str | None:
        """The id under which the server keeps the call, if it told one: in a header, or in the error."""
        in_header = self.answer.request_id if self.answer is not None else None
        return in_header if in_header is not None or self.fault is None else self.fault.request_id

    @property
    def type(self) -> str | None:
        """The API's class of the error."""
        return self.fault.type if self.fault is not None else None

    @property
    def code(self) -> str | None:
        """The API's code of the error."""
        return self.fault.code if self.fault is not None else None

    @property
    def param(self) -> str | None:
        """The parameter that the API holds at fault."""
        return self.fault.param if self.fault is not None else None


class NotConfigured(CallError):
    """There is no key, or an option cannot work.  Nothing was sent."""


class RuleError(CallError):
    """The arguments break rules of the API.  Nothing was sent, so nothing was billed.

    Attributes:
        violations: Every rule that is broken, in the order of the spec.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        count = "a rule" if len(self.violations) == 1 else f"{len(self.violations)} rules"
        lines = [f"the arguments break {count} of the API; nothing was sent", *map(_line, self.violations)]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[RuleError], tuple[tuple[Violation, ...]]]:
        return type(self), (self.violations,)


class RuleWarning(UserWarning):
    """The arguments break a rule that the API does not refuse for: it will drop or change a value, or merely warns."""


class ConnectionFailed(CallError):
    """The server was not reached (then `retryable` is true), or the connection broke."""


class TimedOut(CallError):
    """The server took too long.  `retryable` is true where it was the connection that took too long."""


class StatusError(CallError):
    """The server refused the call, or failed: any status but 2xx."""


class BadRequest(StatusError):
    """400: the API finds a fault in the request."""


class Unauthorized(StatusError):
    """401: there is no key, or it is not valid."""


class PermissionDenied(StatusError):
    """403: the key does not open this."""


class NotFound(StatusError):
    """404: the URL, or what it names, does not exist."""


class RateLimited(StatusError):
    """429: too many calls; or the quota is used up, and then `retryable` is false."""


class ServerError(StatusError):
    """500 and above: the server failed.  The call may have been billed all the same."""


class UnexpectedReply(CallError):
    """The server answered 2xx with something that is no answer to the call.

    The call may have been billed; the whole body is in ``answer.content``.
    """


class StreamError(CallError):
    """A stream told of an error, could not be read, or ended before its last image.

    Attributes:
        partial: The last image event that came before; None if there was none.  It has ``.bytes`` and ``.save()``.
    """

    def __init__(
        self, message: str, *, answer: Answer | None = None, fault: Fault | None = None, partial: Image | None = None
    ) -> None:
        super().__init__(message, answer=answer, fault=fault)
        self.partial = partial


class ImageError(CallError):
    """An image cannot be had or saved."""


class WrongSuffix(ImageError, ValueError):
    """The file name says another format than the image has.  Nothing was written."""


class LinkExpired(ImageError):
    """The image's URL is no longer served."""


def _line(violation: Violation) -> str:
    """Write one violation: parameter, message, what would be legal, and the rule to look up.

    What the message says already is not said again.
    """
    message = violation.message
    place = "" if violation.parameter in message else f"{violation.parameter}: "
    legal: list[str] = []
    if 0 < len(violation.allowed) <= _MOST_ALLOWED_SHOWN and listed(violation.allowed) not in message:
        legal.append(f"allowed: {listed(violation.allowed)}")
    nearest = violation.nearest  # found when it is asked for
    if nearest is not None:
        legal.append(f"nearest: {shown(nearest)}")
    hint = f" ({'; '.join(legal)})" if legal else ""
    return f"  {place}{message}{hint} [{violation.rule}]"
