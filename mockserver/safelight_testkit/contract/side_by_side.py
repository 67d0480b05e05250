"""A comparison of servers in every form: text for a terminal, JSON for machines, one HTML page to pass on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final

from safelight.model import Json
from safelight_testkit.contract.compare import Comparison, Row, Stance, Standing
from safelight_testkit.contract.markup import about_text, framed, plain
from safelight_testkit.contract.report import About, Report
from safelight_testkit.contract.summary import listed
from safelight_testkit.contract.terminal import columns, first_line, many
from safelight_testkit.judging.verdict import FINDINGS

__all__ = ["Server", "comparison_json", "comparison_page", "comparison_text", "servers"]

_LOOKS: Final = {
    Stance.ENFORCES: "good",
    Stance.DIFFERENTLY: "mixed",
    Stance.IGNORES: "bad",
    Stance.UNTRIED: "soft",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is compared: what it is called, and its report."""

    name: str
    report: Report


def servers(paths: Sequence[str], reports: Sequence[Report]) -> tuple[Server, ...]:
    """Call each server by the file name of its report; by the whole path where two files have the same name."""
    stems = [PurePath(path).stem for path in paths]
    names = stems if len(set(stems)) == len(stems) else paths
    return tuple(Server(name, report) for name, report in zip(names, reports, strict=True))


def comparison_text(found: Comparison, of: Sequence[Server]) -> str:
    """Write where servers differ and why, and how much each enforces."""
    return "\n".join(_lines(found, of)) + "\n"


def _lines(found: Comparison, of: Sequence[Server]) -> Iterator[str]:
    names = [server.name for server in of]
    different = found.different
    if different:
        yield from columns([("constraint", *names), *((row.constraint, *_words(row)) for row in different)])
        yield ""
        yield from _reasons(different, names)
        yield ""
    if found.answers:
        yield from columns(
            [("fault of answers, by requests", *names), *((kind, *map(str, n)) for kind, n in found.answers.items())]
        )
        yield ""
    rows = [_row(server, [row.standings[place].stance for row in found.rows]) for place, server in enumerate(of)]
    yield from columns([("server", *Stance, "requests", "asked", "base URL"), *rows])
    yield ""
    yield from _cautions(of)
    yield f"{many(len(different), 'difference')} in {many(len(found.rows), 'constraint')}"


def _row(server: Server, stances: Sequence[Stance]) -> tuple[str, ...]:
    """What a server does, in numbers, and when and where it was asked."""
    return (server.name, *(str(stances.count(stance)) for stance in Stance), *_facts(server.report))


def _words(row: Row) -> tuple[str, ...]:
    return tuple(one.stance.value for one in row.standings)


def _reasons(rows: Sequence[Row], names: Sequence[str]) -> Iterator[str]:
    """What shows that a server does something else than to enforce; what is the same is told once."""
    for place, name in enumerate(names):
        shown: dict[tuple[Stance, str], list[str]] = {}
        for row in rows:
            one = row.standings[place]
            if one.why:
                shown.setdefault((one.stance, first_line(one.why)), []).append(f"{row.constraint}{_models(one)}")
        for (stance, why), constraints in shown.items():
            yield f"{name}, {stance}: {why}"
            yield f"  {listed(constraints)}"


def _models(one: Standing) -> str:
    models = [model for model in one.models if model != "*"]
    return f" [{', '.join(models)}]" if models else ""


