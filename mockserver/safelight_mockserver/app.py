"""The application: the fake API as a web server runs it.

What is answered has been decided in `answer`, and calls are served by `endpoint`, in plain ASGI: load tests meet them,
and they need nothing of a request object.  Everything else is a page, see `pages`, which is imported with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from safelight import Operation, Spec

from .answers.answer import Responder
from .answers.links import Expired, Forged, Link, verify
from .calls.endpoint import Endpoint, base_path
from .calls.service import Scope, Service
from .clock import Clock
from .control import Control
from .live import SpecSource
from .options import Options
from .pictures.renderer import RenderError
from .store.redis_state import StateError
from .store.state import State

if TYPE_CHECKING:
    from .exchange import App

__all__ = ["Fake", "base_path"]


class Fake(Service):
    """A fake API, as an ASGI application.

    Args:
        source: Where its spec comes from.
        options: What the spec leaves open.
        clock: The time that it tells, and by which links expire.
        state: What it remembers.
        responder: Makes what decides on the answers of an operation; one that errs shows what a test notices.
    """

    def __init__(
        self,
        source: SpecSource,
        options: Options,
        clock: Clock,
        state: State,
        *,
        responder: Callable[[Spec, Operation, Options], Responder] = Responder,
    ) -> None:
        super().__init__(source, options, clock, state, responder=responder)
        self._control = Control(self)
        self._site = self._made_site(source.current())

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI types them
        """Answer one request."""
        endpoint = self.endpoint(scope["path"]) if scope["type"] == "http" else None
        try:
            await (endpoint or self._site.application)(scope, receive, send)
        except (RenderError, StateError) as error:
            from .pages import sorry

            with suppress(RuntimeError):  # The answer has begun, and now just ends.
                await sorry(error)(scope, receive, send)

    def endpoint(self, path: str) -> Endpoint | None:
        """Return what answers the calls of a path, by the spec as it is now; None where the path is of none."""
        spec = self.source.current()
        if self._site.spec is not spec:
            self._site = self._made_site(spec)
        return self._site.endpoints.get(path)

    def reconfigure(self, options: Options) -> None:
        """Go on with other options; requests that have come are answered by those they met."""
        self.options = options
        self._site = self._made_site(self.source.current())

    def _made_site(self, spec: Spec) -> _Site:
        by_path: dict[str, list[Operation]] = {}
        for operation in spec.operations.values():
            by_path.setdefault(base_path(spec) + operation.path, []).append(operation)
        endpoints = {path: Endpoint(self, spec, operations) for path, operations in by_path.items()}
        return _Site(self, spec, endpoints, self._control if self.options.control else None)

    def opened(self, token: str, now: float) -> Link | Expired | Forged:
        """Read the part of a link that this server, or one that shares its secret, has signed."""
        return verify(token, self._secret, now)


class _Site:
    """A spec as it is served.

    Attributes:
        spec: The spec.
        endpoints: Its calls, by path.  Most requests find theirs here, at half the cost of routing.
    """

    def __init__(self, fake: Fake, spec: Spec, endpoints: Mapping[str, Endpoint], control: Control | None) -> None:
        self.spec = spec
        self.endpoints = endpoints
        self._fake = fake
        self._control = control
        self._pages: App | None = None

    @property
    def application(self) -> App:
        """What serves every path; made for the first request that is no call."""
        if self._pages is None:
            from .pages import pages

            self._pages = pages(self._fake, self.spec, self.endpoints, self._control)
        return self._pages
