"""The server of a test: a fake API in the process of the test, with its request log.

It has no port, and starts with its first request.  Code under test reaches it through a transport of httpx2, through a
generated client, or, where it makes its own client, through `router`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, overload

from safelight import Operation, Spec
from safelight.diagnostic import suggest
from safelight.model import Json
from safelight_mockserver import Clock, Fault, fake, order
from safelight_mockserver.app import Fake, base_path
from safelight_mockserver.faults.strangers import check_strangers
from safelight_mockserver.store.verdict import Outcome, Verdict, verdict
from safelight_mockserver.transport import AppTransport, AsyncAppTransport
from safelight_testkit.plugin.clients import check_client, client_class, uses_httpx
from safelight_testkit.plugin.log import Journal, Logged, Requests
from safelight_testkit.plugin.matching import Wanted
from safelight_testkit.plugin.settings import Settings
from safelight_testkit.selfcheck import SelfCheck

if TYPE_CHECKING:
    from safelight_testkit.plugin.httpx_transports import AsyncHttpxTransport, HttpxTransport

__all__ = ["SafelightServer", "check", "complain"]

_ORIGIN: Final = "http://safelight.test"
"""Names in .test belong to nobody (RFC 6761): a client without the transport fails, and calls no stranger."""

_KEY: Final = "a-key-for-tests"

T = TypeVar("T")
Option: TypeAlias = Any
"""An argument of a client; which ones there are is the client's own matter."""
AnyClient: TypeAlias = Any
"""A client of a package whose name is only known at run time."""


