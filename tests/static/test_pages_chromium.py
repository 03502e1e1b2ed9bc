"""Every page of the table ends as it should in Chromium, without a word in the console."""

from __future__ import annotations

from collections.abc import Iterator

import playwright.sync_api
import pytest
from page import Page
from pages import PAGES
from stub_server import Site, Stub
from verdict import verdict


@pytest.fixture(scope="module")
def tab(context: playwright.sync_api.BrowserContext) -> Iterator[playwright.sync_api.Page]:
    """One tab for all rows: opening a new one costs more than most pages."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def console(tab: playwright.sync_api.Page) -> Iterator[list[str]]:
    """What the console complained about during the test."""
    lines: list[str] = []
    heard = {
        "console": lambda message: lines.append(message.text) if message.type == "error" else None,
        "pageerror": lambda error: lines.append(str(error)),
    }
    for event, listener in heard.items():
        tab.on(event, listener)
    yield lines
    for event, listener in heard.items():
        tab.remove_listener(event, listener)


UNTIL = """async () => {
  for (let left = 250; !(CONDITION); left--) {
    if (!left) throw 'waited in vain';
    await new Promise((done) => setTimeout(done, 20));
  }
}"""


def until(page: playwright.sync_api.Page, condition: str) -> None:
    """Waits in the page's own time; a strict policy forbids Playwright's wait_for_function."""
    page.evaluate(UNTIL.replace("CONDITION", condition))


@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.key)
def test_page(row: Page, stub: Stub, tab: playwright.sync_api.Page, console: list[str]) -> None:
    stub.sites[row.key] = Site(**row.site, pages={"/": row.served()})
    tab.goto(stub.url(row.key))

    for verb, argument in row.steps():
        if verb == "eval":
            tab.evaluate(f"async () => {{ {argument} }}")
        elif verb == "click":
            tab.click(argument)
        else:
            until(tab, argument)
    difference = tab.evaluate("html => difference(html)", row.expected())

    assert difference is None
    assert verdict(row, stub, console) == []
