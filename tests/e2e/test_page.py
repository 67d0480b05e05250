"""The page of the fake, in a real browser: what people see of it, and what they can do, with a mouse and without.

Screenshots of every part of it, by day, in the dark and on a phone, go to ``test-output/page``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect, sync_playwright

from safelight_mockserver import Fake, Options, fake, running
from safelight_mockserver.app import base_path

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "ttapi-images.yaml"
SHOTS = ROOT / "test-output" / "page"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60_000  # Milliseconds that the slowest machine may take; nothing is asserted about time.

HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script> & "quotes"'
TABS = ("log", "playground", "faults", "clock")

# Every text that can be seen, with its contrast to what is behind it (WCAG 2.2, 1.4.3: 4.5, or 3 for large text).
CONTRAST = """
() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = (colour) => {
    const linear = (part) => (part <= 10.31 ? part / 3294.6 : ((part / 255 + .055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map(linear);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > .99) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(".unseen, .skip")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [light(rgb(style.color).slice(0, 3)), light(ground(element))].sort((a, b) => b - a);
    const ratio = (one + .05) / (other + .05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) found.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}
"""

UNNAMED = """
() => [...document.querySelectorAll("input, select, textarea, button, a")]
  .filter((one) => !(one.labels?.length || one.getAttribute("aria-label") || one.textContent.trim()))
  .filter((one) => !one.querySelector("img[alt]")?.alt)
  .map((one) => one.outerHTML)
"""


class Visit:
    """A page that was opened, with all that it did behind the scenes.

    Args:
        context: The browser's window.
        url: The address of the page.
        app: The fake behind it.
    """

    def __init__(self, context: BrowserContext, url: str, app: Fake) -> None:
        self.app = app
        self.url = url
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._note)
        self.page.goto(f"{url}/_safelight/")

    def _note(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.foreign.append(request.url)

    def post(self, body: dict[str, Any], **headers: str) -> httpx2.Response:
        """Send a request to the fake, as any client does."""
        headers = {"authorization": "Bearer a-key"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return httpx2.post(f"{self.url}/v1/images/generations", json=body, headers=headers, timeout=60)

    def row(self, text: str) -> Locator:
        """Return the request of the list that shows this text."""
        return self.page.locator("#log > li", has_text=text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as the machine has it."""
    if CHROMIUM is None:
        if "CI" in os.environ:
            pytest.fail("there is no Chromium: install the package chromium")
        pytest.skip("there is no Chromium: install the package chromium to test the page")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


@pytest.fixture
def origin() -> Generator[tuple[str, Fake]]:
    """A fake on a port."""
    app = fake(SPEC)
    with running(app) as base:
        yield base.removesuffix("/v1"), app


@pytest.fixture
def visit(browser: Browser, origin: tuple[str, Fake]) -> Iterator[Visit]:
    """The page, opened on a desktop; in the end nothing may have gone wrong behind the scenes."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    opened = Visit(context, *origin)
    expect(opened.page.locator("#live")).to_have_attribute("data-state", "on")
    yield opened
    context.close()
    assert opened.complaints == []
    assert opened.foreign == []


FOX = {"model": "gpt-image-2", "prompt": "a red fox in fresh snow", "n": 2}
STREAM = {"model": "gpt-image-1", "prompt": "a bear by a lake", "stream": True, "partial_images": 2}
WRONG = {"model": "dall-e-3", "prompt": "an owl at night", "n": 3, "quality": "low"}


def fill(visit: Visit) -> None:
    """Send a request of each sort."""
    visit.post(WRONG, x_safelight_test="test_owl")
    visit.post(FOX)
    visit.post(STREAM)
    visit.post(FOX | {"prompt": "a fox in a hurry"}, x_safelight_fault="rate-limit; retry-after=2")
    visit.post(FOX | {"prompt": HOSTILE})
    expect(visit.page.locator("#log > li")).to_have_count(5)


def test_requests_appear_as_they_come_each_with_its_verdict_rules_and_pictures(visit: Visit) -> None:
    """Without a reload; the newest is on top."""
    expect(visit.page.locator("#empty")).to_be_visible()
    fill(visit)
    expect(visit.page.locator("#empty")).to_be_hidden()
    expect(visit.row("owl")).to_contain_text("400 refused")
    expect(visit.row("owl")).to_contain_text("generate.n.maximum@dall-e-3")
    expect(visit.row("red fox")).to_contain_text("200 accepted")
    expect(visit.row("red fox").locator("img")).to_have_count(2)
    expect(visit.row("lake").locator("img.partial")).to_have_count(2)
    expect(visit.row("hurry")).to_contain_text("429 fault")
    expect(visit.page.locator("#log > li").first).to_contain_text("quotes")
    assert visit.page.evaluate(
        "() => [...document.querySelectorAll('.strip img')].every((one) => one.naturalWidth > 0)"
    )


def test_what_a_client_sends_is_shown_as_text_and_never_becomes_part_of_the_page(visit: Visit) -> None:
    """In the list, in the details, in the answer of the playground."""
    visit.post({"model": HOSTILE, "prompt": HOSTILE, HOSTILE: HOSTILE}, x_safelight_test="<b>t</b>")
    row = visit.page.locator("#log > li").first
    row.locator(".summary").click()
    expect(row.locator("pre").first).to_contain_text("<script>")
    visit.page.click("#tab-playground")
    visit.page.fill("#field-prompt", HOSTILE)
    visit.page.click("#send")
    expect(visit.page.locator("#answer")).to_contain_text("200 OK")
    assert visit.page.evaluate("() => window.broken") is None
    assert visit.page.locator("main script, main b").count() == 0


def test_a_request_is_opened_with_its_rules_sources_pictures_and_code(visit: Visit) -> None:
    """The source is a link; what is copied is what is shown."""
    fill(visit)
    row = visit.row("owl")
    row.locator(".summary").click()
    expect(row.locator(".broken-rule").first).to_contain_text("n must be at most 1 for dall-e-3, got 3")
    expect(row.locator(".broken-rule a").first).to_have_attribute("href", re.compile("^https://"))
    row.get_by_role("button", name="pytest").click()
    row.get_by_role("button", name="Copy as pytest").click()
    assert "def test_the_request_is_refused" in visit.page.evaluate("() => navigator.clipboard.readText()")
    row = visit.row("lake")
    row.locator(".summary").click()
    expect(row.locator("figure")).to_have_count(3)
    expect(row.locator("figure").first).to_contain_text("partial, 1/3 done")


def test_the_list_can_be_searched_narrowed_exported_judged_and_cleared(visit: Visit) -> None:
    """Each in one step."""
    fill(visit)
    visit.page.fill("#filter-text", "test_owl")
    expect(visit.page.locator("#log > li:visible")).to_have_count(1)
    visit.page.fill("#filter-text", "")
    visit.page.select_option("#filter-verdict", "accepted")
    expect(visit.page.locator("#log > li:visible")).to_have_count(3)
    visit.page.select_option("#filter-verdict", "")
    with visit.page.expect_download() as download:
        visit.page.click("#export-har")
    assert len(json.loads(Path(download.value.path()).read_text("utf-8"))["log"]["entries"]) == 5
    visit.page.click("#show-verdict")
    expect(visit.page.locator("#client-verdict")).to_contain_text("Verdict on the client")
    visit.page.click("#clear-log")
    expect(visit.page.locator("#log > li")).to_have_count(0)
    expect(visit.page.locator("#empty")).to_be_visible()


def test_the_playground_offers_what_the_model_takes_and_explains_what_it_does_not(visit: Visit) -> None:
    """Live, with the rule's source, and the nearest legal value one click away."""
    page = visit.page
    page.click("#tab-playground")
    expect(page.locator("#field-background")).to_be_visible()
    page.select_option("#field-the-model", "dall-e-3")
    expect(page.locator("#field-background")).to_have_count(0)
    expect(page.locator("#field-style")).to_be_visible()
    page.select_option("#field-size", label="256x256")
    expect(page.locator("#judgement")).to_contain_text("refuses this: one rule is broken")
    wrong = page.locator("#field-size-wrong")
    expect(wrong).to_contain_text('size must be "1024x1024"')
    expect(wrong.locator("a")).to_have_attribute("href", re.compile("^https://"))
    expect(page.locator("#field-size")).to_have_attribute("aria-invalid", "true")
    wrong.get_by_role("button").click()
    expect(page.locator("#judgement")).to_contain_text("The API takes this request")
    expect(page.locator("#field-size")).to_have_value('"1024x1024"')
    expect(page.locator("#code pre")).to_contain_text('"size": "1024x1024"')


def test_the_playground_sends_and_shows_partial_pictures_as_they_come(visit: Visit) -> None:
    """Each with its time; the request is in the list as any other."""
    page = visit.page
    page.click("#tab-playground")
    page.select_option("#field-stream", "true")
    page.fill("#field-partial_images", "2")
    page.click("#send")
    expect(page.locator("#answer figure")).to_have_count(3)
    expect(page.locator("#answer figure").last).to_contain_text("completed")
    page.click("#tab-log")
    expect(visit.row("a red fox in fresh snow").locator("img")).to_have_count(3)


def test_the_playground_shows_what_a_refused_request_is_told(visit: Visit) -> None:
    """The API's own words, and below them the rules."""
    page = visit.page
    page.click("#tab-playground")
    page.fill("#field-n", "11")
    expect(page.locator("#send")).to_have_text("Send anyway")
    page.click("#send")
    expect(page.locator("#answer")).to_contain_text("400 Bad Request")
    expect(page.locator("#answer .broken-rule")).to_contain_text("generate.n.maximum")
    visit.complaints.clear()  # The browser notes every answer from 400 on.


def test_a_switch_troubles_every_request_until_it_is_switched_off(visit: Visit) -> None:
    """And the list of orders agrees with it, whoever ordered."""
    page = visit.page
    page.click("#tab-faults")
    switch = page.get_by_role("switch").filter(has_text="rate-limit")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(page.locator("#fault-count")).to_have_text("1")
    assert visit.post(FOX).status_code == 429
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert visit.post(FOX).status_code == 200


def test_a_fault_is_ordered_in_words_and_a_mistake_in_them_is_explained(visit: Visit) -> None:
    """With the kinds that there are, and what each does, while one types."""
    page = visit.page
    page.click("#tab-faults")
    page.fill("#order-text", "stream-cut")
    expect(page.locator("#order-doc")).to_contain_text("The connection breaks after some events")
    page.fill("#order-text", "rate-limt")
    page.keyboard.press("Enter")
    expect(page.locator("#order-problem")).to_contain_text("rate-limit")
    visit.complaints.clear()  # The browser notes the refused order.
    page.fill("#order-text", "unavailable, ok")
    page.select_option("#order-model", "gpt-image-2")
    page.get_by_role("button", name="Order").click()
    expect(page.locator("#standing")).to_contain_text("unavailable, ok")
    assert [visit.post(FOX).status_code for _ in range(2)] == [503, 200]
    page.get_by_role("button", name="Take back unavailable, ok").click()
    expect(page.locator("#standing")).to_have_text("None.")


def test_links_expire_when_the_clock_is_moved(visit: Visit) -> None:
    """An hour passes with a click; the list shows its pictures all the same."""
    page = visit.page
    url = visit.post({"model": "dall-e-2", "prompt": "a fox", "size": "256x256"}).json()["data"][0]["url"]
    page.click("#tab-clock")
    page.click("[data-advance='3600']")
    expect(page.locator("#clock-state")).to_contain_text("3600 s ahead")
    assert httpx2.get(url).status_code == 403
    page.click("#freeze")
    expect(page.locator("#clock-now")).to_contain_text("frozen")
    page.click("#real-time")
    expect(page.locator("#clock-state")).to_have_text("It shows real time.")
    assert httpx2.get(url).status_code == 200
    page.click("#tab-log")
    expect(page.locator("#log img")).to_have_count(1)


def test_everything_can_be_reached_and_seen_with_the_keyboard_alone(visit: Visit) -> None:
    """Tabs with arrow keys, a request with Enter, a switch with the space bar; what has the focus is outlined."""
    visit.post(WRONG)
    page = visit.page
    expect(visit.row("owl")).to_be_visible()
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    press("Tab")
    expect(page.locator("#tab-log")).to_be_focused()
    assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for _ in range(20):
        press("Tab")
        if page.evaluate("() => document.activeElement.className") == "summary":
            break
    press("Enter")
    expect(visit.row("owl").locator(".details")).to_be_visible()
    page.locator("#tab-log").focus()
    press("ArrowRight")
    press("ArrowRight")
    expect(page.locator("#tab-faults")).to_be_focused()
    expect(page.locator("#panel-faults")).to_be_visible()
    press("Tab")
    press("Space")
    expect(page.get_by_role("switch").first).to_have_attribute("aria-checked", "true")
    press("Space")
    expect(page.get_by_role("switch").first).to_have_attribute("aria-checked", "false")


def test_news_are_told_to_those_who_cannot_see_them(visit: Visit) -> None:
    """In a sentence, through a live region."""
    visit.post(WRONG)
    announcer = visit.page.locator("#announcer[aria-live='polite']")
    expect(announcer).to_contain_text(
        "One request. The last one: refused, status 400. n must be at most 1 for dall-e-3"
    )


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375)], ids=str)
def test_every_part_is_legible_by_day_in_the_dark_and_on_a_phone(
    scheme: Literal["light", "dark"], width: int, browser: Browser, origin: tuple[str, Fake]
) -> None:
    """Text contrasts with its ground as WCAG asks, everything has a name, and nothing has to be scrolled sideways."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    visit = Visit(context, *origin)
    fill(visit)
    visit.row("owl").locator(".summary").click()
    visit.row("lake").locator(".summary").click()
    expect(visit.row("lake").locator("figure")).to_have_count(3)
    visit.page.locator("#tab-playground").click()
    visit.page.fill("#field-n", "11")
    expect(visit.page.locator("#judgement")).to_contain_text("one rule")
    visit.page.locator("#tab-faults").click()
    visit.page.get_by_role("switch").first.click()
    expect(visit.page.locator("#standing")).to_contain_text("rate-limit")
    SHOTS.mkdir(parents=True, exist_ok=True)
    for tab in TABS:
        visit.page.locator(f"#tab-{tab}").click()
        visit.page.screenshot(path=SHOTS / f"{tab}-{scheme}-{width}.png", full_page=True)
        assert visit.page.evaluate(CONTRAST) == []
        assert visit.page.evaluate(UNNAMED) == []
        assert visit.page.evaluate("() => document.documentElement.scrollWidth") == width
    context.close()
    assert visit.complaints == []


def test_too_little_contrast_is_noticed(visit: Visit) -> None:
    """The check above can fail."""
    visit.page.evaluate("() => { document.querySelector('h1').style.color = 'rgb(200, 200, 200)'; }")
    assert [text.partition(":")[0] for text in visit.page.evaluate(CONTRAST)] == ["Safelight"]


@pytest.mark.parametrize("name", ["xai-images", "nested", "numbers"])
def test_the_page_of_another_api_is_made_from_its_spec(name: str, browser: Browser) -> None:
    """Its form has the fields of that spec, and what it sends is in the list."""
    app = fake(ROOT / "tests" / "specs" / f"{name}.yaml")
    (operation,) = app.source.current().operations.values()
    with running(app) as base:
        context = browser.new_context()
        visit = Visit(context, base.removesuffix(base_path(app.source.current())), app)
        visit.page.click("#tab-playground")
        expect(visit.page.locator(".field[data-name]").first).to_be_visible()
        expect(visit.page.locator("#code pre")).to_contain_text(operation.path)
        expect(visit.page.locator("#judgement")).not_to_be_empty()
        visit.page.click("#send")
        expect(visit.page.locator("#log > li")).to_have_count(1)
        context.close()
    assert [text for text in visit.complaints if "Failed to load resource" not in text] == []


def test_a_page_with_a_key_asks_for_it_and_takes_no_other(browser: Browser) -> None:
    """Nothing of the log is seen before."""
    app = fake(SPEC, Options(control_key="a-control-key"))
    with running(app) as base:
        context = browser.new_context()
        visit = Visit(context, base.removesuffix("/v1"), app)
        visit.post(FOX)
        expect(visit.page.locator("#key-form")).to_be_visible()
        for key, opens in (("wrong", False), ("a-control-key", True)):
            visit.page.fill("#control-key", key)
            visit.page.get_by_role("button", name="Open").click()
            expect(visit.page.locator("#key-form")).to_be_visible(visible=not opens)
            expect(visit.page.locator("#log > li")).to_have_count(1 if opens else 0)
        context.close()


def test_the_page_finds_its_server_again(browser: Browser) -> None:
    """It says that the server is away, and goes on where it was once that is back."""
    app = fake(SPEC)
    with running(app) as base:
        context = browser.new_context()
        visit = Visit(context, base.removesuffix("/v1"), app)
        expect(visit.page.locator("#live")).to_have_attribute("data-state", "on")
    expect(visit.page.locator("#live")).to_have_attribute("data-state", "off")
    port = int(base.rpartition(":")[2].partition("/")[0])
    with running(app, port=port):
        visit.post(FOX)
        expect(visit.page.locator("#log > li")).to_have_count(1)
        context.close()
