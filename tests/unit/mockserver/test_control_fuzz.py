"""Whatever is sent to the control API, it answers with a sentence or with what was asked, and goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safelight import Spec
from safelight_mockserver import Options, fake
from safelight_mockserver.control.calls import CALLS, Call
from safelight_mockserver.control.schemas import SCHEMAS
from safelight_mockserver.transport import AsyncAppTransport

ROOT = "/_safelight"
WORDS = st.sampled_from(
    ["test", "t1", "429", "4xx", "-1", "9" * 30, "har", "jsonl", "json", "open", "generate", "returned", "raised", ""]
) | st.text(st.characters(codec="utf-8"), max_size=12)
EXTREMES = st.sampled_from([10**400, -(10**400), 1e308, 1 << 53])
NUMBERS = st.integers() | EXTREMES | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.sampled_from(["model", "parameters", "key", "test", "operation", "prompt", "n", "seed"])
ORDERS = st.sampled_from(["rate-limit; retry-after=1, ok", "latency; seconds=0.001", "quota; times=2", "reset", "ok"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | ORDERS | st.text(st.characters(), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=5),
    max_leaves=12,
)

WITH_BODY = [one for one in CALLS if one.takes]


def _written(value: object) -> bytes:
    return json.dumps(value).encode()


@st.composite
def requests(draw: st.DrawFn) -> tuple[Call, str, dict[str, str], bytes | None]:
    """Draw a request for one of the calls: its path, its query, its body."""
    call = draw(st.sampled_from(WITH_BODY) | st.sampled_from([one for one in CALLS if one.media != "stream"]))
    path = call.path.replace("{id}", draw(st.sampled_from(["nothing", "%00", "a%2Fb", "%ff", "ordered"])))
    named = st.dictionaries(st.sampled_from([*call.query, "colour"]), WORDS, max_size=3)
    query = draw(st.just(dict[str, str]()) | named)
    known: list[str] = list(SCHEMAS[call.takes]["properties"]) if call.takes else []
    fields: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(known, EXTREMES | ORDERS | NUMBERS | VALUES)
    )
    whole: st.SearchStrategy[Any] = st.fixed_dictionaries(dict.fromkeys(known, EXTREMES | ORDERS))
    body = draw((whole | fields | VALUES).map(_written) | st.none() | st.binary(max_size=30))
    return call, path, query, body


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(requests(), min_size=1, max_size=5))
def test_nothing_that_is_sent_is_an_error_of_the_server(
    sent: list[tuple[Call, str, dict[str, str], bytes | None]], ttapi: Spec
) -> None:
    """Not one call, and not one after another; each answer is of the kind that was promised."""

    async def run() -> None:
        transport = AsyncAppTransport(fake(ttapi, Options(images="tiny")))
        async with httpx2.AsyncClient(transport=transport, base_url="http://fake") as http:
            for call, path, query, body in sent:
                response = await http.request(call.verb, ROOT + path, params=query, content=body)
                assert response.status_code < 500
                if response.status_code >= 400:
                    error: dict[str, Any] = response.json()["error"]
                    assert error["message"]

    asyncio.run(run())
