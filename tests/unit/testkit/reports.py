"""Reports to write down and compare: of an honest server, of one that forgot rules, and of one that is hostile."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

from safelight_mockserver import Options, fake
from safelight_mockserver.transport import AsyncAppTransport
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Verdict
from safelight_testkit.contract.selection import Selection
from safelight_testkit.judging.verdict import Finding
from tests.contract.runs import HONEST, TTAPI, run

SOME = Selection(models=("dall-e-2",), only=("generate.n.*", "generate.size.*", "generate.style.*"))
EVIL = "</pre><script>alert(1)</script>&\x00\x1b[31m\ud83e"


@cache
def honest() -> Report:
    """The report of an honest server."""
    return run(AsyncAppTransport(HONEST), selection=SOME, pictures=2)


@cache
def sloppy() -> Report:
    """The report of a server that forgot two rules."""
    forgotten = ["generate.n.maximum", "generate.style.applies_to"]
    return run(AsyncAppTransport(fake(TTAPI, Options(ignore=forgotten))), selection=SOME, pictures=2)


def evil() -> Report:
    """A report in which everything that a server can make up is hostile."""
    (result, *rest) = sloppy().of(Verdict.FAILED)
    finding = Finding(kind="accepts", message=EVIL, constraint="generate.n.maximum", where=EVIL, got=EVIL)
    trial = replace(result.trial, body={**result.trial.body, "prompt": EVIL})
    bad = replace(result, trial=trial, findings=(finding,), answer=EVIL, media_type=EVIL, why=EVIL)
    return replace(sloppy(), results=(bad, *rest))


class Page(HTMLParser):
    """What a browser would make of a page: its tags, and whether they close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that tags close in order."""
        assert self.open.pop() == tag
