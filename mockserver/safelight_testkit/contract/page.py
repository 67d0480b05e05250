"""A report as one HTML page that needs nothing else: it can be mailed, kept, and read without a network.

It is put together from strings, and everything that does not come from this module is escaped on its way in: answers of
a server are foreign text.  There is no script; what folds is a ``details`` element, which the keyboard opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from itertools import islice
from typing import Final

from safelight_testkit.contract.matrix import Mark, matrix
from safelight_testkit.contract.report import About, Report
from safelight_testkit.contract.result import Thumbnail, Verdict
from safelight_testkit.contract.snippets import as_curl, as_python
from safelight_testkit.contract.summary import Group, Section, body_text, groups, notes, outages
from safelight_testkit.contract.terminal import usd_text
from safelight_testkit.contract.trial import Trial
from safelight_testkit.verdict import FINDINGS

__all__ = ["page_text"]

_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The page loads nothing, whatever a server has made it quote."""

_MOST_PICTURES: Final = 200
_LONGEST: Final = 20_000
_MARKS: Final = {
    Mark.BOTH: ("good", "●"),
    Mark.ONE: ("good", "◐"),
    Mark.UNJUDGED: ("mixed", "?"),
    Mark.DIFFERENT: ("mixed", "≠"),
    Mark.WRONG: ("bad", "✗"),
}


def page_text(report: Report) -> str:
    """Write a report as an HTML page."""
    title = f"{report.origin.title}: contract tests"
    css = files("safelight_testkit.contract").joinpath("page.css").read_text("utf-8")
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(title)}</title>",
            f"<style>{css}</style></head>",
            '<body><a class="skip" href="#findings">To the findings</a>',
            *_head(report, title),
            *_findings(report),
            *_unjudged(report),
            *_matrix(report),
            *_pictures(report),
            *_notes(report),
            "</body></html>",
            "",
        )
    )


