"""The desk: what the control API tells, without a web framework.

Each method answers the call of its name in `calls`.  It gets what was asked and returns what is to be said, or raises
`Problem` where the caller is wrong.  What the control API turns, the `dials` do.

A log may be long.  It is written by a thread, so that the requests of clients do not wait for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from safelight import Operation, Spec
from safelight.records import dataclass
from safelight_mockserver.answers.answer import Answer as Decided
from safelight_mockserver.answers.answer import Call, Responder
from safelight_mockserver.answers.reply import Events
from safelight_mockserver.calls.endpoint import base_path
from safelight_mockserver.options import Options
from safelight_mockserver.store.entry import Entry
from safelight_mockserver.store.redis_state import StateError
from safelight_mockserver.store.tally import Tally
from safelight_mockserver.store.verdict import Outcome as EndOfCall
from safelight_mockserver.store.verdict import verdict

from .feed import follow
from .form import form
from .har import archive
from .inquiry import Answer, Feed, Inquiry, Said, object_in
from .openapi import document
from .previews import Preview, previews
from .problem import Problem
from .records import Filter, body_of, record
from .snippets import Outcome, snippets
from .sources import SourceBook, violation_record

if TYPE_CHECKING:
    from safelight_mockserver.app import Fake

__all__ = ["Desk"]

_PICTURE_SECONDS: Final = 3600
_OUTCOMES: Final[Mapping[str, EndOfCall]] = {"returned": "returned", "raised": "raised"}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A spec with what answers need of it worked out once."""

    spec: Spec
    options: Options
    book: SourceBook
    responders: Mapping[str, Responder]


