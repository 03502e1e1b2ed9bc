"""Pages that Chromium really keeps (back/forward cache) or really draws ahead (speculation rules)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ARGUMENTS, CHROMIUM
from playwright.sync_api import BrowserType
from story import SWAPPED, Story, html
from stub_server import Stub

# Playwright switches the cache of pages off, since a page that comes back is none of its own navigations.
SWITCHED_OFF = ["--disable-back-forward-cache"]
KEPT = """<script>addEventListener('pageshow', ({persisted}) => persisted &&
    skvoz('event', 'kept', {mark: window.mark, shown: document.querySelector('p').textContent}))</script>"""
# Nothing drives this browser: Playwright and its debugger would keep pages from being drawn ahead.
FIRST = """<script type="speculationrules">
    {"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}</script>
    <script>const look = setInterval(() => { if (!localStorage.early) return; clearInterval(look);
      skvoz('event', 'about_to_go'); setTimeout(() => location.href = '/next', 300) }, 50)</script>"""
NEXT = """<script>if (document.prerendering) localStorage.early = 1;
    document.addEventListener('prerenderingchange', () => skvoz('event', 'shown'))</script>"""


@pytest.fixture
def keeping(chromium: BrowserType, stub: Stub, site: str) -> Iterator[Story]:
    browser = chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, ignore_default_args=SWITCHED_OFF)
    yield Story(stub, browser.new_page(), site)
    browser.close()


def test_a_page_out_of_the_cache_of_pages_beats_and_shows_what_the_beat_says(keeping: Story) -> None:
    story = keeping
    story.site.pages["/next"] = "<!doctype html><title>Next</title><p>next</p>"
    story.open(head=KEPT)
    story.until(SWAPPED)
    story.page.evaluate("window.mark = 7")
    story.page.goto(story.stub.url(story.name, "/next"))
    story.told("leave")

    story.page.evaluate("setTimeout(() => history.back())")

    assert story.told("event")[0]["data"] == {"mark": 7, "shown": "Call 8 (495) 777-00-01"}
    assert story.told("beat")[0]["held"] == ["+74957770001"]
    assert len(story.site.bodies("visit")) == 1


def test_a_page_drawn_ahead_takes_nothing_before_it_is_seen(stub: Stub, site: str, tmp_path: Path) -> None:
    stub.sites[site].pages = {"/": html(site, head=FIRST), "/next": html(site, head=NEXT)}
    alone = ["--headless=new", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}"]

    with subprocess.Popen([CHROMIUM, *ARGUMENTS, *alone, stub.url(site)], stderr=subprocess.DEVNULL) as browser:
        stub.wait(site, "event", 2, seconds=20)
        views = stub.wait(site, "visit", 2)
        browser.terminate()

    told = [body.get("name") or body["url"] for path, body in stub.sites[site].told if path in ("visit", "event")]
    assert [view["url"] for view in views] == [stub.url(site), stub.url(site, "/next")]
    assert told.index("about_to_go") < told.index(stub.url(site, "/next"))
    assert "shown" in told
