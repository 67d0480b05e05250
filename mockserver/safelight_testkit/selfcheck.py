"""The self-check: the fake's own answers before the judge that servers of others are tried with.

The judge knows nothing of the fake's code.  Where both read a spec differently, one of them is wrong, and whoever runs
the fake should hear of it from the fake.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date

from safelight import Operation, Spec
from safelight.interpret import DOCUMENTED
from safelight.model import Json
from safelight_mockserver.calls.service import Sent
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import Answer, Severity

__all__ = ["SelfCheck"]


class SelfCheck:
    """Judges answers of the fake; a `safelight_mockserver.calls.service.Check`.

    Args:
        as_of: The day whose state of the API is served.
        basis: Which constraints are enforced.
        ignore: Ids of constraints that are not.
    """

    def __init__(
        self, *, as_of: date | None = None, basis: Collection[str] = DOCUMENTED, ignore: Collection[str] = ()
    ) -> None:
        self._as_of = as_of
        self._basis = basis
        self._ignore = frozenset(ignore)
        self._images = Images()
        self._judges: dict[str, tuple[Operation, Judge]] = {}

    def __call__(self, spec: Spec, operation: Operation, request: bytes, sent: Sent) -> Sequence[str]:
        """Return what is wrong with an answer, a sentence each."""
        body: Json = json.loads(request)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent.headers)
        answer = Answer(status=sent.status, headers=headers, body=sent.body)
        judgement = self._judge(spec, operation).judge(body, answer)
        return [
            f"{one.kind} {one.where or one.constraint}: {one.message}"
            for one in judgement.findings
            if one.severity is Severity.FAULT and one.constraint not in self._ignore
        ]

    def _judge(self, spec: Spec, operation: Operation) -> Judge:
        """Return the judge of an operation, a new one where its spec was edited."""
        known = self._judges.get(operation.name)
        if known is None or known[0] is not operation:
            judge = Judge(spec, operation, as_of=self._as_of, basis=self._basis, images=self._images)
            known = self._judges[operation.name] = (operation, judge)
        return known[1]
