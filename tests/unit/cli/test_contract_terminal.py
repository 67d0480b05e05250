"""``safelight contract`` on a terminal: it asks before it may cost money, and shows how far it is."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from safelight_testkit.contract.progress import ProgressDisplay
from safelight_testkit.contract.result import Result
from safelight_testkit.contract.trial import Trial
from safelight_testkit.judging.verdict import Finding

if TYPE_CHECKING:
    import pytest

TRIAL = Trial(number=1, operation="generate", model="*", body=[], refused=True, expected=())
FAILED = Result(trial=TRIAL, tries=1, findings=(Finding(kind="accepts", message=""),))
LIMITED = Result(trial=TRIAL, tries=4, findings=(Finding(kind="outage.rate", message=""),))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is shown on stderr of a run with three results."""
    monkeypatch.setattr(sys, "stderr", stream)
    with ProgressDisplay(2) as display:
        for result in (Result(trial=TRIAL, tries=1), FAILED, LIMITED):
            display.tell(result)
    return stream.getvalue()


def test_a_terminal_shows_a_bar_with_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many are done, how many failed, and how many could not be judged."""
    assert "1 failed, 1 not judged" in shown(Terminal(), monkeypatch)


def test_elsewhere_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of CI systems have no bars; more results than were planned are counted too."""
    assert shown(io.StringIO(), monkeypatch).splitlines() == [
        "1/2: 0 failed",
        "2/2: 1 failed",
        "3/3: 1 failed, 1 not judged",
    ]


def test_somebody_at_a_terminal_is_asked_before_money_is_spent(tmp_path: Path) -> None:
    """No means no: nothing is sent, and the plan with its price was shown."""
    master, slave = pty.openpty()
    words = ("contract", "ttapi-images", "--base-url", "https://api.invalid/v1", "--only", "generate.n.*")
    code = "import sys; from safelight.cli import main; main(sys.argv[1:])"
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "TTAPI_API_KEY": "k"},
        text=True,
    ) as process:
        os.write(master, b"n\n")
        out, err = process.communicate()
    os.close(slave)
    os.close(master)

    assert process.returncode == 130
    assert "billable, about" in err
    assert "Send them to api.invalid?" in err + out
