"""How a client was set up: one frozen record that every call reads, and that ``with_options`` copies with changes.

Values come from the arguments, then from the environment, then from the spec.  What cannot work is refused here, with
the fix in the message, and not by the first call that trips over it.  The one exception is a missing key: a client
without one is fine for everything that sends nothing, so the call that needs it complains.

The key is never shown: not by ``repr``, not in an error.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from os import environ
from typing import Any, Final, Self
from warnings import warn

from . import _options
from ._omit import OMIT, Omit, given
from ._operation import Api, Auth, Operation
from ._retry import Policy
from .errors import NotConfigured, RuleError, RuleWarning

__all__ = ["CONNECT_TIMEOUT", "DEFAULT_TIMEOUT", "Settings", "wrong_http_object"]

DEFAULT_TIMEOUT: Final = 600.0
"""Seconds.  A large image of high quality takes minutes; the official SDKs wait as long."""
CONNECT_TIMEOUT: Final = 5.0
"""Seconds.  A server that takes longer to accept a connection is down."""

_PYTHON = ".".join(map(str, sys.version_info[:3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a client was set up.

    Attributes:
        api: The API it is for.
        base_url: Where the API is served, without a slash at the end.
        key: The API key; empty if there is none.
        auth: How the key is sent.
        timeout: Seconds that the server may be silent; None for ever; `OMIT` to leave it to the HTTP client.
        policy: What is sent again when it fails.
        validate: Whether calls are checked before they are sent.
        basis: Which constraints are checked, by how they are known.
        ignore: Ids of constraints that are not checked.
        headers: Headers of the caller's, sent with every call, names in lower case.
        max_event_bytes: The most bytes one stream event may have; None for no bound.
    """

    api: Api
    base_url: str = field(repr=False)  # it may hold a password
    key: str = field(repr=False)
    auth: Auth
    timeout: float | Omit | None = DEFAULT_TIMEOUT
    policy: Policy = field(default_factory=Policy)
    validate: bool = True
    basis: frozenset[str] = frozenset({"documented"})
    ignore: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    max_event_bytes: int | None = None

    @classmethod
    def resolve(
        cls, api: Api, *, key: str | None, base_url: str | None, auth: str | None, timeout: float | Omit | None
    ) -> Self:
        """Put arguments, environment and spec together.

        Args:
            api: The API.
            key: The key, or None to look into the environment.
            base_url: Where the API is served, or None to look into the environment and then into the spec.
            auth: The name of the way to send the key, or None for the usual one.
            timeout: As the attribute.

        Raises:
            NotConfigured: An option cannot work.
        """
        schemes = {scheme.name: scheme for scheme in api.auth}
        chosen = schemes.get(auth or api.auth[0].name)
        if chosen is None:
            raise NotConfigured(f"auth must be one of {', '.join(map(repr, schemes))}, got {auth!r}")
        if key is None:
            key = next((environ[name] for name in api.key_variables if environ.get(name)), "")
        if base_url is None:
            base_url = environ.get(api.base_url_variable) or api.base_url
        made = cls(api=api, base_url=_options.address(base_url), key=_options.key(key), auth=chosen)
        return made.changed(timeout=timeout) if timeout is not OMIT else replace(made, timeout=OMIT)

    def changed(
        self,
        *,
        timeout: float | Omit | None = OMIT,
        max_retries: int | Omit = OMIT,
        retry_maybe_billed: bool | Omit = OMIT,
        validate: bool | Omit = OMIT,
        basis: Collection[str] | Omit = OMIT,
        ignore: Collection[str] | Omit = OMIT,
        default_headers: Mapping[str, str] | Omit = OMIT,
        max_event_bytes: int | Omit | None = OMIT,
    ) -> Self:
        """Copy the settings with changes; what is `OMIT` stays.  *default_headers* join those that are there.

        Raises:
            NotConfigured: An option cannot work.
        """
        changes: dict[str, Any] = given(validate=validate)
        policy = given(maybe_billed=retry_maybe_billed)
        if not isinstance(timeout, Omit):
            changes["timeout"] = _options.seconds(timeout)
        if not isinstance(max_retries, Omit):
            policy["max_retries"] = _options.count("max_retries", max_retries, 0)
        if not isinstance(basis, Omit):
            changes["basis"] = _options.bases(basis)
        if not isinstance(ignore, Omit):
            changes["ignore"] = _options.rules(ignore, self.api.rules)
        if not isinstance(default_headers, Omit):
            changes["headers"] = self.headers | _options.headers(default_headers)
        if not isinstance(max_event_bytes, Omit):
            most = None if max_event_bytes is None else _options.count("max_event_bytes", max_event_bytes, 1)
            changes["max_event_bytes"] = most
        changes["policy"] = self.policy._replace(**policy)
        return replace(self, **changes)

    def check(self, operation: Operation[Any, Any], body: Mapping[str, Any], *, stacklevel: int = 5) -> None:
        """Refuse a call that breaks rules of the API; warn of rules for which the API does not refuse.

        Args:
            operation: What is called.
            body: The body.
            stacklevel: How far above stands the call that a warning is about; from a resource's method by default.

        Raises:
            RuleError: The body breaks rules; the error holds all of them.
        """
        if not self.validate:
            return
        violations = [one for one in operation.check(body, basis=self.basis) if one.rule not in self.ignore]
        refused = [one for one in violations if one.outcome == "refuse"]
        if refused:
            raise RuleError(refused)
        for violation in violations:
            warn(f"{violation.message} [{violation.rule}]", RuleWarning, stacklevel=stacklevel)

    @property
    def public_url(self) -> str:
        """Where the API is served, without a user and a password."""
        scheme, colon, rest = self.base_url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"

    def url(self, path: str) -> str:
        """Where the operation with this *path* is served."""
        return self.base_url + path

    def request_headers(self, *, streaming: bool) -> dict[str, str]:
        """The headers of a call.

        Args:
            streaming: Whether events are asked for.

        Raises:
            NotConfigured: There is no key.
        """
        headers = {
            "accept": "text/event-stream, application/json" if streaming else "application/json",
            "content-type": "application/json",
            "user-agent": self._user_agent,
        }
        if self.key:
            headers[self.auth.header.lower()] = self.auth.prefix + self.key
        elif self.auth.header.lower() not in self.headers:
            raise NotConfigured(
                f"there is no API key: set the environment variable {self.api.key_variables[0]}, or pass api_key=... "
                "to the client (--api-key on the command line)"
            )
        return headers | self.headers

    def lost_text(self, verb: str, address: str) -> str:
        """Say where a call went that the server knows nothing of, and what may be wrong with the address.

        Args:
            verb: The HTTP method.
            address: The URL that was called, without what may be secret in it.
        """
        usual = "/" + self.api.base_url.partition("://")[2].partition("/")[2]
        if self.base_url.endswith(usual):
            return f"{verb} {address}"
        likely = self.public_url + usual
        return f"{verb} {address}; base_url does not end in {usual!r} as usual: is it base_url={likely!r}?"

    def download_headers(self) -> dict[str, str]:
        """The headers of a download: neither the key nor the caller's own are sent, for the host may be another."""
        return {"accept": "image/*, */*;q=0.5", "user-agent": self._user_agent}

    def expired_text(self, status: int) -> str:
        """Say that an image's URL is no longer served."""
        lifetime = self.api.url_lifetime
        known = "" if lifetime is None else f"; such URLs live for {lifetime // 60} minutes"
        return f"the image's URL is no longer served (status {status}){known}: download it in time, or ask for base64"

    @property
    def _user_agent(self) -> str:
        return f"{self.api.package}/{self.api.version} python/{_PYTHON}"


def wrong_http_object(argument: str, given_object: object, wanted: type[object]) -> TypeError:
    """Make the error of an HTTP client or transport that is of another library or flavour.

    Args:
        argument: The name of the argument.
        given_object: What was given.
        wanted: The class of what it should be.
    """
    kind = type(given_object)
    closing = getattr(wanted, "close", None) or getattr(wanted, "aclose", wanted)  # openai renames the classes' module
    family, library = kind.__module__.partition(".")[0], str(closing.__module__).partition(".")[0]
    fix = f"pass {argument}={library}.{wanted.__name__}(...)"
    if family != library and {family, library} == {"httpx", "httpx2"}:
        fix += f", built from {library} instead of {family}: the two take the same arguments"
    return TypeError(f"{argument} is a {family}.{kind.__name__}, and this client sends with {library}: {fix}")