class SafelightServer:
    """A fake API for one test.

    Args:
        settings: What is served.

    Attributes:
        spec: The API.
        base_url: The base URL for clients that use the transport; nothing else answers there.
        api_key: A key that is accepted.
        clock: The time that the server tells, and by which links to pictures expire; a test may freeze it or move it.
        app: The server as an ASGI application.
    """

    def __init__(self, settings: Settings) -> None:
        self.spec: Spec = settings.spec
        self.base_url = _ORIGIN + base_path(settings.spec)
        self.api_key = settings.options.api_key or _KEY
        self.clock = Clock()
        self._package = settings.client
        self._journal = Journal(settings.spec)
        self._fake = fake(settings.spec, settings.options, clock=self.clock, state=self._journal)
        check(self._fake, settings)
        self.app = Logged(self._fake)
        self._transport = _LentTransport(self.app)
        self._async_transport = AsyncAppTransport(self.app)

    @property
    def transport(self) -> AppTransport:
        """What an ``httpx2.Client`` reaches the server through; any number of clients may share it."""
        return self._transport

    @property
    def async_transport(self) -> AsyncAppTransport:
        """What an ``httpx2.AsyncClient`` reaches the server through, under asyncio."""
        return self._async_transport

    @property
    def httpx_transport(self) -> HttpxTransport:
        """The same for an ``httpx.Client``."""
        from safelight_testkit.plugin.httpx_transports import HttpxTransport

        return HttpxTransport(self.transport)

    @property
    def async_httpx_transport(self) -> AsyncHttpxTransport:
        """The same for an ``httpx.AsyncClient``."""
        from safelight_testkit.plugin.httpx_transports import AsyncHttpxTransport

        return AsyncHttpxTransport(self.async_transport)

    @overload
    def client(self, kind: Callable[..., T], /, **options: Option) -> T: ...

    @overload
    def client(self, kind: None = None, /, **options: Option) -> AnyClient: ...

    def client(self, kind: Callable[..., Any] | None = None, /, **options: Option) -> AnyClient:
        """Make a client of the server.

        Args:
            kind: The class of a generated client; by default ``Client`` of the package in the setting ``client``.
            **options: More of its arguments.

        Raises:
            Misuse: There is no such client, or it is one of another API.
        """
        kind = kind or client_class(self._package, "Client")
        check_client(kind, self.spec)
        transport = self.httpx_transport if uses_httpx(kind) else self.transport
        return kind(**{"api_key": self.api_key, "base_url": self.base_url, "transport": transport} | options)

    @overload
    def async_client(self, kind: Callable[..., T], /, **options: Option) -> T: ...

    @overload
    def async_client(self, kind: None = None, /, **options: Option) -> AnyClient: ...

    def async_client(self, kind: Callable[..., Any] | None = None, /, **options: Option) -> AnyClient:
        """Make an asynchronous client of the server.

        Args:
            kind: The class of a generated client; by default ``AsyncClient`` of the package in the setting ``client``.
            **options: More of its arguments.

        Raises:
            Misuse: There is no such client, or it is one of another API.
        """
        kind = kind or client_class(self._package, "AsyncClient")
        check_client(kind, self.spec)
        transport = self.async_httpx_transport if uses_httpx(kind) else self.async_transport
        return kind(**{"api_key": self.api_key, "base_url": self.base_url, "transport": transport} | options)

    @property
    def requests(self) -> Requests:
        """The requests that were received so far, oldest first; those for pictures behind links are not among them."""
        return self._journal.requests()

    def forget(self) -> None:
        """Forget the requests that were received so far."""
        self._journal.forget()

    def order(self, text: str, /, **options: Option) -> Fault:
        """Order a fault.

        Args:
            text: What happens, in steps: ``rate-limit; retry-after=1, rate-limit, ok``.
            **options: When, and to which requests, see `safelight_mockserver.order`: when, times, standing, nth, every,
                probability, seed, delay, id.

        Raises:
            OrderError: The order makes no sense, or names what the API does not have.
        """
        fault = order(text, **options)
        check_strangers(fault, self.spec)
        self._journal.put(fault)
        return fault

    def verdict(self, *, outcome: Outcome | None = None, test: str | None = None) -> Verdict:
        """Judge the client by what it sent so far, see `safelight_mockserver.store.verdict`.

        Args:
            outcome: How the code under test ended: ``returned`` or ``raised``.
            test: Only what was sent with this header ``X-Safelight-Test``.
        """
        return verdict(self._journal.kept(test=test), outcome=outcome)

    def assert_called(self, operation: str = "", /, *, times: int | None = None, **fields: Json) -> None:
        """Fail unless requests came in that have these fields.

        Refused requests count: what the code under test did is one question, whether it was right is another (see
        `assert_accepted`).

        Args:
            operation: The operation that they call; any by default.
            times: How many there must be, exactly; by default one or more.
            **fields: Fields of the body with their values, compared as JSON has it.

        Raises:
            AssertionError: There were too few or too many; the text lists what came instead.
        """
        __tracebackhide__ = True
        self._check(operation)
        wanted = Wanted(operation, fields)
        requests = self.requests
        count = sum(map(wanted.matches, requests))
        if count == times or (times is None and count):
            return
        number = "a request" if times is None else "1 request" if times == 1 else f"{times} requests"
        raise AssertionError(_counted(f"expected {number}{wanted}", wanted, count, requests))

    def assert_not_called(self, operation: str = "", /, **fields: Json) -> None:
        """Fail if a request came in that has these fields; the arguments are those of `assert_called`.

        Raises:
            AssertionError: There was one; the text lists what came.
        """
        __tracebackhide__ = True
        self._check(operation)
        wanted = Wanted(operation, fields)
        requests = self.requests
        count = sum(map(wanted.matches, requests))
        if count:
            raise AssertionError(_counted(f"expected no request{wanted}", wanted, count, requests))

    def assert_accepted(self) -> None:
        """Fail if a request came in that was refused, or that breaks a constraint of the spec in any other way.

        Raises:
            AssertionError: There was one; the text says what is wrong with it.
        """
        __tracebackhide__ = True
        requests = self.requests
        wrong = Requests(one for one in requests if one.violations or one.status >= 400)
        if wrong:
            raise AssertionError(f"{len(wrong)} of {len(requests)} requests should not have been sent:\n{wrong}")

    def close(self) -> None:
        """End what runs in the background.

        Raises:
            AssertionError: An answer broke the spec: then the fake is wrong, and not what was tested with it.
        """
        __tracebackhide__ = True
        self._transport.end()
        complain(self._fake)

    def _check(self, operation: str) -> None:
        """Refuse an operation that does not exist: no request could ever call it."""
        __tracebackhide__ = True
        operations: dict[str, Operation] = dict(self.spec.operations)
        if operation and operation not in operations:
            hint = suggest(operation, operations) or f"it has {', '.join(operations)}"
            raise ValueError(f"{self.spec.name} has no operation {operation!r}; {hint}")


def check(app: Fake, settings: Settings) -> None:
    """Let a fake judge its own answers, if that is wanted."""
    if settings.check:
        app.check = SelfCheck.of(settings.options)


def complain(app: Fake) -> None:
    """Fail if a fake has found an answer of its own that breaks the spec.

    Raises:
        AssertionError: It has: then the fake is wrong, and not what was tested with it.
    """
    __tracebackhide__ = True
    if app.problems:
        name, told = app.source.current().name, "\n".join(app.problems)
        raise AssertionError(
            f"the fake broke its own spec, which is a mistake of Safelight or of {name}:\n{told}\n"
            "To go on without this check, say safelight_check = false in the pytest configuration."
        )


class _LentTransport(AppTransport):
    """A transport that outlives its clients: closing one of them must not cut off the others of the test."""

    def close(self) -> None:
        """Leave the transport open."""

    def end(self) -> None:
        """Close the transport."""
        super().close()


def _counted(expected: str, wanted: Wanted, count: int, requests: Requests) -> str:
    if not requests:
        return f"{expected}, but none was received"
    return f"{expected}, found {count} among the {len(requests)} received:\n{wanted.compared(requests)}"
