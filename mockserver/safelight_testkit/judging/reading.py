"""An answer that was read: what is wrong with it so far, and the images that are still to be looked into.

Reading is cheap, and looking into images is not.  Who judges many answers reads the next one while others look into the
images of the last, or fetch what its links lead to; what was read is kept, and nothing is parsed twice.  What is found
comes in the order of the answer, whenever it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from safelight.model import Json
from safelight_testkit.judging.images import Images, Sight, Unreadable
from safelight_testkit.judging.picture import Portrait
from safelight_testkit.judging.verdict import Answer, Finding, NoAnswer, Received

__all__ = ["Entry", "Group", "Judgement", "Link", "Picture", "Reading"]

_FILES: Final = frozenset({"png", "jpeg", "webp", "gif"})
"""Formats that are looked into."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is found in an answer.

    Attributes:
        findings: What is wrong with it, or worth a note.
        links: The links to images in it; what they lead to is judged once it is among `Answer.links`.
        pictures: The image files in it, or behind its links, each with the place where it was found.
    """

    findings: tuple[Finding, ...]
    links: tuple[str, ...] = ()
    pictures: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file in an answer.

    Attributes:
        where: Its place.
        data: The file.
        expected: What it must look like.
    """

    where: str
    data: bytes
    expected: Portrait


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an image file.

    Attributes:
        where: Its place.
        url: The address.
        expected: What the image must look like.
    """

    where: str
    url: str
    expected: Portrait


@dataclass(frozen=True, slots=True)
class Group:
    """Images that were asked for together, so that none of them should be another one again."""

    entries: tuple[Entry, ...]


Entry: TypeAlias = "Finding | Picture | Link | Group"


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer that was read.

    Attributes:
        entries: What was met in it, in its order.
    """

    entries: tuple[Entry, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the answer whatever its images are."""
        return tuple(one for one in _flat(self.entries) if isinstance(one, Finding))

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses of images, each once."""
        return tuple(dict.fromkeys(one.url for one in _flat(self.entries) if isinstance(one, Link)))

    def files(self, fetched: Mapping[str, Received]) -> tuple[bytes, ...]:
        """The image files to look into, where *fetched* is what the links led to."""
        return tuple(
            picture.data
            for one in _flat(self.entries)
            if (picture := _picture(one, fetched)) is not None and picture.expected.format in _FILES
        )

    def conclude(self, images: Images, fetched: Mapping[str, Received]) -> Judgement:
        """Judge the images too.

        Args:
            images: Looks into them, if it has not already done so.
            fetched: What the links led to; links that are not here are not judged.
        """
        conclusion = _Conclusion(images, fetched)
        conclusion.add(self.entries)
        return Judgement(tuple(conclusion.findings), self.links, tuple(conclusion.pictures))


def _flat(entries: Iterable[Entry]) -> Iterator[Finding | Picture | Link]:
    for one in entries:
        if isinstance(one, Group):
            yield from _flat(one.entries)
        else:
            yield one


def _picture(one: Finding | Picture | Link, fetched: Mapping[str, Received]) -> Picture | None:
    """The image file that an entry is or leads to."""
    if isinstance(one, Link):
        answer = fetched.get(one.url)
        if isinstance(answer, Answer) and answer.status == 200:
            return Picture(one.where, answer.body, one.expected)
        return None
    return one if isinstance(one, Picture) else None


class _Conclusion:
    """Collects what is found once the images are there."""

    def __init__(self, images: Images, fetched: Mapping[str, Received]) -> None:
        self.findings: list[Finding] = []
        self.pictures: list[tuple[str, bytes]] = []
        self._images = images
        self._fetched = fetched

    def add(self, entries: Sequence[Entry]) -> None:
        for one in entries:
            match one:
                case Finding():
                    self.findings.append(one)
                case Picture():
                    self._image(one)
                case Link():
                    self._link(one)
                case Group(members):
                    before = len(self.pictures)
                    self.add(members)
                    self._repeated(self.pictures[before:])

    def _find(self, kind: str, where: str, message: str, expected: Json = None, got: Json = None) -> None:
        self.findings.append(Finding(kind=kind, where=where, message=message, expected=expected, got=got))

    def _repeated(self, pictures: Iterable[tuple[str, bytes]]) -> None:
        first: dict[bytes, str] = {}
        for where, data in pictures:
            if data in first:
                self._find("image.repeated", where, f"{where} is the same image as {first[data]}")
            first.setdefault(data, where)

    def _link(self, link: Link) -> None:
        path = link.where
        match self._fetched.get(link.url):
            case None:
                pass
            case NoAnswer(why=why, late=late):
                self._find("outage.link" if late else "link.dead", path, f"{path} leads nowhere: {why}")
            case Answer(status=200, body=body):
                self._image(Picture(path, body, link.expected))
            case Answer(status=status):
                failed = status == 429 or status >= 500
                kind = "outage.link" if failed else "link.dead"
                self._find(kind, path, f"{path} answers with status {status}", expected=200, got=status)

    def _image(self, picture: Picture) -> None:
        path, expected = picture.where, picture.expected
        self.pictures.append((path, picture.data))
        if expected.format not in _FILES:
            self._find("image.unchecked", path, f"{path} is {expected.format}, which is not looked into")
            return
        match self._images.look(picture.data):
            case Unreadable(why):
                self._find("image.unreadable", path, f"{path} is no image that can be shown: {why}")
            case Sight() as sight:
                self._sight(sight, path, expected)

    def _sight(self, sight: Sight, path: str, expected: Portrait) -> None:
        if sight.format != expected.format:
            message = f"{path} is a {sight.format} file, and {expected.format} was asked for"
            self._find("image.format", path, message, expected=expected.format, got=sight.format)
        if not expected.fits(sight):
            size, wanted = f"{sight.width}x{sight.height}", f"{expected.width}x{expected.height}"
            self._find("image.size", path, f"{path} is {size}, and should be {wanted}", expected=wanted, got=size)
        if sight.transparent is None:
            self._find("image.unchecked", path, f"{path} has more pixels than are decoded")
        elif expected.transparent is not None and sight.transparent is not expected.transparent:
            wanted = "be transparent" if expected.transparent else "be opaque"
            message = f"{path} should {wanted}, and is not"
            self._find("image.transparency", path, message, expected=expected.transparent, got=sight.transparent)