class Desk:
    """Tells of a fake.

    Args:
        fake: What is told of.
        root: The path below which the calls are.
    """

    def __init__(self, fake: Fake, root: str) -> None:
        self._fake = fake
        self._document = document(root)
        self._read = self._reading(fake.source.current())

    async def list_requests(self, inquiry: Inquiry) -> Answer:
        """List requests, or export them."""
        entries = await self._entries(inquiry)
        match inquiry.query.get("format", "json"):
            case "json":
                told = await asyncio.to_thread(self._records, entries)
                return {"requests": told, "seq": max((entry.seq for entry in entries), default=0)}
            case "jsonl":
                lines = await asyncio.to_thread(self._lines, entries)
                return Said(content=lines, media="application/jsonl", file="requests.jsonl")
            case "har":
                text = await asyncio.to_thread(self._har, entries, inquiry.origin)
                return Said(content=text, media="application/json", file="requests.har")
            case other:
                raise Problem(400, f"format must be json, jsonl or har, got {other!r}")

    async def show_request(self, inquiry: Inquiry) -> Answer:
        """Show one request."""
        id_ = inquiry.path["id"]
        entry = next((one for one in await self._fake.state.entries() if one.id == id_), None)
        if entry is None:
            raise Problem(404, f"no request with the id {id_!r} is remembered")
        operation = self._reading_now().spec.operations.get(entry.operation)
        code = None
        if operation is not None and body_of(entry) is not None:
            outcome = Outcome(entry.status, tuple(one.rule for one in entry.violations))
            code = self._code(operation, body_of(entry), inquiry.origin, outcome)
        return self._record(entry) | {"code": code}

    async def forget_requests(self, inquiry: Inquiry) -> Answer:
        """Forget requests."""
        test = inquiry.query.get("test")
        await self._fake.state.clear(test)
        if test is None:
            self._fake.replies.clear()

    async def follow_requests(self, inquiry: Inquiry) -> Answer:
        """Follow requests."""
        return Feed(follow(self._fake.state, Filter.read(inquiry.query), self._records, self._is_over))

    async def count_violations(self, inquiry: Inquiry) -> Answer:
        """Count violations, the most frequent first."""
        found: dict[str, dict[str, Any]] = {}
        book = self._reading_now().book
        for entry in await self._entries(inquiry):
            for one in entry.violations:
                counted = found.setdefault(one.rule, {"rule": one.rule, "count": 0, "source": book.record(one.rule)})
                counted |= {"count": counted["count"] + 1, "message": one.message, "last": entry.id}
        return {"violations": sorted(found.values(), key=lambda one: (-one["count"], one["rule"]))}

    async def show_verdict(self, inquiry: Inquiry) -> Answer:
        """Judge the client."""
        named = inquiry.query.get("outcome")
        outcome = _OUTCOMES.get(named) if named is not None else None
        if outcome is None and named is not None:
            raise Problem(400, f"outcome must be {' or '.join(_OUTCOMES)}, got {named!r}")
        judged = verdict(await self._fake.state.entries(test=inquiry.query.get("test")), outcome=outcome)
        return {
            "findings": [
                {"kind": one.kind, "message": one.message, "requests": list(one.requests)} for one in judged.findings
            ],
            "calls": [
                {
                    "requests": [entry.id for entry in one.attempts],
                    "gaps": list(one.gaps),
                    "billed": one.billed,
                    "final": one.final,
                    "told": str(one),
                }
                for one in judged.calls
            ],
        }

    async def show_spec(self, _: Inquiry) -> Answer:
        """Tell the spec."""
        reading = self._reading_now()
        return form(reading.spec, self._fake.options, base_path(reading.spec), reading.book)

    async def validate(self, inquiry: Inquiry) -> Answer:
        """Judge a request."""
        asked = object_in(inquiry)
        reading = self._reading_now()
        operation = reading.spec.operations.get(str(asked.get("operation")))
        if operation is None or "body" not in asked:
            names = ", ".join(reading.spec.operations)
            raise Problem(400, "a draft has an operation and a body", f"the operations are {names}")
        decided = self._decided(operation, json.dumps(asked["body"]).encode())
        status = 200 if isinstance(decided.reply, Events) else decided.reply.status
        outcome = Outcome(status, tuple(one.rule for one in decided.violations))
        return {
            "accepted": status < 300,
            "status": status,
            "violations": [violation_record(one, reading.book) for one in decided.violations],
            "code": self._code(operation, asked["body"], inquiry.origin, outcome),
        }

    async def show_health(self, _: Inquiry) -> Answer:
        """Tell that the process is alive."""
        source = self._fake.source
        spec = source.current()
        return {
            "status": "ok" if source.problem is None else "stale",
            "spec": spec.name,
            "revised": spec.revised.isoformat(),
            "digest": spec.digest,
            "problem": source.problem,
        }

    async def show_readiness(self, inquiry: Inquiry) -> Answer:
        """Tell that requests are answered."""
        health = await self.show_health(inquiry)
        try:
            await self._fake.state.board()
        except StateError as error:
            return Said(content=health | {"status": "no state", "problem": str(error)}, status=503)
        return health

    async def show_metrics(self, _: Inquiry) -> Answer:
        """Tell counts and times."""
        from .metrics import CONTENT_TYPE, Metrics

        shared = await self._fake.state.counts()
        tally = self._fake.tally if shared is None else Tally.of(shared)
        return Said(content=Metrics(self._fake, tally).text().decode(), media=CONTENT_TYPE)

    async def show_openapi(self, _: Inquiry) -> Answer:
        """Describe the control API."""
        return self._document

    async def _entries(self, inquiry: Inquiry) -> tuple[Entry, ...]:
        wanted = Filter.read(inquiry.query)
        return wanted.select(await self._fake.state.entries(test=wanted.test, after=wanted.after))

    def _record(self, entry: Entry, *, whole: bool = True) -> dict[str, Any]:
        reading = self._reading_now()
        pictures = [
            {
                "url": self._fake.picture_path(one.picture, _PICTURE_SECONDS),
                "index": one.picture.index,
                "partial": str(one.partial) if one.partial is not None else None,
                "width": one.picture.width,
                "height": one.picture.height,
            }
            for one in self._previews(entry)
        ]
        return record(entry, reading.book, whole=whole) | {"pictures": pictures}

    def _records(self, entries: Iterable[Entry]) -> list[dict[str, Any]]:
        return [self._record(entry, whole=False) for entry in entries]

    def _lines(self, entries: Iterable[Entry]) -> str:
        return "".join(json.dumps(self._record(entry)) + "\n" for entry in entries)

    def _har(self, entries: Collection[Entry], origin: str) -> str:
        bodies = self._fake.replies.kept([entry.id for entry in entries])
        return json.dumps(archive(entries, origin, bodies))

    def _code(self, operation: Operation, body: Any, origin: str, outcome: Outcome) -> dict[str, str]:  # noqa: ANN401 - any JSON value
        spec = self._reading_now().spec
        base = f"{origin}{base_path(spec)}"
        return asdict(snippets(spec, operation, body, base, outcome, path=self._fake.source.path))

    def _previews(self, entry: Entry) -> tuple[Preview, ...]:
        """Find the pictures of an answer; only requests that were carried out have any."""
        operation = self._reading_now().spec.operations.get(entry.operation)
        if operation is None or not entry.images or entry.body is None:
            return ()
        return previews(self._decided(operation, entry.body))

    def _decided(self, operation: Operation, body: bytes) -> Decided:
        """Return what the fake answers to a request with the right key."""
        reading, key = self._reading_now(), self._fake.options.api_key or "any-key"
        call = Call(
            verb=operation.verb,
            path=f"{base_path(reading.spec)}{operation.path}",
            authorization=f"Bearer {key}",
            keys={one.header.lower(): key for one in reading.spec.auth if one.header is not None},
            content_type="application/json",
            body=body,
        )
        return reading.responders[operation.name].answer(call)

    def _is_over(self) -> bool:
        return self._fake.is_stopping()

    def _reading_now(self) -> _Reading:
        spec = self._fake.source.current()
        if self._read.spec is not spec or self._read.options is not self._fake.options:
            self._read = self._reading(spec)
        return self._read

    def _reading(self, spec: Spec) -> _Reading:
        options = self._fake.options
        responders = {name: self._fake.responder(spec, one, options) for name, one in spec.operations.items()}
        return _Reading(spec, options, SourceBook(spec), responders)
