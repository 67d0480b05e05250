"""The whole product in one run, without a key and without a network: a fake API, and the client generated for it.

The fake listens on a free port of this machine.  The generated client calls it for every model, in every form of
answer, follows one stream, and meets one refusal of each kind: once by its own validator, before anything is sent, and
once by the fake, which follows the same spec.  The pictures and a contact sheet of them end up in ``demo-output/``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from PIL import Image as Pillow
from PIL import ImageDraw
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from safelight import load
from safelight_mockserver import Options, fake, running
from ttapi_images import Client, RuleError, StatusError
from ttapi_images.images import GENERATE
from ttapi_images.types import GenerateResult

SPEC: Final = Path(__file__).parent.parent / "spec" / "ttapi-images.yaml"
OUTPUT: Final = Path("demo-output")

CALLS: Final[tuple[dict[str, Any], ...]] = (
    {"model": "gpt-image-2", "size": "1616x912", "quality": "high"},
    {"model": "gpt-image-2", "size": "768x1536", "output_format": "webp", "output_compression": 60},
    {"model": "gpt-image-1.5", "size": "1536x1024", "output_format": "jpeg"},
    {"model": "gpt-image-1", "background": "transparent", "n": 2},
    {"model": "dall-e-3", "size": "1792x1024", "style": "natural", "response_format": "url"},
    {"model": "dall-e-3", "quality": "hd", "response_format": "b64_json"},
    {"model": "dall-e-2", "size": "512x512", "n": 3, "response_format": "url"},
    {"model": "dall-e-2", "size": "256x256", "response_format": "b64_json"},
)

REFUSED: Final[tuple[dict[str, Any], ...]] = (
    {"model": "gpt-image-2"},
    {"model": "gpt-image-9", "prompt": "a fox"},
    {"model": "gpt-image-2", "prompt": "a fox", "styel": "vivid"},
    {"model": "gpt-image-2", "prompt": "a fox", "style": "vivid"},
    {"model": "gpt-image-2", "prompt": "a fox", "n": "two"},
    {"model": "gpt-image-2", "prompt": "a fox", "user": None},
    {"model": "dall-e-3", "prompt": "a fox", "n": 2},
    {"model": "gpt-image-2", "prompt": "a fox", "n": 0},
    {"model": "dall-e-2", "prompt": "x" * 1001},
    {"model": "gpt-image-2", "prompt": ""},
    {"model": "gpt-image-1", "prompt": "a fox", "quality": "hd"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "big"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "1820x1024"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "3840x1264"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "1264x3840"},
    {"model": "gpt-image-1", "prompt": "a fox", "background": "transparent", "output_format": "jpeg"},
    {"model": "gpt-image-1", "prompt": "a fox", "output_compression": 50},
    {"model": "gpt-image-1", "prompt": "a fox", "partial_images": 2},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "3856x1296"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "3840x3840"},
    {"model": "gpt-image-2", "prompt": "a fox", "size": "16x16"},
    {"model": "gpt-image-1", "prompt": "a fox", "stream": True, "n": 2},
)
"""One mistake of each kind; the last four break rules that no page states and the API was seen to have."""

BASIS: Final = ("documented", "observed")


def main() -> int:
    """Run the demonstration; return 0 if every call went as the spec says."""
    console = Console()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    with running(fake(load(SPEC), Options(api_key="demo", basis=BASIS))) as base_url:
        console.print(f"A fake API listens at {base_url}")
        with Client(api_key="demo", base_url=base_url, basis=BASIS) as client:
            saved = [*_pictures(client, console), *_streamed(client, console)]
            surprises = _refusals(client, console) + _without_right_key(base_url, console)
    sheet = _contact_sheet(saved)
    console.print(f"{len(saved)} pictures are in {OUTPUT}/, all on one sheet in {sheet}")
    return 1 if surprises else 0


def _pictures(client: Client, console: Console) -> Iterator[Path]:
    """Call every model, in every form of answer."""
    with _progress(console) as progress:
        task = progress.add_task("", total=None)
        for number, call in enumerate(CALLS, 1):
            progress.update(task, description=f"{number} of {len(CALLS)}: {_shown(call)}")
            result = client.call(GENERATE, {"prompt": "a red fox asleep in the snow", **call})
            assert isinstance(result, GenerateResult)  # noqa: S101 - none of these calls asks for a stream
            for index, image in enumerate(result.data, 1):
                path = OUTPUT / f"{number}-{call['model']}-{index}"
                if image.url is not None:
                    image.download()
                yield image.save(path.with_name(f"{path.name}.{image.format}"))


def _streamed(client: Client, console: Console) -> Iterator[Path]:
    """Follow one stream, and keep its unfinished images too."""
    with (
        _progress(console) as progress,
        client.images.generate(
            prompt="a lighthouse at dusk", model="gpt-image-2", size="1024x640", stream=True, partial_images=3
        ) as stream,
    ):
        task = progress.add_task("streaming", total=None)
        for count, event in enumerate(stream, 1):
            progress.update(task, description=f"streaming: event {count}, {event.type}")
            yield event.save(OUTPUT / f"stream-{count}.png")


def _refusals(client: Client, console: Console) -> int:
    """Make every kind of mistake twice; return how often client and fake did not agree that it is one."""
    table = Table("the call", "refused before it is sent, because", "and by the API", title="Refused calls")
    unchecked = client.with_options(validate=False)
    surprises = 0
    for call in REFUSED:
        told, answered = "", ""
        try:
            client.call(GENERATE, call)
        except RuleError as error:
            told = "\n".join(violation.message for violation in error.violations)
        try:
            unchecked.call(GENERATE, call)
        except StatusError as error:
            answered = f"{error.status}: {error.fault.message if error.fault else error}"
        surprises += not (told and answered)
        table.add_row(_shown(call), told or "accepted!", answered or "accepted!")
    console.print(table)
    return surprises


def _without_right_key(base_url: str, console: Console) -> int:
    """Call with no key and with a wrong one, which the API must refuse; return how often it does not."""
    surprises = 0
    for what, headers in (("Without a key", {"Authorization": ""}), ("With a wrong key", None)):
        with Client(api_key="a wrong one", base_url=base_url, default_headers=headers) as client:
            try:
                client.images.generate(prompt="a fox", model="gpt-image-2")
            except StatusError as error:
                console.print(f"{what} the API answers {error.status}: {error.fault.message if error.fault else error}")
            else:
                surprises += 1
    return surprises


def _contact_sheet(paths: list[Path]) -> Path:
    """Put all pictures on one sheet, each with its file's name."""
    side, margin, columns = 240, 16, 4
    rows = -(-len(paths) // columns)
    sheet = Pillow.new("RGB", (columns * (side + margin) + margin, rows * (side + 3 * margin) + margin), "#202225")
    draw = ImageDraw.Draw(sheet)
    for number, path in enumerate(paths):
        left = margin + number % columns * (side + margin)
        top = margin + number // columns * (side + 3 * margin)
        with Pillow.open(path) as picture:
            picture.thumbnail((side, side))
            rgba = picture.convert("RGBA")
        draw.rectangle((left, top, left + rgba.width - 1, top + rgba.height - 1), fill="#c8c8c8")
        sheet.paste(rgba, (left, top), rgba)
        draw.text((left, top + side + 4), path.name, fill="#dddddd")
    path = OUTPUT / "contact-sheet.png"
    sheet.save(path)
    return path


def _progress(console: Console) -> Progress:
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console)


def _shown(call: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}"[:40] for name, value in call.items() if value != "a fox")


if __name__ == "__main__":
    sys.exit(main())
