"""The whole product on a real port, with its worker in threads, and a browser in front of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserType, Page
from werkzeug.serving import make_server
from world import CHROME

from tracker.commands import background, ingest, look_at_pages

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",  # we give no numbers to robots
]
CHORES = (ingest.STORE_STREAMS, ingest.SUPPLY, look_at_pages.LOOK_AT_PAGES)


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    browser = chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A person's window; English, since a test reads the texts."""
    context = browser.new_context(user_agent=CHROME, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """Where the application is served, by threads as in production; what the worker does is done beside it."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    stop = threading.Event()
    threads = [threading.Thread(target=server.serve_forever)]
    threads += [threading.Thread(target=background.run, args=(app, chore, stop)) for chore in CHORES]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{server.port}"
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()
