"""Every page of the table ends as it should in Chromium, without a word in the console."""

from __future__ import annotations

import playwright.sync_api
import pytest
from page import Page
from pages import PAGES
from stub_server import Site, Stub
from verdict import verdict

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
def test_page(row: Page, stub: Stub, page: playwright.sync_api.Page) -> None:
    stub.sites[row.key] = Site(**row.site, pages={"/": row.served()})
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: console.append(str(error)))
    page.goto(stub.url(row.key))

    for verb, argument in row.steps():
        if verb == "eval":
            page.evaluate(f"async () => {{ {argument} }}")
        elif verb == "click":
            page.click(argument)
        else:
            until(page, argument)
    difference = page.evaluate("html => difference(html)", row.expected())

    assert difference is None
    assert verdict(row, stub, console) == []