def _facts(report: Report) -> tuple[str, ...]:
    sent = sum(bool(result.tries) for result in report.results)
    when = datetime.fromtimestamp(report.origin.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(sent), when, report.origin.base_url


def _cautions(of: Sequence[Server]) -> Iterator[str]:
    """What may make servers look different that are not."""
    if len({server.report.origin.digest for server in of}) > 1:
        yield "caution: the reports are of different texts of the spec"
    judged = {(server.report.origin.as_of, server.report.origin.basis) for server in of}
    if len(judged) > 1:
        said = "; ".join(f"{server.name} as of {server.report.origin.as_of}, {_basis(server)}" for server in of)
        yield f"caution: they were judged differently: {said}"
    yield from (f"caution: {server.name} was interrupted" for server in of if server.report.interrupted)


def _basis(server: Server) -> str:
    return ", ".join(server.report.origin.basis)


def comparison_json(found: Comparison, of: Sequence[Server], paths: Sequence[str]) -> Json:
    """The comparison as JSON has it; everything about servers is in the order of *of*."""
    return {
        "servers": [
            {
                "name": server.name,
                "report": path,
                "base_url": server.report.origin.base_url,
                "spec": server.report.origin.spec,
                "digest": server.report.origin.digest,
                "interrupted": server.report.interrupted,
            }
            for server, path in zip(of, paths, strict=True)
        ],
        "constraints": [
            {
                "constraint": row.constraint,
                "differs": row.differs,
                "stances": [one.stance.value for one in row.standings],
                "why": [one.why for one in row.standings],
                "models": [list(one.models) for one in row.standings],
            }
            for row in found.rows
        ],
        "answers": {kind: list(counts) for kind, counts in found.answers.items()},
    }


# --- the page ---


def comparison_page(found: Comparison, of: Sequence[Server]) -> str:
    """Write the comparison as an HTML page."""
    title = f"{of[0].report.origin.title}: servers side by side"
    about: dict[str, About] = {}
    for server in reversed(of):
        about.update(server.report.constraints)
    return framed(title, ("differences", "To the differences"), _page(title, found, of, about))


def _page(title: str, found: Comparison, of: Sequence[Server], about: Mapping[str, About]) -> Iterator[str]:
    different = found.different
    agreed = [row for row in found.rows if not row.differs]
    yield f"<header><h1>{plain(title)}</h1>"
    yield from (f'<p class="mixed">{plain(line)}</p>' for line in _cautions(of))
    yield '<ul class="facts">'
    yield f'<li><b class="{"bad" if different else "good"}">{len(different)}</b> differences</li>'
    yield f"<li><b>{len(found.rows)}</b> constraints</li><li><b>{len(of)}</b> servers</li></ul></header>"
    yield '<main id="differences"><section><h2>Differences</h2>'
    if different:
        yield from _table(different, of, about)
    else:
        yield '<p class="good">The servers do the same, as far as they were asked the same.</p>'
    yield "</section>"
    if agreed:
        yield f"<section><h2>The same everywhere</h2><details><summary>{many(len(agreed), 'constraint')}</summary>"
        yield from _table(agreed, of, about)
        yield "</details></section>"
    if found.answers:
        yield '<section><h2>Wrong answers</h2><p class="soft">In so many answers to good requests:</p>'
        yield from _opened("fault", of)
        for name, counts in found.answers.items():
            cells = "".join(f'<td class="{"bad" if count else "good"}">{count}</td>' for count in counts)
            operation, said, kind = name.rpartition(": ")
            yield f'<tr><th scope="row">{plain(f"{operation}{said}{FINDINGS[kind].title}")}</th>{cells}</tr>'
        yield "</tbody></table></div></section>"
    yield "<section><h2>Servers</h2><ul>"
    for server in of:
        sent, when, url = _facts(server.report)
        yield f"<li><b>{plain(server.name)}</b> {plain(url)}, {sent} requests, {when}</li>"
    yield "</ul></section></main>"


def _opened(what: str, of: Sequence[Server]) -> Iterator[str]:
    yield f'<div class="scroll" tabindex="0"><table class="stances"><thead><tr><th scope="col">{what}</th>'
    yield "".join(f'<th scope="col">{plain(server.name)}</th>' for server in of)
    yield "</tr></thead><tbody>"


def _table(rows: Sequence[Row], of: Sequence[Server], about: Mapping[str, About]) -> Iterator[str]:
    yield from _opened("constraint", of)
    for row in rows:
        name = f'{plain(row.constraint)}<br><small class="soft">{about_text(about.get(row.constraint))[2:]}</small>'
        cells = "".join(_cell(one) for one in row.standings)
        yield f'<tr><th scope="row">{name}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(one: Standing) -> str:
    why = f'<br><small class="soft">{plain(one.why + _models(one))}</small>' if one.why else ""
    return f'<td><span class="{_LOOKS[one.stance]}">{plain(one.stance)}</span>{why}</td>'
