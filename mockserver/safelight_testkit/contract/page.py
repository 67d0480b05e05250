"""A report as one HTML page that needs nothing else: it can be mailed, kept, and read without a network.

Its frame, and the rules for what gets into it, are in `safelight_testkit.contract.markup`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from safelight_testkit.contract.markup import about_text, folded, framed, plain
from safelight_testkit.contract.matrix import Mark, matrix
from safelight_testkit.contract.report import Report
from safelight_testkit.contract.result import Thumbnail, Verdict
from safelight_testkit.contract.snippets import as_curl, as_python
from safelight_testkit.contract.summary import (
    Group,
    Section,
    body_text,
    groups,
    notes,
    operations_text,
    outages,
    reach_text,
)
from safelight_testkit.contract.terminal import usd_text
from safelight_testkit.contract.trial import Trial
from safelight_testkit.judging.verdict import FINDINGS

__all__ = ["page_text"]

_MOST_PICTURES: Final = 200
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
    content = (
        *_head(report, title),
        *_findings(report),
        *_unjudged(report),
        *_matrix(report),
        *_pictures(report),
        *_notes(report),
    )
    return framed(title, ("findings", "To the findings"), content)


def _head(report: Report, title: str) -> Iterator[str]:
    origin, found = report.origin, groups(report)
    when = datetime.fromtimestamp(origin.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    yield f"<header><h1>{plain(title)}</h1>"
    yield f'<p class="soft">{plain(origin.base_url)} · {plain(origin.spec)} as of {plain(origin.as_of)} · '
    yield f"{plain(', '.join(origin.basis))} · {when}{' · interrupted' if report.interrupted else ''}</p>"
    facts = (
        ("bad" if found else "good", str(len(found)), "faults"),
        ("", str(sum(bool(result.tries) for result in report.results)), "requests"),
        *([("", f"{report.share * 100:.0f} %", "of the spec tried")] if report.coverage else []),
        ("mixed" if outages(report) else "", str(len(report.of(Verdict.OUTAGE))), "not judged"),
        ("", f"{report.seconds:.1f} s", "in all"),
        *([("", usd_text(report.usd), "by the spec's prices")] if origin.paid else []),
    )
    items = "".join(f'<li><b class="{kind}">{plain(value)}</b> {label}</li>' for kind, value, label in facts)
    yield f'<ul class="facts">{items}</ul></header>'


def _findings(report: Report) -> Iterator[str]:
    found = groups(report)
    yield '<main id="findings">'
    if not found:
        yield '<p class="good">The server does what the spec says, as far as it was asked.</p>'
    for section in Section:
        members = [group for group in found if group.section is section]
        if members:
            yield f"<section><h2>{plain(section.capitalize())} ({len(members)})</h2>"
            for group in members:
                yield from _group(report, group)
            yield "</section>"
    yield "</main>"


def _group(report: Report, group: Group) -> Iterator[str]:
    result, trial = group.result, group.result.trial
    yield f'<article><h3>{plain(group.title)} <span class="soft">{plain(reach_text(report, group))}</span></h3>'
    yield f"<p>{plain(group.finding.message)}</p>"
    for name in group.constraints[:5]:
        yield f'<p class="soft">{plain(name)}{about_text(report.constraints.get(name))}</p>'
    if len(group.constraints) > 5:
        yield f'<p class="soft">and {len(group.constraints) - 5} more constraints</p>'
    count = f"{group.results} requests; the smallest is" if group.results > 1 else "1 request:"
    yield f'<p class="soft">{count} #{trial.number} <code>{plain(body_text(trial, 160))}</code></p>'
    status = f"{result.status} {result.media_type}".strip()
    yield folded("Request, with curl", as_curl(report.origin, trial))
    yield folded("Request, in Python", as_python(report.origin, trial))
    yield folded(f"Answer: {status}", result.answer)
    yield "</article>"


def _unjudged(report: Report) -> Iterator[str]:
    failed = outages(report)
    unsent = report.of(Verdict.UNSENT)
    if not failed and not unsent:
        return
    yield "<section><h2>Not judged</h2><ul>"
    for kind, results in failed.items():
        message = plain(results[0].findings[0].message)
        requests = f"{len(results)} requests{plain(operations_text(report, results))}"
        yield f"<li>{plain(FINDINGS[kind].title)}: {requests}. {message}</li>"
    for why in dict.fromkeys(result.why for result in unsent):
        yield f"<li>{plain(why)}: {sum(result.why == why for result in unsent)} requests not sent.</li>"
    yield "</ul></section>"


def _matrix(report: Report) -> Iterator[str]:
    found = matrix(report)
    yield '<section><h2>Coverage</h2><p class="soft">'
    yield " · ".join(f'<span class="{kind}">{sign}</span> {plain(mark)}' for mark, (kind, sign) in _MARKS.items())
    yield " · * requests that reach no model's rules"
    yield '</p><div class="scroll" tabindex="0"><table class="marks"><thead><tr><th scope="col">constraint</th>'
    yield "".join(f'<th scope="col">{plain(model)}</th>' for model in found.models)
    yield "</tr></thead><tbody>"
    for constraint, row in found.rows.items():
        cells = "".join(_cell(row.get(model)) for model in found.models)
        yield f'<tr><th scope="row">{plain(constraint)}</th>{cells}</tr>'
    yield "</tbody></table></div>"
    named = '<th scope="col">operation</th>' if report.is_of_several else ""
    yield f'<div class="scroll" tabindex="0"><table><thead><tr>{named}<th scope="col">model</th>'
    yield '<th scope="col">constraints broken alone</th><th scope="col">borders hit</th></tr></thead><tbody>'
    for operation, tallies in report.coverage.items():
        named = f'<th scope="row">{plain(operation)}</th>' if report.is_of_several else ""
        for tally in tallies:
            yield f'<tr>{named}<th scope="row">{plain(tally.model)}</th>'
            yield f"<td>{tally.isolated} of {tally.constraints}</td><td>{tally.hit} of {tally.borders}</td></tr>"
    yield "</tbody></table></div></section>"


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return "<td></td>"
    kind, sign = _MARKS[mark]
    words = plain(mark)
    return f'<td class="mark {kind}" title="{words}"><span aria-label="{words}" role="img">{sign}</span></td>'


def _pictures(report: Report) -> Iterator[str]:
    pictures = ((result.trial, picture) for result in report.results for picture in result.pictures)
    shown = list(islice(pictures, _MOST_PICTURES))
    if shown:
        yield '<section><h2>Images received</h2><ul class="pictures">'
        yield from (_picture(report, trial, picture) for trial, picture in shown)
        yield "</ul></section>"


def _picture(report: Report, trial: Trial, picture: Thumbnail) -> str:
    whose = f"{trial.operation} {trial.model}" if report.is_of_several else trial.model
    about = f"#{trial.number} {whose}, {picture.where}, {picture.width}x{picture.height}"
    address = f"data:{picture.media_type};base64,{picture.data}"
    return f'<li><img src="{plain(address)}" alt="{plain(about)}" loading="lazy"><small>{plain(about)}</small></li>'


def _notes(report: Report) -> Iterator[str]:
    found = notes(report)
    if found:
        yield "<section><h2>Notes</h2><ul>"
        for (kind, _), (finding, count) in found.items():
            yield f"<li>{plain(kind)}: {plain(finding.message)} ({count})</li>"
        yield "</ul></section>"
