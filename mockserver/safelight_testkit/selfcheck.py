"""The self-check: the fake's own answers before the judge that servers of others are tried with.

The judge knows nothing of the fake's code.  Where both read a spec differently, one of them is wrong, and whoever runs
the fake should hear of it from the fake.

Tests send the same requests again and again.  What was judged once is not judged again: the same request with the same
answer, but for headers that tell one call from another.  And no image is looked into twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date
from itertools import chain
from typing import Final

from safelight import Operation, Spec
from safelight.judging.interpret import DOCUMENTED
from safelight.model import Json
from safelight_mockserver.calls.service import Sent
from safelight_mockserver.options import Options
from safelight_testkit.judging.images import Images
from safelight_testkit.judging.judge import Judge
from safelight_testkit.judging.verdict import Answer, Severity

__all__ = ["SelfCheck"]

_KEPT: Final = 1024
_OF_PICTURES: Final = "image."


class SelfCheck:
    """Judges answers of the fake; a `safelight_mockserver.calls.service.Check`.

    Args:
        as_of: The day whose state of the API is served.
        basis: Which constraints are enforced.
        ignore: Ids of constraints that are not.
        looks: Whether pictures are looked into; not where they are one pixel whatever was asked.
        images: Looks into them; several checks may share one.
    """

    def __init__(
        self,
        *,
        as_of: date | None = None,
        basis: Collection[str] = DOCUMENTED,
        ignore: Collection[str] = (),
        looks: bool = True,
        images: Images | None = None,
    ) -> None:
        self._as_of = as_of
        self._basis = basis
        self._ignore = frozenset(ignore)
        self._looks = looks
        self._images = images or Images()
        self._judges: dict[str, tuple[Operation, Judge]] = {}
        self._known: dict[bytes, tuple[str, ...]] = {}

    @classmethod
    def of(cls, options: Options, images: Images | None = None) -> SelfCheck:
        """Make the check of a fake with these options."""
        looks = options.images != "tiny"
        return cls(as_of=options.as_of, basis=options.basis, ignore=options.ignore, looks=looks, images=images)

    def __call__(self, spec: Spec, operation: Operation, request: bytes, sent: Sent) -> Sequence[str]:
        """Return what is wrong with an answer, a sentence each."""
        key = _key(spec, operation, request, sent)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)), None)
            found = self._known[key] = tuple(self._found(spec, operation, request, sent))
        return found

    def _found(self, spec: Spec, operation: Operation, request: bytes, sent: Sent) -> list[str]:
        body: Json = json.loads(request)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in sent.headers)
        answer = Answer(status=sent.status, headers=headers, body=sent.body)
        judgement = self._judge(spec, operation).judge(body, answer)
        return [
            f"{one.kind} {one.where or one.constraint}: {one.message}"
            for one in judgement.findings
            if one.severity is Severity.FAULT and one.constraint not in self._ignore
            if self._looks or not one.kind.startswith(_OF_PICTURES)
        ]

    def _judge(self, spec: Spec, operation: Operation) -> Judge:
        """Return the judge of an operation, a new one where its spec was edited."""
        known = self._judges.get(operation.name)
        if known is None or known[0] is not operation:
            judge = Judge(spec, operation, as_of=self._as_of, basis=self._basis, images=self._images)
            known = self._judges[operation.name] = (operation, judge)
        return known[1]


def _key(spec: Spec, operation: Operation, request: bytes, sent: Sent) -> bytes:
    """Return what is the same for a request and an answer that were judged before."""
    stamped = {name.lower().encode() for name, value in operation.response.headers.items() if "{" in value}
    headers = [(name, b"" if name in stamped else value) for name, value in sent.headers]
    digest = hashlib.blake2b(digest_size=16)
    for part in (
        spec.digest.encode(),
        operation.name.encode(),
        b"%d" % sent.status,
        *chain(*headers),
        request,
        sent.body,
    ):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.digest()
