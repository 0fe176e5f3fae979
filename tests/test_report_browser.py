"""The page in a real browser: offline, silent, filled, and usable by keyboard and on a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from echoic.report.build import build
from report_study import built

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on the path: install Debian's package chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(tmp_path_factory.getbasetemp()).as_uri()


def test_the_page_loads_alone_and_says_nothing_on_the_console(browser: Any, address: str) -> None:
    page = browser.new_page()
    requests: list[str] = []
    noise: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(address)
    page.wait_for_timeout(200)
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert noise == []


def test_every_table_has_body_rows_and_no_cell_is_empty(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    tables = page.evaluate(
        "[...document.querySelectorAll('table')].map(t => [t.caption.textContent,"
        " [...t.tBodies].map(b => b.querySelectorAll('tr:not(.group)').length),"
        " [...t.querySelectorAll('td')].filter(c => !c.textContent.trim()).length])"
    )
    assert len(tables) > 10
    assert not [caption for caption, rows, _ in tables if not rows or min(rows) == 0]
    assert not [caption for caption, _, empty in tables if empty]


def test_a_column_sorts_within_its_groups_by_keyboard(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    head = page.locator("#t-cascade-world thead th").nth(2)
    values = (
        "[...document.querySelector('#t-cascade-world').tBodies].map(b =>"
        " [...b.querySelectorAll('tr:not(.group)')].map(r => +r.cells[2].dataset.value))"
    )
    before = page.evaluate(values)
    for order, reverse in (("descending", True), ("ascending", False)):
        head.locator("button").press("Enter")
        assert head.get_attribute("aria-sort") == order
        assert page.evaluate(values) == [sorted(group, reverse=reverse) for group in before]


def test_dark_follows_the_system_and_the_button_turns_it(browser: Any, address: str) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.locator("#theme").click()
    assert page.locator("#theme").get_attribute("aria-pressed") == "false"
    assert page.evaluate(colour) != dark
    page.reload()
    assert page.evaluate(colour) != dark  # the choice is remembered
    context.close()


def test_nothing_but_tables_scrolls_sideways_on_a_phone(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 780})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_endless_names_do_not_widen_a_phones_page(
    browser: Any, address: str, tmp_path: Path
) -> None:
    study = Path(address.removeprefix("file://")).parents[1]
    runs = Path("runs", "audio", "world", "kl", "gemma-3-270m", "likelihood")
    for control in ("audio", "audio-other-clip"):
        run = Path(str(runs).replace("audio", control, 1))
        shutil.copytree(study / run, tmp_path / run)
        path = tmp_path / run / "run.json"
        path.write_text(path.read_text().replace("gemma-3-270m", "a_very" + "_long_name" * 30))
    page = browser.new_page(viewport={"width": 360, "height": 780})
    page.goto(build([tmp_path], tmp_path / "report").as_uri())
    assert page.locator("figure").count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_search_before_the_questions_are_unpacked_waits_for_them(
    browser: Any, address: str
) -> None:
    page = browser.new_page()
    noise: list[str] = []
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(address)
    page.evaluate(
        """() => {
        const search = document.querySelector("[name=search]");
        search.value = "sound1-count";
        search.dispatchEvent(new Event("input"));
        }"""
    )
    page.wait_for_timeout(300)  # typing is waited out far above the questions
    page.locator("#browser").scroll_into_view_if_needed()
    assert len(shown(page)) == 1
    assert noise == []


def shown(page: Any) -> list[str]:
    """The questions on the page, once the browser has them."""
    page.wait_for_function("document.getElementById('count').textContent")
    page.wait_for_timeout(250)  # typing is waited out
    found: list[str] = page.locator("#found h3").all_text_contents()
    return found


def test_questions_are_unpacked_filtered_and_searched(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.locator("#questions").scroll_into_view_if_needed()
    assert page.locator("select[name=shelf] option").all_text_contents() == [
        "Cascade, world: 72", "Audio, world: 72"
    ]  # fmt: skip
    page.select_option("select[name=shelf]", "1")
    assert len(shown(page)) == 12
    assert page.locator("#count").text_content() == "72 of 72 questions here"
    page.select_option("select[name=category]", "Music")
    assert len(set(shown(page))) == 4
    assert page.locator("#count").text_content().startswith("24 of")
    page.fill("input[name=search]", "TEMPO")
    assert set(shown(page)) == {"Which tempo is heard?"}
    page.select_option("select[name=agreement]", "right")
    right = shown(page)
    assert page.locator("#found .badge.wrong").count() == 0
    page.select_option("select[name=agreement]", "split")
    split = shown(page)
    assert len(right) + len(split) <= 6
    page.select_option("select[name=system]", "gemma-3-270m · kl (likelihood)")
    page.select_option("select[name=verdict]", "wrong")
    mine = page.locator("#found tr", has_text="gemma-3-270m · kl (likelihood)")
    assert len(shown(page)) == mine.count()
    assert set(mine.locator(".badge").all_text_contents()) <= {"Wrong"}


def test_a_clip_can_be_played_and_the_next_questions_are_a_key_away(
    browser: Any, address: str
) -> None:
    page = browser.new_page()
    page.goto(address)
    page.locator("#questions").scroll_into_view_if_needed()
    shown(page)
    page.locator("#more").press("Enter")
    assert page.locator("#found article").count() == 24
    focused = "document.querySelectorAll('#found article')[12].contains(document.activeElement)"
    assert page.evaluate(focused)
    link = page.locator("#found audio").first.get_attribute("src")
    assert link.startswith("../world/test-audios/")
    seconds = page.evaluate(
        """async () => {
            const clip = document.querySelector("#found audio");
            clip.load();
            await new Promise((done) => clip.addEventListener("loadedmetadata", done));
            return clip.duration;
        }"""
    )
    assert seconds == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_serious_fault(browser: Any, address: str, theme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.locator("#questions").scroll_into_view_if_needed()
    shown(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("thead .sort").first.click()
    found = axe.Axe().run(page).response["violations"]
    faults = [(one["id"], one["nodes"][0]["html"]) for one in found
              if one["impact"] in ("serious", "critical")]  # fmt: skip
    assert faults == []
    context.close()


@pytest.fixture(scope="module")
def paper_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build([], tmp_path_factory.mktemp("paper"), paper=True).as_uri()


def test_the_papers_page_is_alone_silent_filled_and_fits_a_phone(
    browser: Any, paper_address: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 780})
    requests: list[str] = []
    noise: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(paper_address)
    assert [url for url in requests if not url.startswith("data:")] == [paper_address]
    assert noise == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    empty = page.evaluate(
        "[...document.querySelectorAll('td')].filter(c => !c.textContent.trim()).length"
    )
    assert empty == 0
    links = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.hash)")
    assert "#paper-claims" in links
    assert "#questions" not in links  # nothing was run
    assert page.evaluate("h => h.every(x => document.querySelector(x))", links)
