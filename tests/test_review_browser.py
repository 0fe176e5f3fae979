"""The review app in a real browser, end to end, on both databases."""

import http.client
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra echoic[review] is not installed")

from review_pages import OWNER, READERS, SETTLER, Site, questions, quick_hashes, served
from review_site import address, postgres

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
TAP_PX = 40
UNLABELLED = """() => [...document.querySelectorAll(
  'input:not([type=hidden], [aria-hidden]), select, textarea, button, a[href], progress')]
  .filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map(e => e.outerHTML)"""
CUT_OFF = """() => [...document.querySelectorAll('.scroll')]
  .filter(e => e.scrollWidth > e.clientWidth).map(e => e.getAttribute('aria-label'))"""
SMALL = """least => [...document.querySelectorAll('button, .button, .quiet, label.option, '
  + '.yesno label, .top a, summary, input:not([type=hidden], [type=radio]), select, textarea')]
  .filter(e => e.checkVisibility() && !e.closest('[aria-hidden], dialog'))
  .filter(e => e.getBoundingClientRect().height < least).map(e => e.outerHTML)"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on the path: install Debian's package chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield running
        running.close()


class People:
    """Browsers of their own for everyone; what they complain about is collected."""

    def __init__(self, chromium: Any, site: Site, base: str) -> None:
        self.chromium, self.site, self.base = chromium, site, base
        self.noise: list[str] = []
        self.foreign: list[str] = []

    def open(self, **settings: Any) -> Any:
        """A page at the log-in form."""
        page = self.chromium.new_context(**settings).new_page()
        page.on("console", lambda message: self.noise.append(message.text))
        page.on("pageerror", lambda error: self.noise.append(str(error)))
        page.on("request", lambda request: self.foreign.append(request.url))
        page.goto(f"{self.base}/login")
        return page

    def enter(self, name: str, **settings: Any) -> Any:
        """A page on which `name` has logged in, by pointer."""
        page = self.open(**settings)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(self.site.password)
        page.get_by_role("button", name="Log in").click()
        page.locator(".who").wait_for()
        return page

    def check_quiet(self) -> None:
        """Nothing on any console, nothing loaded from elsewhere."""
        assert self.noise == []
        elsewhere = [url for url in self.foreign if not url.startswith((self.base, "data:"))]
        assert elsewhere == []


@pytest.fixture
def people(chromium: Any, tmp_path: Path) -> Iterator[People]:
    site = Site(tmp_path)
    with served(site) as base:
        yield People(chromium, site, base)


def right_place(page: Any) -> int | None:
    """Where among the options the right one stands, from 0; None when it is not there."""
    gold = {question.stem: question.gold for question in questions()}
    texts = page.locator("label.option .text").all_text_contents()
    right = gold[page.locator("h1.stem").text_content()]
    return texts.index(right) if right in texts else None


def focused(page: Any) -> str:
    """What the keyboard is at."""
    return str(page.evaluate("document.activeElement.outerHTML"))


def by_keyboard(page: Any, site: Site) -> int:
    """Log in and read everything without a pointer. Returns how many questions were read."""
    assert 'id="name"' in focused(page)
    page.keyboard.type(READERS[0])
    page.keyboard.press("Tab")
    page.keyboard.type(site.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/review")
    read = 0
    while page.locator("h1.stem").count():
        place = right_place(page)
        page.keyboard.press("0" if place is None else ("1234", "abcd")[read % 2][place])
        page.keyboard.press("Enter")
        page.locator("h2.verdict").wait_for()
        assert "verdict" in focused(page)
        for key in "yyy" if place is not None else "nyn":
            page.keyboard.press(key)
        if read == 0:
            _comment_and_undo(page)
        page.keyboard.press("Enter")
        page.locator("h2.verdict").wait_for(state="detached")
        assert "data-focus" in focused(page)
        assert page.locator("#status").text_content() == "Saved."
        read += 1
    return read


def _comment_and_undo(page: Any) -> None:
    """Change one's mind on the way: a comment, a criterion taken back, help, and an undo."""
    page.keyboard.press("m")
    page.keyboard.type("sure? yes")  # no key of these does anything but write
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    assert page.locator("[data-criterion] :checked").count() == 2
    page.keyboard.press("n")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("n")  # nothing behind the help hears it
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.press("Control+Enter")
    page.locator("h2.verdict").wait_for(state="detached")
    page.keyboard.press("u")
    page.locator("h2.verdict").wait_for()
    assert "undone" in page.locator("#status").text_content()
    for key in "yyy":
        page.keyboard.press(key)


def by_touch(page: Any, stem: str) -> int:
    """Read everything on a phone; propose an edit of the one sound question with `stem`."""
    read = 0
    while page.locator("h1.stem").count():
        fits = page.evaluate("document.documentElement.scrollWidth")
        assert fits <= PHONE["width"]
        place = right_place(page)
        page.locator("label.option").nth(4 if place is None else place).tap()
        page.get_by_role("button", name="Answer").tap()
        page.locator("h2.verdict").wait_for()
        for group in page.locator("[data-criterion]").all():
            group.get_by_label("Yes" if place is not None else "No", exact=True).tap()
        told = page.locator("h1.stem").text_content()
        if told == stem and page.locator(".option.key.mine").count():
            page.locator("summary").tap()
            page.get_by_label("Question", exact=True).fill(f"{stem} Listen twice.")
        page.get_by_role("button", name="Save and go on").tap()
        page.locator("h2.verdict").wait_for(state="detached")
        read += 1
    return read


