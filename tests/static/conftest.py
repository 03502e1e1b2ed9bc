"""One stub server per session and one browser for the folder; each test page has a host of its own."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from story import Story
from stub_server import Stub

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[BrowserType]:
    """What starts Chromium, once for this folder; it ends before tests of others follow."""
    with sync_playwright() as playwright:
        yield playwright.chromium
    gc.collect()  # as in the one of modules


@pytest.fixture(scope="package")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    browser = chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.add_init_script(path=Path(__file__).parent / "compare.js")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def site(request: pytest.FixtureRequest) -> str:
    """A key, and with it a host, that no other test uses."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:60]


@pytest.fixture
def story(stub: Stub, page: Page, site: str) -> Iterator[Story]:
    faults = len(stub.faults)
    yield Story(stub, page, site)
    stub.sites[site].release.set()
    assert stub.faults[faults:] == []
