"""The state in Redis: it does what the state in memory does, for several servers at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.vocabulary.checks import Violation
from safelight_mockserver import Options, fake, running
from safelight_mockserver.clock import Setting
from safelight_mockserver.faults.fault import Fault
from safelight_mockserver.faults.order import order
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.heads import Asked
from safelight_mockserver.store.memory_state import MemoryState
from safelight_mockserver.store.redis_state import RedisState, StateError, link_secret
from safelight_mockserver.store.state import Limit, State
from safelight_mockserver.store.stored import restored, stored
from safelight_mockserver.store.tally import Tally, counts
from safelight_mockserver.transport import AsyncAppTransport
from tests.redis_server import RedisServer, redis_server

from .conftest import ROOT

LARGE = 1 << 30
SPEC = ROOT / "spec" / "ttapi-images.yaml"
FOX: dict[str, Any] = {"model": "gpt-image-1", "prompt": "a fox", "size": "1024x1024"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
violations = st.builds(
    Violation,
    rule=st.text(),
    parameter=st.text(),
    value=json_values,
    message=st.text(),
    allowed=st.lists(json_values, max_size=3).map(tuple),
    nearest=json_values,
)
tests = st.none() | st.sampled_from(["a", "b", "ä test: with words\n"])
latin = st.characters(max_codepoint=255).map(lambda one: one.encode("latin-1"))
raw_headers = st.lists(st.tuples(st.sampled_from([b"x-plain", b"x-other"]), latin), max_size=3).map(tuple)
entries = st.builds(
    Entry,
    id=st.uuids().map(str),
    at=st.floats(0, 4e9),
    verb=st.sampled_from(["GET", "POST"]),
    path=st.text(),
    body=st.none() | st.binary(),
    status=st.integers(0, 599),
    violations=st.lists(violations, max_size=2).map(tuple),
    test=tests,
    began=st.floats(0, 4e9),
    milliseconds=st.floats(0, 1e6),
    retry_after=st.none() | st.floats(0, 60),
    images=st.integers(0, 10),
    asked=raw_headers.map(Asked),
    told=raw_headers,
)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("postgres://user:a-secret-word@db", "no state is at postgres://"),
        ("nonsense", "'nonsense' is no address"),
        ("user:a-secret-word@db", "its address is none"),
        ("redis://db:99999", "its address cannot be read (Port out of range 0-65535)"),
        ("redis://db:0", "nothing listens at port 0"),
        ("redis://db/first", "'first' is no number of a database"),
        ("unix:///run/redis.sock?db=first", "'first' is no number of a database"),
        ("unix://", "unix:// without a path leads nowhere"),
        ("redis://db?dbs=1", "redis:// has no option 'dbs' (did you mean 'db'?)"),
        ("redis://[::1", "its address cannot be read (Invalid IPv6 URL)"),
    ],
)
def test_an_address_that_is_none_is_told_with_what_would_be_right(url: str, wrong: str) -> None:
    """In our words, before anything is connected, and without the password."""
    with pytest.raises(ValueError, match=re.escape(wrong)) as caught:
        RedisState(url, LARGE)
    assert str(caught.value) == (
        f"the state cannot be used: {wrong}; "
        "it is memory, redis://HOST:PORT/DB, rediss://HOST:PORT/DB with TLS, or unix:///PATH?db=DB"
    )


@pytest.mark.parametrize(
    "url",
    ["redis://db", "redis://:word@[::1]:6379/3", "rediss://db/0?ssl_cert_reqs=none", "unix:///run/redis.sock?db=2"],
)
def test_every_address_that_the_text_names_is_taken(url: str) -> None:
    """Nothing is connected yet."""
    assert isinstance(RedisState(url, LARGE), RedisState)


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Faults of few names, some of them of a test."""
    text = draw(st.sampled_from(["rate-limit, rate-limit, ok", "server-error; times=2", "stream-cut"]))
    test = draw(st.sampled_from([None, "a", "b"]))
    id_ = draw(st.sampled_from(["one", "two", "three"]))
    return order(text, id=id_, when=None if test is None else {"test": test})


