"""The command saves what it was asked for, refuses before it costs, and never drops what has been paid for."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial as bind
from pathlib import Path
from typing import Any, TypeAlias

import httpx2
import pytest

from ttapi_images import Client, RuleWarning
from ttapi_images.__main__ import COMMAND
from ttapi_images._checks import Violation
from ttapi_images._cli import main
from ttapi_images._command import Flag, parser_of
from ttapi_images._progress import Progress

PNG_TEXT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNg+M9QDwADhgGAWjx6CwAAAABJRU5ErkJggg=="
JPEG_TEXT = "/9j/4AAQSkZJRgABAQAAAQABAAD/wAALCAACAAMBAREA/9k="
NAME = "image_generation.completed"

Run = Callable[..., int]
Server: TypeAlias = Any
"""A server in process, of the kind that the fixture makes."""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command against a server in process, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TTAPI_API_KEY", "sk-secret-1234")

    def command(fake: Server, *arguments: str) -> int:
        return main(COMMAND, bind(Client, transport=fake.transport), arguments)

    return command


def answer(*texts: str) -> httpx2.Response:
    """An answer with these images."""
    images = [{"b64_json": text} for text in texts]
    return httpx2.Response(200, json={"created": 1, "data": images}, headers={"x-request-id": "req_1"})


def events(*told: dict[str, Any]) -> httpx2.Response:
    """A stream of these events."""
    text = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told)
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream", "x-request-id": "req_1"})


def partial(index: int) -> dict[str, Any]:
    """A partial image."""
    return {"type": "image_generation.partial_image", "partial_image_index": index, "b64_json": PNG_TEXT}


def files() -> list[str]:
    """What is in the working directory."""
    return sorted(path.name for path in Path().iterdir())


@pytest.fixture
def good(server: Callable[..., Any]) -> Server:
    """A server that answers with one PNG."""
    return server(answer(PNG_TEXT))


def test_an_image_is_saved_and_its_name_printed(run: Run, good: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Names go to standard output, progress to standard error, in plain lines where that is no terminal."""
    code = run(good, "a fox", "-o", "fox.png", "--model", "gpt-image-2", "--size", "1616x912")

    out, err = capsys.readouterr()
    assert (code, out, files()) == (0, "fox.png\n", ["fox.png"])
    assert "making the image …\n" in err
    assert "saved fox.png: 1x1 png," in err
    assert json.loads(good.requests[0].content) == {"prompt": "a fox", "model": "gpt-image-2", "size": "1616x912"}


def test_only_what_was_given_is_sent(run: Run, good: Server) -> None:
    """Neither defaults nor the command's own options reach the API."""
    run(good, "a fox", "--quiet", "--timeout", "5", "--max-retries", "0", "--base-url", "http://gateway.example/v1")

    (request,) = good.requests
    assert json.loads(request.content) == {"prompt": "a fox"}
    assert request.url == "http://gateway.example/v1/images/generations"
    assert request.extensions["timeout"]["read"] == 5


@pytest.mark.parametrize(
    ("output", "text", "saved"),
    [
        ((), PNG_TEXT, "image.png"),
        (("-o", "fox"), JPEG_TEXT, "fox.jpg"),
        (("-o", "fox.v2"), PNG_TEXT, "fox.v2.png"),
        (("-o", "fox.PNG"), PNG_TEXT, "fox.PNG"),
        (("-o", "fox.png"), JPEG_TEXT, "fox.jpg"),
    ],
)
def test_the_ending_is_that_of_what_came(
    run: Run, server: Callable[..., Any], output: tuple[str, ...], text: str, saved: str
) -> None:
    """What has been paid for is saved, under a name that does not lie."""
    assert run(server(answer(text)), "a fox", *output) == 0
    assert files() == [saved]


@pytest.mark.parametrize(
    ("output", "text", "names"),
    [
        (("-o", "fox.png"), JPEG_TEXT, ("fox.jpg", "fox-2.jpg")),
        (("-o", "fox"), PNG_TEXT, ("fox.png", "fox-2.png")),
        ((), PNG_TEXT, ("image.png", "image-2.png")),
        (("-o", "fox.png"), "aGVsbG8=", ("fox.bin", "fox-2.bin")),
    ],
)
def test_a_name_that_was_not_asked_for_takes_no_other_file_s_place(
    run: Run, server: Callable[..., Any], output: tuple[str, ...], text: str, names: tuple[str, str]
) -> None:
    """Where the ending is put right, a file that has the right name already stays as it is."""
    Path(names[0]).write_text("precious")

    assert run(server(answer(text)), "a fox", *output) == 0
    assert files() == sorted(names)
    assert Path(names[0]).read_text() == "precious"


