"""The previews: which pictures an answer had, found again from its request.

The log keeps requests and not answers: an answer is decided by the spec and the request alone, so its pictures can be
told, and drawn, at any time.  After the spec was edited, they are those that the request would get now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from safelight.records import dataclass
from safelight_mockserver.answers.answer import Answer
from safelight_mockserver.answers.reply import Address, Events, InBase64, Json, Whole
from safelight_mockserver.pictures.picture import Picture

__all__ = ["Preview", "previews"]


@dataclass(frozen=True, slots=True)
class Preview:
    """One picture of an answer.

    Attributes:
        picture: What was drawn.
        partial: How far it was drawn; None for a finished one.
    """

    picture: Picture
    partial: Fraction | None


def previews(answer: Answer) -> tuple[Preview, ...]:
    """Return the pictures of an answer in the order in which they are sent; nothing for a refusal."""
    match answer.reply:
        case Whole(status=200, body=body):
            pictures = tuple(_pictures(body))
        case Events(events):
            pictures = tuple(picture for event in events for picture in _pictures(event.data))
        case _:
            pictures = ()
    return tuple(Preview(one, one.progress if one.progress < 1 else None) for one in pictures)


def _pictures(value: Json) -> Iterator[Picture]:
    match value:
        case InBase64(picture) | Address(picture):
            yield picture
        case Mapping():
            for item in value.values():
                yield from _pictures(item)
        case list() | tuple():
            for item in value:
                yield from _pictures(item)
        case _:
            return