@dataclass(frozen=True)
class Step:
    """A step that both kinds of state can take."""

    name: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    async def take(self, state: State) -> object:
        """Take it."""
        result: object = await getattr(state, self.name)(*self.arguments, **self.options)
        return result


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Steps, in which no two requests have one id."""
    taken: list[Step] = []
    recorded: list[Entry] = []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=15)):
        match kind:
            case "record":
                recorded.append(draw(entries))
                taken.append(Step(kind, (recorded[-1],)))
            case "amend":
                entry = draw(st.sampled_from(recorded) if recorded else entries)
                taken.append(Step(kind, (entry._replace(status=draw(st.integers(0, 599)), end="cut"),)))
            case "entries":
                limit = draw(st.none() | st.integers(1, 4))
                taken.append(Step(kind, (), {"test": draw(tests), "after": draw(st.integers(0, 12)), "limit": limit}))
            case "clear" | "clear_faults":
                taken.append(Step(kind, (draw(tests),)))
            case "put_fault":
                taken.append(Step(kind, (draw(faults()),)))
            case "remove_fault":
                taken.append(Step(kind, (draw(faults()).id,)))
            case "count":
                fault = draw(faults())
                taken.append(Step(kind, (draw(st.sampled_from([fault.counter, fault.hit_counter])),)))
            case _:
                cost, now = draw(st.floats(0, 6)), draw(st.floats(1e9, 1e9 + 99))
                taken.append(Step("spend", ("bucket", cost, Limit(5, 60), now)))
    return taken


KINDS = ("record", "amend", "entries", "clear", "clear_faults", "put_fault", "remove_fault", "count", "spend")


@pytest.fixture(scope="module")
def redis() -> Generator[RedisServer]:
    """A Redis that the tests of this module share."""
    with redis_server() as server:
        yield server


def emptied(redis: RedisServer, max_bytes: int = LARGE) -> RedisState:
    """A state in which nothing is remembered."""
    redis.empty()
    return RedisState(redis.url, max_bytes)


@given(entry=entries, seq=st.integers(1))
def test_what_is_stored_comes_back(entry: Entry, seq: int) -> None:
    """Every entry survives the way into a store and out of it, bodies byte for byte."""
    assert restored(stored(entry), seq) == entry._replace(seq=seq)


@settings(max_examples=50)
@given(taken=steps())
def test_it_does_what_the_state_in_memory_does(redis: RedisServer, taken: list[Step]) -> None:
    """Whatever steps are taken, both kinds of state return the same, and end with the same log and the same faults."""
    shared, memory = emptied(redis), MemoryState(LARGE)

    async def compare() -> None:
        for step in taken:
            assert await step.take(shared) == await step.take(memory), step
        assert await shared.entries() == await memory.entries()
        assert (await shared.board()).faults == (await memory.board()).faults
        await shared.close()

    asyncio.run(compare())


def test_two_servers_count_as_one(redis: RedisServer) -> None:
    """However many servers count at the same time, each number is given once."""
    states = [emptied(redis), RedisState(redis.url, LARGE), RedisState(redis.url, LARGE)]

    async def count() -> list[int]:
        numbers = await asyncio.gather(*(states[place % 3].count("fault:x") for place in range(300)))
        for state in states:
            await state.close()
        return numbers

    assert sorted(asyncio.run(count())) == list(range(1, 301))


def test_two_servers_spend_one_allowance(redis: RedisServer) -> None:
    """At the same time they never spend more than there is."""
    states = [emptied(redis), RedisState(redis.url, LARGE)]

    async def spend() -> int:
        spent = await asyncio.gather(*(states[place % 2].spend("k", 1, Limit(10, 60), 1e9) for place in range(50)))
        for state in states:
            await state.close()
        return sum(one.allowed for one in spent)

    assert asyncio.run(spend()) == 10


def test_its_log_is_bounded(redis: RedisServer) -> None:
    """The oldest requests go first; amending one that is gone changes nothing; a test's log goes with them."""
    state = emptied(redis, max_bytes=20_000)
    made = [
        Entry(
            id=str(number),
            at=0.0,
            verb="POST",
            path="/",
            body=b"x" * 1000,
            status=200,
            violations=(),
            test=f"t{number}",
        )
        for number in range(100)
    ]

    async def fill() -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        for one in made:
            await state.record(one)
        await state.amend(made[0]._replace(status=500))
        kept, gone = await state.entries(), await state.entries(test="t0")
        await state.close()
        return kept, gone

    kept, gone = asyncio.run(fill())
    assert [one.id for one in kept] == [str(number) for number in range(100 - len(kept), 100)]
    assert 5 < len(kept) < 20
    assert gone == ()