def test_two_readers_and_an_adjudicator_come_to_an_end(
    chromium: Any, tmp_path: Path, address: str
) -> None:
    site = Site(tmp_path, address)
    stem = questions()[0].stem
    with served(site) as base:
        people = People(chromium, site, base)
        count = by_keyboard(people.open(), site)
        phone = people.enter(READERS[1], viewport=PHONE, has_touch=True, is_mobile=True)
        assert by_touch(phone, stem) == count > len(questions())
        settler = people.enter(SETTLER)
        settler.get_by_role("link", name="Begin with the first").click()
        settler.get_by_role("link", name="Start from this edit").click()
        assert settler.locator("ins").first.text_content().strip() == "Listen twice."
        settler.get_by_role("button", name="Decide and go on").click()
        settler.get_by_text("Nothing to settle").wait_for()
        again = people.enter(READERS[0])
        assert again.locator("h1.stem").text_content() == f"{stem} Listen twice."
        owner = people.enter(OWNER)
        assert owner.locator(".tile", has_text="Edited").locator("dd").text_content() == "1"
        assert owner.locator("td[data-label='Faults noticed']").all_text_contents() == ["100 %"] * 2
        with owner.expect_download() as download:
            owner.get_by_role("button", name="Review folder").click()
        archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
        judged = archive.read(f"review/judgements/{READERS[1]}.jsonl").decode()
        assert judged.count("\n") == count - 1  # the judgement of the old wording is void
        owner.goto(f"{base}/log")
        assert owner.locator(".log .tag", has_text=re.compile("^undone$")).count() == 1
        people.check_quiet()
        for context in chromium.contexts:
            context.close()


def test_pages_are_labelled_fit_a_phone_and_can_be_tapped(people: People) -> None:
    people.site.disputed(comment="two options fit " + "andsolongaword" * 12, edit="Which is it?")
    pages = {
        READERS[0]: ("/review", "/help", "/account"),
        SETTLER: ("/disputes", f"/disputes/{people.site.item(questions()[0].stem)}?start=1"),
        OWNER: ("/overview", "/agreement", "/people", "/log", "/nowhere"),
    }
    for name, paths in pages.items():
        page = people.enter(name, viewport=PHONE)
        for path in paths:
            page.goto(people.base + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            assert page.evaluate(CUT_OFF) == [], path
            tables = page.locator("table")
            for at in range(tables.count()):  # cards on a phone, and tables for screen readers
                table = page.get_by_role("table").nth(at)
                assert table.get_by_role("columnheader").count() >= 4
                assert table.get_by_role("row").count() >= 2
                assert table.get_by_role("cell").count() >= 3
            assert page.evaluate(UNLABELLED) == [], path
            assert page.evaluate(SMALL, TAP_PX) == [], path
            assert page.locator("h1").count() == page.locator("main").count() == 1
            assert page.title().endswith("echoic review")
    people.noise = [text for text in people.noise if "404" not in text]
    people.check_quiet()


def test_the_keyboard_is_seen_and_can_skip_to_the_content(people: People) -> None:
    page = people.enter(READERS[0])
    page.keyboard.press("Tab")
    assert "Skip to content" in focused(page)
    page.keyboard.press("Enter")
    assert 'id="main"' in focused(page)
    for _ in range(3):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            "(e => [e, e.closest('label')].filter(Boolean).map(x => getComputedStyle(x)"
            ".outlineStyle))(document.activeElement)"
        )
        assert "solid" in ring
    page.keyboard.press("Enter")
    assert "/review" in page.url


def test_single_keys_can_be_switched_off(people: People) -> None:
    page = people.enter(READERS[0])
    page.keyboard.press("?")
    page.get_by_label("Use single keys on this device").uncheck()
    page.get_by_role("button", name="Close").click()
    page.locator("h1").focus()
    page.keyboard.press("1")
    assert page.locator(".option :checked").count() == 0
    page.reload()
    page.keyboard.press("1")
    assert page.locator(".option :checked").count() == 0
    people.check_quiet()


def test_everything_works_without_script(people: People) -> None:
    page = people.enter(READERS[0], java_script_enabled=False)
    stem = page.locator("h1.stem").text_content()
    page.locator("label.option").first.click()
    page.get_by_role("button", name="Answer").click()
    for group in page.locator("[data-criterion]").all():
        group.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Save and go on").click()
    assert page.locator("h1.stem").text_content() != stem
    page.get_by_role("button", name="Undo last step").click()
    assert page.locator("h1.stem").text_content() == stem
    page.get_by_role("link", name="Keys and help").click()
    assert page.locator("h1").text_content() == "How to review"
    page.get_by_role("button", name="Log out").click()
    assert page.url.endswith("/login")


def test_a_session_that_is_over_leads_to_the_login(people: People) -> None:
    page = people.enter(READERS[0])
    page.context.clear_cookies()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")
    people.check_quiet()


def test_dark_follows_the_system(people: People) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = people.open(color_scheme=scheme)
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_the_server_itself_lets_no_path_out(people: People) -> None:
    """Sent as it stands: a browser or a client library would tidy the path first."""
    host = people.base.removeprefix("http://")
    for path in ("/static/../web.py", "/static/../../../../../../etc/passwd", "//etc/passwd"):
        connection = http.client.HTTPConnection(host)
        connection.putrequest("GET", path)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 404
        assert b"import" not in answer.read()
        connection.close()