def test_the_name_that_was_asked_for_is_written_again(run: Run, good: Server) -> None:
    """A file that the caller names is replaced, as by any program."""
    Path("fox.png").write_text("older")

    assert run(good, "a fox", "-o", "fox.png") == 0
    assert files() == ["fox.png"]
    assert Path("fox.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_no_image_is_saved_all_the_same(
    run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """It has been paid for, and somebody may know what it is."""
    assert run(server(answer("aGVsbG8=")), "a fox", "-o", "fox.png") == 0
    assert files() == ["fox.bin"]
    assert "the API sent no image known here, so fox.png becomes fox.bin" in capsys.readouterr().err


def test_several_images_are_numbered(run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """From 1, before the ending."""
    assert run(server(answer(PNG_TEXT, PNG_TEXT)), "a fox", "-o", "fox.png", "--n", "2") == 0
    assert files() == ["fox-1.png", "fox-2.png"]
    assert capsys.readouterr().out == "fox-1.png\nfox-2.png\n"


@pytest.mark.parametrize(
    ("name", "sent"), [("fox.png", None), ("fox", None), ("fox.jpg", "jpeg"), ("fox.WEBP", "webp")]
)
def test_the_ending_chooses_the_format(run: Run, good: Server, name: str, sent: str | None) -> None:
    """Where another format than the usual one is wanted, the API is asked for it."""
    run(good, "a fox", "-o", name, "--model", "gpt-image-2")

    assert json.loads(good.requests[0].content).get("output_format") == sent


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "fox.jpg", "--output-format", "png"), "'fox.jpg' says jpeg, and --output-format says png"),
        (("-o", "fox.bmp"), "the API makes no bmp files: end 'fox.bmp' in one of .png"),
        (("-o", "nowhere/fox.png"), "there is no directory 'nowhere'"),
        (("-o", "."), "'.' names a directory: name a file in it, for example 'image'"),
        (("-o", ""), "'' names a directory"),
        (("-o", ".."), "for example '../image'"),
        (("-o", "/"), "for example '/image'"),
        (("-o", "nowhere/"), "for example 'nowhere/image'"),
        (("-o", "-"), "images are saved in files"),
        (("--timeout", "-1"), "timeout must be"),
        (("--basis", "rumoured"), "basis must be among"),
        (("--ignore", "generate.n.maximun"), 'did you mean "generate.n.maximum"?'),
        (("--base-url", "localhost:8080"), "base_url must be an http or https URL"),
        (("--api-key", "schlüssel"), "the API key holds a blank"),
    ],
)
def test_what_cannot_work_is_found_before_the_call_is_paid_for(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """Wrong usage is exit code 2, and nothing is sent."""
    assert run(good, "a fox", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not good.requests


@pytest.mark.parametrize("arguments", [(), ("a fox", "--n", "two"), ("a fox", "--nn", "2"), ("a fox", "--format", "x")])
def test_what_cannot_be_read_is_wrong_usage(run: Run, good: Server, arguments: tuple[str, ...]) -> None:
    """Options are not guessed from their beginnings."""
    with pytest.raises(SystemExit) as caught:
        run(good, *arguments)

    assert caught.value.code == 2
    assert not good.requests


def test_a_missing_key_is_wrong_usage(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the variable and the option, and either will do."""
    monkeypatch.delenv("TTAPI_API_KEY")

    assert run(good, "a fox") == 2
    assert "TTAPI_API_KEY" in (said := capsys.readouterr().err)
    assert "--api-key" in said
    assert run(good, "a fox", "--api-key", "sk-other") == 0
    assert [request.headers["authorization"] for request in good.requests] == ["Bearer sk-other"]


def test_the_help_says_what_each_parameter_takes() -> None:
    """Nobody needs the documentation of the API to write a call that it accepts."""
    told = " ".join(parser_of(COMMAND).format_help().split())

    assert "One of gpt-image-2, gpt- image-1.5, gpt-image-1, dall-e-3, dall-e-2." in told
    assert "Style of the images. One of vivid, natural. Only for dall-e-3." in told
    assert "How many images to create. 1 to 10." in told
    assert "For example 1024x1024, 1024x1536, 1536x1024, auto, 1792x1024," in told
    assert "Exit codes: 0 saved, 1 refused or failed, 2 wrong usage, 130 interrupted." in told


def test_a_refusal_lists_every_broken_rule(run: Run, good: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and nothing is sent; a parameter that came from the file name is named."""
    code = run(good, "a fox", "--model", "dall-e-3", "--n", "2", "-o", "fox.jpg")

    err = capsys.readouterr().err
    assert code == 1
    assert "nothing was sent" in err
    assert "n must be at most 1" in err
    assert "output_format='jpeg' was taken from the file name 'fox.jpg'" in err
    assert not good.requests


@pytest.mark.parametrize(
    ("arguments", "key"), [(("--model", "dall-e-3", "--n", "2"), "sk-secret-1234"), ((), "")], ids=["a rule", "no key"]
)
def test_what_is_refused_before_it_is_sent_was_never_begun(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], key: str
) -> None:
    """Who reads that an image is being made may think that it costs."""
    os.environ["TTAPI_API_KEY"] = key  # the fixture puts back what was there

    assert run(good, "a fox", *arguments) != 0

    assert "making" not in capsys.readouterr().err
    assert good.requests == []


def test_what_the_api_does_not_refuse_for_is_warned_of_once(good: Server, tmp_path: Path) -> None:
    """What is looked at before the call is not told once more with it."""

    def check(_body: Mapping[str, Any], /, *, basis: object) -> tuple[Violation, ...]:
        del basis
        return (Violation(rule="r.drop", parameter="n", value=1, message="n will be dropped", outcome="drop"),)

    command = COMMAND._replace(operation=replace(COMMAND.operation, check=check))
    with pytest.warns(RuleWarning, match="n will be dropped") as caught:
        code = main(
            command, bind(Client, "sk-secret-1234", transport=good.transport), ["a fox", "-o", f"{tmp_path}/a.png"]
        )

    assert (code, len(caught)) == (0, 1)


def test_rules_can_be_switched_off(run: Run, good: Server) -> None:
    """One by one, or all."""
    bad = ("a fox", "--model", "dall-e-3", "--n", "2")

    assert run(good, *bad, "--no-validate") == 0
    assert run(good, *bad, "--ignore", "generate.n.maximum@dall-e-3,generate.n.minimum") == 0
    assert run(good, *bad, "--ignore", "generate.n.minimum") == 1


def test_json_tells_all_but_the_bytes(run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: files with their facts, the request id, the other fields of the answer."""
    assert run(server(answer(PNG_TEXT)), "a fox", "-o", "fox.png", "--format", "json", "-q") == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {
        "files": [
            {"path": "fox.png", "format": "png", "width": 1, "height": 1, "bytes": Path("fox.png").stat().st_size}
        ],
        "request_id": "req_1",
        "created": 1,
    }


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (("--model", "dall-e-3", "--n", "2"), {"kind": "RuleError", "status": None}),
        ((), {"kind": "BadRequest", "status": 400, "code": "c", "request_id": "r", "retryable": False}),
    ],
)
def test_failures_are_told_as_json_too(
    run: Run,
    server: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    facts: dict[str, Any],
) -> None:
    """With the facts of the error, and each violation."""
    body = {"error": {"message": "No.", "code": "c"}}
    fake = server(httpx2.Response(400, json=body, headers={"x-request-id": "r"}))

    assert run(fake, "a fox", "--format", "json", *arguments) == 1

    told = json.loads(capsys.readouterr().out)["error"]
    assert told.items() >= facts.items()
    assert bool(told.get("violations")) == (facts["kind"] == "RuleError")


def test_a_stream_shows_its_partials_and_saves_the_image(
    run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per partial image."""
    fake = server(events(partial(0), partial(1), {"type": NAME, "b64_json": PNG_TEXT}))
    wish = ("--model", "gpt-image-2", "--stream", "--partial-images", "2", "-o", "fox.png")

    assert run(fake, "a fox", *wish) == 0

    err = capsys.readouterr().err
    assert "partial 1 of 2 after" in err
    assert "partial 2 of 2 after" in err
    assert files() == ["fox.png"]


def test_the_last_partial_of_a_broken_stream_is_saved(
    run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """It was paid for; the exit code says that the image did not come."""
    fake = server(events(partial(0), partial(1)))

    assert run(fake, "a fox", "--model", "gpt-image-2", "--stream", "-o", "fox.png") == 1
    assert files() == ["fox-partial.png"]
    assert "ended before its last event" in capsys.readouterr().err


def test_a_finished_image_of_a_broken_stream_is_saved(run: Run, server: Callable[..., Any]) -> None:
    """Each is saved as it comes: one of two is better than none."""
    fake = server(events({"type": NAME, "b64_json": PNG_TEXT}))

    assert run(fake, "a fox", "--model", "gpt-image-2", "--stream", "--n", "2", "-o", "fox.png") == 1
    assert files() == ["fox-1.png"]


def test_a_damaged_image_does_not_keep_the_others_from_being_saved(
    run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code and the message tell of the one that is lost."""
    assert run(server(answer(PNG_TEXT, "!", PNG_TEXT)), "a fox", "-o", "fox.png", "--n", "3") == 1
    assert files() == ["fox-1.png", "fox-3.png"]
    assert "base64 is damaged" in capsys.readouterr().err


def test_the_package_can_be_run(tmp_path: Path) -> None:
    """`python -m` finds the command."""
    done = subprocess.run(
        [sys.executable, "-m", "ttapi_images", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith(f"usage: {COMMAND.prog} ")


def test_an_interruption_is_clean(run: Run, server: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, the exit code of shells, and a word about the bill."""
    fake = server(answer(PNG_TEXT))
    fake.transport = httpx2.MockTransport(_interrupted)

    assert run(fake, "a fox") == 130
    assert "may be billed" in capsys.readouterr().err
    assert files() == []


def _interrupted(_request: httpx2.Request) -> httpx2.Response:
    raise KeyboardInterrupt


def test_a_disk_that_cannot_be_written_is_a_failure(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told in one line."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    assert run(good, "a fox") == 1
    assert "No space left on device" in capsys.readouterr().err


class _Unwritable(io.StringIO):
    """A text file that nobody reads any more."""

    def write(self, _text: str, /) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_an_image_is_saved_though_nobody_watches(run: Run, good: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress that cannot be written costs no image."""
    monkeypatch.setattr(sys, "stderr", _Unwritable())

    assert run(good, "a fox", "-o", "fox.png") == 0
    assert files() == ["fox.png"]


def test_a_reader_that_has_left_is_no_failure(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image is there; only its name found no reader."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as unread:
        monkeypatch.setattr(sys, "stdout", unread)

        assert run(good, "a fox", "-o", "fox.png") == 0
    assert files() == ["fox.png"]
    assert "Broken pipe" not in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_standard_output_that_is_full_is_a_failure(
    run: Run, good: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script would miss the name; the image is saved all the same."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)

        assert run(good, "a fox", "-o", "fox.png") == 1
    assert files() == ["fox.png"]
    assert "standard output cannot be written: No space left on device" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes of POSIX")
def test_a_pipe_keeps_its_name(run: Run, good: Server) -> None:
    """What is no regular file gets the bytes, and no second file appears beside it."""
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(good, "a fox", "-o", "pipe") == 0
        assert os.read(reader, 4) == b"\x89PNG"
    finally:
        os.close(reader)
    assert files() == ["pipe"]


class _Terminal(io.StringIO):
    """A text file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_live_line_that_is_cleared(run: Run, good: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line turns while the call is under way; what stays are the notes."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    assert run(good, "a fox") == 0

    shown = terminal.getvalue()
    assert "\r\x1b[K| making the image 0.0 s" in shown
    assert shown.endswith("\r\x1b[K")
    assert "saved image.png" in shown


def test_the_live_line_goes_on_turning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another sign for every tick."""
    monkeypatch.setattr("ttapi_images._progress._TICK", 0.001)
    terminal = _Terminal()

    with Progress(terminal, "waiting"):
        while "\\ waiting" not in terminal.getvalue():
            pass

    assert [sign for sign in "|/-\\" if f"{sign} waiting" in terminal.getvalue()] == list("|/-\\")


def test_parameters_with_the_name_of_an_option_get_another_one() -> None:
    """An API may have a parameter named ``format``; both can be given."""
    named = Flag("format", "text", "A 100 % format.", "--api-format")
    flags = (named, Flag("svg", "json", "An object."), Flag("ratio", "number", "-"))
    parser = parser_of(COMMAND._replace(flags=flags, format=None))
    read = vars(parser.parse_args(["a fox", "--api-format", "x", "--svg", '{"model": "m"}', "--ratio", "0.5"]))

    names = ("api format", "option format", "api svg", "api ratio")
    assert tuple(read[name] for name in names) == ("x", "text", {"model": "m"}, 0.5)
    assert "A 100 % format." in parser.format_help()
    with pytest.raises(SystemExit):
        parser.parse_args(["a fox", "--svg", "{"])