def test_the_clock_is_shared(redis: RedisServer) -> None:
    """What one server sets, all others read with what counts for their next request."""
    one, other = emptied(redis), RedisState(redis.url, LARGE)

    async def share() -> list[Setting | None]:
        found = [(await other.board()).clock]
        for setting in (Setting(ahead=3600.5), Setting(frozen=1e9), Setting()):
            await one.set_clock(setting)
            found.append((await other.board()).clock)
        await one.close()
        await other.close()
        return found

    assert asyncio.run(share()) == [Setting(), Setting(ahead=3600.5), Setting(frozen=1e9), Setting()]


def test_a_server_that_stops_leaves_no_connection(redis: RedisServer) -> None:
    """A fake that runs from a thread ends with its context, and Redis is rid of it."""
    emptied(redis)
    before = redis.clients()
    app = fake("spec/ttapi-images.yaml", Options(images="tiny"), state=RedisState(redis.url, LARGE))
    with running(app) as url, httpx2.Client(base_url=url, headers={"Authorization": "Bearer any"}) as client:
        reply = client.post("/images/generations", json={"model": "dall-e-2", "prompt": "a fox"})
        assert (reply.status_code, redis.clients() > before) == (200, True)

    assert redis.clients() == before


def test_servers_sign_with_one_secret(redis: RedisServer) -> None:
    """The first chooses it, and it is long enough."""
    emptied(redis)

    async def ask() -> list[bytes]:
        return await asyncio.gather(*(link_secret(redis.url) for _ in range(5)))

    secrets = asyncio.run(ask())
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 32


def test_a_redis_that_is_away_is_told_in_a_sentence(redis: RedisServer) -> None:
    """Every step says where it should be and why it cannot be used, without the password; and works once it is back."""
    url = "redis://:a-secret-word@127.0.0.1:1/3"

    async def fail() -> str:
        with pytest.raises(StateError) as caught:
            await RedisState(url, LARGE).board()
        with pytest.raises(StateError):
            await link_secret(url)
        return str(caught.value)

    text = asyncio.run(fail())
    assert text.startswith("the shared state at redis://127.0.0.1:1/3 cannot be used: ")
    assert "a-secret-word" not in text

    async def survive() -> int:
        state = RedisState(redis.url, LARGE)
        await state.count("x")
        redis.stop()
        with pytest.raises(StateError):
            await state.count("x")
        redis.start()
        number = await state.count("x")
        await state.close()
        return number

    assert asyncio.run(survive()) == 1


@pytest.mark.parametrize("url", ["localhost", "http://localhost", ""])
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    """Before anything is started."""
    with pytest.raises(ValueError, match=r"(?i)redis"):
        RedisState(url, LARGE)


def shared(redis: RedisServer, body: dict[str, Any], turns: Callable[[int], Awaitable[None]]) -> list[httpx2.Response]:
    """Call two servers of one state in turn, six times, with something else before each call; returns the replies."""

    async def run() -> list[httpx2.Response]:
        apps = [fake(SPEC, Options(images="plain"), state=RedisState(redis.url, LARGE)) for _ in range(2)]
        clients = [httpx2.AsyncClient(transport=AsyncAppTransport(app), base_url="http://fake/v1") for app in apps]
        replies: list[httpx2.Response] = []
        for number in range(6):
            await turns(number)
            headers = {"authorization": "Bearer k"}
            replies.append(await clients[number % 2].post("/images/generations", json=body, headers=headers))
        for app, client in zip(apps, clients, strict=True):
            await client.aclose()
            await app.state.close()
        return replies

    redis.empty()
    return asyncio.run(run())


