"""The paper's page judged by axe-core in a real browser, in light and dark."""

from typing import Any

import pytest

from test_report_browser import browser, paper_address

pytestmark = pytest.mark.browser
__all__ = ["browser", "paper_address"]  # fixtures of the report's own browser test


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_the_papers_page(
    browser: Any, paper_address: str, scheme: str
) -> None:
    base = pytest.importorskip("axe_playwright_python.base", reason="axe-core is not installed")
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(paper_address)
    page.evaluate(base.AXE_SCRIPT)
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    assert [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found["violations"]] == []
    page.evaluate("document.querySelector('caption').style.color = 'gray'")
    spoilt = page.evaluate("axe.run('caption', {runOnly: ['color-contrast']})")["violations"]
    assert [v["impact"] for v in spoilt] == ["serious"]
    context.close()
