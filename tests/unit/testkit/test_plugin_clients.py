"""A client is held against the spec that is served: one of another API is refused, one of another revision is told."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

import pytest

from safelight import Spec, load, loads
from safelight.shipped import shipped
from safelight_testkit.plugin import OtherRevision, SafelightServer
from safelight_testkit.plugin.settings import Layer, Misuse, resolve
from ttapi_images import AsyncClient, Client

TTAPI: Final = shipped()["ttapi-images"]
TEXT: Final = TTAPI.read_text("utf-8")
XAI: Final = Path(__file__).parents[2] / "specs" / "xai-images.yaml"


def server_of(spec: Spec, client: str | None = None) -> SafelightServer:
    """A server of *spec*; *client* is the package that its settings name."""
    return SafelightServer(resolve([Layer({"spec": spec, "client": client}, "the setting {}", TTAPI.parent)], {}))


def edited(old: str, new: str) -> Spec:
    """The shipped spec with one edit."""
    assert TEXT.count(old) == 1
    return loads(TEXT.replace(old, new))


def warned(spec: Spec) -> str:
    """What is told of the shipped client where *spec* is served."""
    with pytest.warns(OtherRevision) as told:
        server_of(spec).client(Client).close()
    (one,) = told
    return str(one.message)


class Derived(Client):
    """A user's own client, made of a generated one."""


def test_a_client_of_the_spec_that_is_served_is_taken_without_a_word() -> None:
    """By its class and by the name of its package; a derived class is a client like any other."""
    server = server_of(load(TTAPI), "ttapi_images")
    with warnings.catch_warnings(action="error"):
        for client in (server.client(), server.client(Client), server.client(Derived)):
            client.close()
        assert isinstance(server.async_client(AsyncClient), AsyncClient)


@pytest.mark.parametrize("kind", [Client, Derived, None])
def test_a_client_of_another_api_is_refused(kind: type[Client] | None) -> None:
    """With both APIs, and each way to mend it: the other client, or the other spec."""
    with pytest.raises(Misuse) as refused:
        server_of(load(XAI), "ttapi_images").client(kind)

    text = str(refused.value)
    assert "'ttapi_images' is for ttapi-images (TTAPI Images)" in text
    assert "the server serves xai-images" in text
    for way in ("safelight_client", "--safelight-client", "client=", "safelight_spec", "--safelight-spec", "spec="):
        assert way in text, way


def test_an_asynchronous_client_of_another_api_is_refused() -> None:
    """As the synchronous one."""
    with pytest.raises(Misuse, match="is for ttapi-images"):
        server_of(load(XAI)).async_client(AsyncClient)


def test_what_is_no_generated_client_is_nothing_to_compare() -> None:
    """A function that makes a client may make any."""

    def options(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - as a client takes them
        return given

    with warnings.catch_warnings(action="error"):
        assert set(server_of(load(XAI)).client(options)) == {"api_key", "base_url", "transport"}
        assert isinstance(server_of(load(XAI)).client(dict), dict)


def test_another_day_is_told() -> None:
    """Both days, and how the client is made anew."""
    told = warned(edited("revised: 2026-11-22\n", "revised: 2026-11-23\n"))

    assert "the client is of 2026-11-22, the server of 2026-11-23. Make it anew" in told
    assert "safelight generate" in told


def test_constraints_that_one_side_does_not_know_are_told_by_their_ids() -> None:
    """So that it can be seen whether they matter to the test."""
    spec = edited("- id: stream-needs-one-image\n", "- id: stream-needs-a-lone-image\n")

    told = warned(spec)

    assert "only the client knows generate.stream-needs-one-image; " in told
    assert "only the server knows generate.stream-needs-a-lone-image." in told


def test_many_constraints_are_counted() -> None:
    """A text of a screen is not read."""
    parameters = "".join(f"      p{n}: {{ type: integer, doc: One., source: house }}\n" for n in range(9))

    told = warned(edited("      style:\n        type: string\n", f"{parameters}      style:\n        type: string\n"))

    assert "only the server knows generate.p0.type, generate.p1.type, " in told
    assert " and 4 more." in told


def test_a_change_that_neither_side_can_name_is_told_as_one() -> None:
    """A limit has the same id, whatever it is."""
    assert "look at limits, defaults and words" in warned(edited("        maximum: 10\n", "        maximum: 12\n"))