@pytest.mark.parametrize("body", [FOX, FOX | {"stream": True}], ids=["whole", "stream"])
def test_an_undisturbed_request_asks_the_state_once(redis: RedisServer, body: dict[str, Any]) -> None:
    """And once more in the end, if it is a stream: as often as it has something to remember."""

    async def nothing(_: int) -> None: ...

    before = redis.scripts_run()
    replies = shared(redis, body, nothing)
    assert {one.status_code for one in replies} == {200}
    assert redis.scripts_run() - before == (12 if body.get("stream") else 6)


def test_what_one_server_is_told_counts_for_the_next_request_of_every_other(redis: RedisServer) -> None:
    """Though none of them asks before it answers: what was answered by what holds no more is answered anew."""

    async def turn(number: int) -> None:
        state = RedisState(redis.url, LARGE)
        if number in {1, 4}:
            await state.put_fault(order("rate-limit", id="busy", standing=True))
        if number in {2, 5}:
            await state.remove_fault("busy")
        await state.set_clock(Setting(frozen=1000.0 + number))
        await state.close()

    replies = shared(redis, FOX, turn)
    assert [one.status_code for one in replies] == [200, 429, 200, 200, 429, 200]
    assert [one.json().get("created") for one in replies] == [1000, None, 1002, 1003, None, 1005]
    entries = asyncio.run(entries_of(redis))
    assert [entry.id for entry in entries] == [one.headers["x-request-id"] for one in replies]


async def entries_of(redis: RedisServer) -> tuple[Entry, ...]:
    """What the state remembers."""
    state = RedisState(redis.url, LARGE)
    try:
        return await state.entries()
    finally:
        await state.close()


def test_servers_of_one_state_share_seed_and_metrics(redis: RedisServer) -> None:
    """Whichever of them is told, and whichever is asked."""
    pictures: list[str] = []

    async def run() -> str:
        apps = [fake(SPEC, Options(images="plain"), state=RedisState(redis.url, LARGE)) for _ in range(2)]
        one, other = (httpx2.AsyncClient(transport=AsyncAppTransport(app), base_url="http://127.0.0.1") for app in apps)
        for client in (one, other, one):
            reply = await client.post("/v1/images/generations", json=FOX, headers={"authorization": "Bearer k"})
            pictures.append(reply.json()["data"][0]["b64_json"])
            await one.put("/_safelight/seed", json={"seed": 7})
        refused = FOX | {"n": 11}
        await other.post("/v1/images/generations", json=refused, headers={"authorization": "Bearer k"})
        assert (await other.get("/_safelight/seed")).json() == {"seed": 7}
        told = [(await client.get("/_safelight/metrics")).text for client in (one, other)]
        lines = [[line for line in text.splitlines() if not line.startswith("safelight_clock")] for text in told]
        assert lines[0] == lines[1]
        for app, client in zip(apps, (one, other), strict=True):
            await client.aclose()
            await app.state.close()
        return told[0]

    redis.empty()
    told = asyncio.run(run())
    assert pictures[0] != pictures[1] == pictures[2]
    for line in (
        'safelight_requests_total{model="gpt-image-1",operation="generate",status="200"} 3.0',
        'safelight_requests_total{model="gpt-image-1",operation="generate",status="400"} 1.0',
        'safelight_violations_total{rule="generate.n.maximum"} 1.0',
        'safelight_images_total{model="gpt-image-1"} 3.0',
        'safelight_request_seconds_count{operation="generate"} 4.0',
    ):
        assert line in told


@given(st.lists(entries, max_size=20))
def test_what_servers_count_together_is_what_one_of_them_would(some: list[Entry]) -> None:
    """By name, added up, and read again."""
    tally = Tally()
    added: dict[str, float] = {}
    for entry in some:
        tally.add(entry)
        for name, count in counts(entry):
            added[name] = added.get(name, 0.0) + count
    read = Tally.of(added)
    assert (read.requests, read.violations, read.faults) == (tally.requests, tally.violations, tally.faults)
    assert (read.images, read.timings) == (tally.images, tally.timings)