def _head(report: Report, title: str) -> Iterator[str]:
    origin, found = report.origin, groups(report)
    when = datetime.fromtimestamp(origin.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield f"<header><h1>{escape(title)}</h1>"
    yield f'<p class="soft">{escape(origin.base_url)} · {escape(origin.spec)} as of {escape(origin.as_of)} · '
    yield f"{escape(', '.join(origin.basis))} · {when}{' · interrupted' if report.interrupted else ''}</p>"
    facts = (
        ("bad" if found else "good", str(len(found)), "faults"),
        ("", str(sum(bool(result.tries) for result in report.results)), "requests"),
        *([("", f"{report.share * 100:.0f} %", "of the spec shown")] if report.coverage else []),
        ("mixed" if outages(report) else "", str(len(report.of(Verdict.OUTAGE))), "not judged"),
        ("", f"{report.seconds:.1f} s", "in all"),
        *([("", usd_text(report.usd), "by the spec's prices")] if origin.paid else []),
    )
    items = "".join(f'<li><b class="{kind}">{escape(value)}</b> {label}</li>' for kind, value, label in facts)
    yield f'<ul class="facts">{items}</ul></header>'


def _findings(report: Report) -> Iterator[str]:
    found = groups(report)
    yield '<main id="findings">'
    if not found:
        yield '<p class="good">The server does what the spec says, as far as it was asked.</p>'
    for section in Section:
        members = [group for group in found if group.section is section]
        if members:
            yield f"<section><h2>{escape(section.capitalize())} ({len(members)})</h2>"
            for group in members:
                yield from _group(report, group)
            yield "</section>"
    yield "</main>"


def _group(report: Report, group: Group) -> Iterator[str]:
    result, trial = group.result, group.result.trial
    models = ", ".join(model for model in group.models if model != "*")
    yield f'<article><h3>{escape(group.title)} <span class="soft">{escape(models)}</span></h3>'
    yield f"<p>{escape(group.finding.message)}</p>"
    for name in group.constraints[:5]:
        yield f'<p class="soft">{escape(name)}{_about(report.constraints.get(name))}</p>'
    if len(group.constraints) > 5:
        yield f'<p class="soft">and {len(group.constraints) - 5} more constraints</p>'
    count = f"{group.results} requests; the smallest is" if group.results > 1 else "1 request:"
    yield f'<p class="soft">{count} #{trial.number} <code>{escape(_writable(body_text(trial, 160)))}</code></p>'
    status = f"{result.status} {result.media_type}".strip()
    yield _folded("Request, with curl", as_curl(report.origin, trial))
    yield _folded("Request, in Python", as_python(report.origin, trial))
    yield _folded(f"Answer: {status}", result.answer)
    yield "</article>"


def _about(about: About | None) -> str:
    if about is None:
        return ""
    source = escape(about.source)
    if about.url.startswith(("https://", "http://")):
        source = f'<a href="{escape(about.url)}" rel="noreferrer">{source}</a>'
    known = f" ({escape(about.basis)}{f': {source}' if source else ''})"
    return f": {escape(about.requirement)}{known}{f'. {escape(about.why)}' if about.why else ''}"


def _folded(title: str, text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"
    return f'<details><summary>{escape(title)}</summary><pre tabindex="0">{escape(_writable(shown))}</pre></details>'


def _writable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _unjudged(report: Report) -> Iterator[str]:
    failed = outages(report)
    unsent = report.of(Verdict.UNSENT)
    if not failed and not unsent:
        return
    yield "<section><h2>Not judged</h2><ul>"
    for kind, results in failed.items():
        message = escape(_writable(results[0].findings[0].message))
        yield f"<li>{escape(FINDINGS[kind].title)}: {len(results)} requests. {message}</li>"
    for why in dict.fromkeys(result.why for result in unsent):
        yield f"<li>{escape(why)}: {sum(result.why == why for result in unsent)} requests not sent.</li>"
    yield "</ul></section>"


def _matrix(report: Report) -> Iterator[str]:
    found = matrix(report)
    yield '<section><h2>Coverage</h2><p class="soft">'
    yield " · ".join(f'<span class="{kind}">{sign}</span> {escape(mark)}' for mark, (kind, sign) in _MARKS.items())
    yield '</p><div class="scroll" tabindex="0"><table><thead><tr><th scope="col">constraint</th>'
    yield "".join(f'<th scope="col">{escape(model)}</th>' for model in found.models)
    yield "</tr></thead><tbody>"
    for constraint, row in found.rows.items():
        cells = "".join(_cell(row.get(model)) for model in found.models)
        yield f'<tr><th scope="row">{escape(constraint)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    yield '<div class="scroll" tabindex="0"><table><thead><tr><th scope="col">model</th>'
    yield '<th scope="col">constraints broken alone</th><th scope="col">borders hit</th></tr></thead><tbody>'
    for tallies in report.coverage.values():
        for tally in tallies:
            yield f'<tr><th scope="row">{escape(tally.model)}</th><td>{tally.isolated} of {tally.constraints}</td>'
            yield f"<td>{tally.hit} of {tally.borders}</td></tr>"
    yield "</tbody></table></div></section>"


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return "<td></td>"
    kind, sign = _MARKS[mark]
    words = escape(mark)
    return f'<td class="mark {kind}" title="{words}"><span aria-label="{words}" role="img">{sign}</span></td>'


def _pictures(report: Report) -> Iterator[str]:
    pictures = ((result.trial, picture) for result in report.results for picture in result.pictures)
    shown = list(islice(pictures, _MOST_PICTURES))
    if shown:
        yield '<section><h2>Images received</h2><ul class="pictures">'
        yield from (_picture(trial, picture) for trial, picture in shown)
        yield "</ul></section>"


def _picture(trial: Trial, picture: Thumbnail) -> str:
    about = f"#{trial.number} {trial.model}, {picture.where}, {picture.width}x{picture.height}"
    address = f"data:{picture.media_type};base64,{picture.data}"
    return f'<li><img src="{escape(address)}" alt="{escape(about)}" loading="lazy"><small>{escape(about)}</small></li>'


def _notes(report: Report) -> Iterator[str]:
    found = notes(report)
    if found:
        yield "<section><h2>Notes</h2><ul>"
        for (kind, _), (finding, count) in found.items():
            yield f"<li>{escape(kind)}: {escape(_writable(finding.message))} ({count})</li>"
        yield "</ul></section>"
