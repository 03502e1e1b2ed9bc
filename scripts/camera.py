"""A browser that keeps pictures of pages in one language, and a server to show it: for `pictures.py`."""

from __future__ import annotations

import argparse
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

import demo
from demo.month.office import OWNER, PASSWORD
from tracker import create_app
from tracker.config import Config
from tracker.database import upgrade
from tracker.embedded import EmbeddedStore

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-blink-features=AutomationControlled",
    "--font-render-hinting=none",  # hinted, the dots of small i merge with their stems
]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
SCHEMES = ("light", "dark")
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"  # in the new size
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Camera:
    """Opens pages in one language and keeps their pictures; `sizes` and `schemes` say of which kinds."""

    def __init__(self, browser: Browser, url: str, language: str, said: argparse.Namespace) -> None:
        self.url, self.language, self.said = url, language, said
        self.context: BrowserContext = browser.new_context(locale=LANGUAGES[language], user_agent=AGENT)
        self.page: Page = self.context.new_page()
        self.context.set_default_timeout(30_000)

    def wants(self, name: str) -> bool:
        """Whether pictures of a page of this name were asked for."""
        return re.search(self.said.only, name) is not None

    def shoot(self, name: str, address: str) -> None:
        """Goes to an address below the server and takes its pictures."""
        if self.wants(name):
            self.page.goto(self.url + address)
            self.keep(name)

    def keep(self, name: str) -> None:
        """Takes pictures of the page as it stands."""
        for scheme in self.said.schemes:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.reload()  # changed in place, Chromium leaves some colours as they were
            for size in self.said.sizes:
                self._keep_one(f"{name}--{self.language}-{size}-{scheme}.png", size)

    def _keep_one(self, file: str, size: str) -> None:
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate(DRAWN)
        self.page.screenshot(path=Path(self.said.folder) / file, full_page=not self.said.first_screen)
        if (over := self.page.evaluate(OVER)) > 0:
            print(f"{file}: {over} px too wide")

    def log_in(self, email: str = OWNER) -> None:
        """Fills the login form."""
        self.context.clear_cookies()
        self.page.goto(f"{self.url}/admin/login")
        self.page.fill("#email", email)
        self.page.fill("#password", PASSWORD)
        self.page.click(".door-card button.primary")
        self.page.wait_for_load_state()
        self.speak()

    def speak(self) -> None:
        """Has the user's language be that of the pictures; the page may be too narrow to show the button."""
        with self.page.expect_navigation():
            self.page.locator(f".language button[value={self.language}]").first.evaluate("button => button.click()")


@contextmanager
def serving(settings: Config, with_demo: bool = False) -> Iterator[tuple[Flask, str]]:
    """The application of an instance with its store, on a free port, and where it is."""
    upgrade(settings)
    store = EmbeddedStore(settings.instance)
    store.start()
    app = create_app(settings)
    if with_demo:
        demo.register(app)
    try:
        with _listening(app) as url:
            yield app, url
    finally:
        store.stop()


@contextmanager
def _listening(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
