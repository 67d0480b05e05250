"""Load from the valid traffic of a spec, for Locust: ``locust -f locustfile.py --host http://127.0.0.1:8080/v1``.

Locust brings what load needs: many machines, a page, ramps, percentiles.  This file brings requests that a server of
the API has to take, of all its models, and a share of those that it has to refuse; so whatever Locust counts as a
failure is one of the server.  The host is the base URL of the API.

What it does is told by environment variables, which workers on other machines can be given as well:

======================  ==============================================================================================
``SAFELIGHT_SPEC``      the spec file; required
``SAFELIGHT_API_KEY``   the key; ``any-key`` by default
``SAFELIGHT_MODELS``    models or families with commas between them; all by default
``SAFELIGHT_WEIGHTS``   how often which kind of request comes: ``call=10,stream=2,refused=1`` by default
``SAFELIGHT_SEED``      other numbers give other requests, equal ones the same
``SAFELIGHT_FETCH``     ``1`` to fetch pictures by the links in answers too
``SAFELIGHT_REQUESTS``  how many requests, pictures aside, each process sends until its run ends; by default no number,
                        and Locust's own limit of time holds
======================  ==============================================================================================

Import it from nowhere else: Locust makes the standard library cooperative before it reads this file.
"""

from __future__ import annotations

import json
import os
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, Final, cast

from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser
from locust.runners import WorkerRunner

from safelight import SpecError, load
from safelight_testkit.shapes import is_object
from safelight_testkit.shots import Kind, Shot, fault_of, read_mixture, shots

if TYPE_CHECKING:
    from locust.env import Environment

try:
    _SPEC: Final = load(os.environ["SAFELIGHT_SPEC"])
    _MIXTURE: Final = read_mixture(os.environ)
    _SHOTS: Final = shots(_SPEC, _MIXTURE)
except KeyError:
    raise SystemExit("SAFELIGHT_SPEC is not set: it names the spec file whose traffic is wanted") from None
except (SpecError, ValueError) as error:
    raise SystemExit(str(error)) from None
_KEY: Final = os.environ.get("SAFELIGHT_API_KEY", "any-key")
_AUTH: Final = next((auth.header for auth in _SPEC.auth if auth.header is not None), None)
_HEADERS: Final = {
    "Content-Type": "application/json",
    **({"Authorization": f"Bearer {_KEY}"} if _AUTH is None else {_AUTH: _KEY}),
}
_FETCHES: Final = os.environ.get("SAFELIGHT_FETCH") == "1"


def end_with_the_last_user(environment: Environment, **_: object) -> None:
    """Have a run of so many requests end when no user has one left to send."""
    runner = environment.runner
    if _MIXTURE.count is None or runner is None or isinstance(runner, WorkerRunner):  # Workers end with their master.
        return

    def watch() -> None:
        while runner.user_count:
            sleep(0.1)
        runner.quit()

    def begin(**_: object) -> None:
        Thread(target=watch, daemon=True).start()

    cast("Any", environment.events).spawning_complete.add_listener(begin)


cast("Any", events).init.add_listener(end_with_the_last_user)  # Its own types are partial.


class Client(FastHttpUser):
    """Sends one request after the other."""

    wait_time = constant(0)

    @task
    def shoot(self) -> None:
        """Send a request, judge its answer, and fetch its pictures if that is wanted."""
        shot = next(_SHOTS, None)
        if shot is None:
            raise StopUser
        content = self._send(shot)
        if _FETCHES and shot.kind is Kind.CALL:
            for link in _links(content):
                self.client.get(link, name="picture")

    def _send(self, shot: Shot) -> bytes:
        name = f"{shot.operation} {shot.kind}"
        client = cast("Any", self.client)  # Its own types are partial.
        with client.post(shot.path, data=shot.body, headers=_HEADERS, name=name, catch_response=True) as response:
            content: bytes = response.content or b""
            fault = fault_of(shot, response.status_code, content)
            if fault:
                response.failure(fault)
            else:
                response.success()
        return content


def _links(content: bytes) -> list[str]:
    """Return the links in an answer; none where it has none, or is no JSON."""
    try:
        answer: Any = json.loads(content)
    except ValueError:
        return []
    images: Any = answer.get("data") if is_object(answer) else None
    if not isinstance(images, list):
        return []
    return [
        link for image in cast("list[object]", images) if is_object(image) and isinstance(link := image.get("url"), str)
    ]
