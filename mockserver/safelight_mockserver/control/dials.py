"""The dials: what the control API turns, which is faults, the clock, the seed, and everything at once.

As on the `desk`, each method answers the call of its name in `calls`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from safelight.vocabulary.checks import is_number, shown
from safelight_mockserver.faults.grammar import OrderError
from safelight_mockserver.faults.order import as_json, read_fault
from safelight_mockserver.faults.strangers import check_strangers

from .inquiry import Answer, Inquiry, Said, number_in, object_in
from .menu import menu
from .problem import Problem

if TYPE_CHECKING:
    from safelight_mockserver.app import Fake

__all__ = ["Dials"]

_FARTHEST: Final = datetime(2070, 1, 1, tzinfo=UTC).timestamp()
"""As far as the clock goes: a century is as far as a date can be written everywhere."""


class Dials:
    """Turns what can be turned of a fake.

    Args:
        fake: What is controlled.
    """

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    async def list_faults(self, _: Inquiry) -> Answer:
        """List faults."""
        board = await self._fake.state.board()
        return {"faults": [as_json(fault) for fault in board.faults]}

    async def order_fault(self, inquiry: Inquiry) -> Answer:
        """Order a fault."""
        try:
            fault = read_fault(object_in(inquiry))
            check_strangers(fault, self._fake.source.current())
        except OrderError as error:
            raise Problem(400, error.message, error.help) from error
        await self._fake.state.put_fault(fault)
        return Said(content=as_json(fault), status=201)

    async def clear_faults(self, inquiry: Inquiry) -> Answer:
        """Take back faults."""
        await self._fake.state.clear_faults(inquiry.query.get("test"))

    async def remove_fault(self, inquiry: Inquiry) -> Answer:
        """Take back a fault."""
        if not await self._fake.state.remove_fault(inquiry.path["id"]):
            raise Problem(404, f"no fault with the id {inquiry.path['id']!r} stands", "GET /faults lists those that do")

    async def list_kinds(self, _: Inquiry) -> Answer:
        """List kinds of faults."""
        return {"kinds": menu(self._fake.source.current())}

    async def show_clock(self, _: Inquiry) -> Answer:
        """Tell the time."""
        setting = (await self._fake.state.board()).clock
        if setting is not None:
            self._fake.clock.setting = setting
        clock = self._fake.clock
        now = clock.now()
        return {
            "now": now,
            "iso": datetime.fromtimestamp(now, UTC).isoformat(),
            "frozen": clock.setting.frozen is not None,
            "ahead": clock.setting.ahead,
        }

    async def freeze_clock(self, inquiry: Inquiry) -> Answer:
        """Stop the clock."""
        body = object_in(inquiry)
        at = _moment(body["at"]) if "at" in body else None
        await self.show_clock(inquiry)
        self._fake.clock.freeze(at)
        return await self._moved(inquiry)

    async def advance_clock(self, inquiry: Inquiry) -> Answer:
        """Move the clock ahead."""
        seconds = number_in(object_in(inquiry), "seconds")
        if seconds < 0:
            back = "to go back, freeze the clock at a time, or reset it to real time"
            raise Problem(400, f"seconds must be 0 or more, got {seconds:g}: the clock is moved ahead", back)
        clock = await self.show_clock(inquiry)
        if clock["now"] + seconds > _FARTHEST:
            raise Problem(
                400, f"it is {_date(clock['now'])}, and the clock goes to {_date(_FARTHEST)}: {seconds:g} s is beyond"
            )
        self._fake.clock.advance(seconds)
        return await self._moved(inquiry)

    async def resume_clock(self, inquiry: Inquiry) -> Answer:
        """Let the clock go on."""
        await self.show_clock(inquiry)
        self._fake.clock.resume()
        return await self._moved(inquiry)

    async def reset_clock(self, inquiry: Inquiry) -> Answer:
        """Return to real time."""
        self._fake.clock.reset()
        return await self._moved(inquiry)

    async def reset(self, inquiry: Inquiry) -> Answer:
        """Forget everything, or what belongs to a test."""
        body = object_in(inquiry)
        test = body.get("test")
        if test is not None and not isinstance(test, str):
            raise Problem(400, f"test must be the name of a test, got {shown(test)}")
        await self._fake.state.clear(test)
        await self._fake.state.clear_faults(test)
        if test is None:
            self._fake.replies.clear()
            await self.reset_clock(inquiry)
        return {"done": "requests and faults of one test" if test is not None else "requests, faults, clock"}

    async def show_seed(self, _: Inquiry) -> Answer:
        """Tell the seed."""
        seed = (await self._fake.state.board()).seed
        if seed is not None and seed != self._fake.options.seed:
            self._fake.reconfigure(replace(self._fake.options, seed=seed))
        return {"seed": self._fake.options.seed}

    async def set_seed(self, inquiry: Inquiry) -> Answer:
        """Choose a seed."""
        seed = object_in(inquiry).get("seed")
        if not isinstance(seed, int) or isinstance(seed, bool) or abs(seed) >= 1 << 53:
            raise Problem(400, f"seed must be a whole number, got {shown(seed)}")
        self._fake.reconfigure(replace(self._fake.options, seed=seed))
        await self._fake.state.set_seed(seed)
        return await self.show_seed(inquiry)

    async def _moved(self, inquiry: Inquiry) -> Answer:
        await self._fake.state.set_clock(self._fake.clock.setting)
        return await self.show_clock(inquiry)


def _moment(value: object) -> float:
    """Read a time: seconds since 1970, or a date as people write it.

    Raises:
        Problem: It is neither, or beyond what a date can be everywhere.
    """
    at: float | None = None
    if isinstance(value, str):
        with suppress(ValueError):
            read = datetime.fromisoformat(value)
            at = (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()
    elif is_number(value):
        at = float(min(max(value, -_FARTHEST), 2 * _FARTHEST))  # An integer of a thousand digits is no float.
    if at is None or not 0 <= at <= _FARTHEST:
        told = f"at must be a time from {_date(0)} to {_date(_FARTHEST)}, got {shown(value)}"
        raise Problem(400, told, "write it as 2026-11-22T12:00:00Z, or as seconds since 1970")
    return at


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
