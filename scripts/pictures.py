"""Photographs every page: `python scripts/pictures.py FOLDER` (make pictures). Wide and narrow, light and dark.

Instances are made and thrown away: an empty one, as somebody sees it who has just installed, one with the demo, and one
with the month of `demo.month`. Each picture is named after its page: `inquiries--en-wide-dark.png`.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from addresses import pages
from camera import ARGUMENTS, CHROMIUM, LANGUAGES, SCHEMES, SIZES, Camera, serving
from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from demo.month.__main__ import DAYS, fill
from demo.month.office import OWNER, PASSWORD, SECOND_FACTOR
from tracker import config
from tracker.access import first_user
from tracker.config import Config

STRANGER = ("login", "forgot", "reset/nonsense")
AGENT_OF_SALES = "sales@northlight.example"  # to whom most pages are closed
DEMO = ("", "site/", "site/prices", "site/rooms", "site/rooms/study", "chain", "crm/amocrm", "crm/bitrix24")
FRESH = ("", "inquiries/", "visitors/", "reports/", "pools/", "deliveries/", "connections/", "sites/", "sites/new",
         "alerts/", "tokens/", "team/", "account/")  # fmt: skip

Tour = Callable[[Camera, Flask], None]


def of_a_fresh_one(camera: Camera, app: Flask) -> None:
    """The first login, and every page while there is nothing."""
    camera.shoot("fresh-set-up", "/admin/")
    camera.page.goto(f"{camera.url}/admin/")
    camera.page.fill("#code", first_user.code(app.config["SKVOZ"].secret_key))
    camera.page.fill("#email", OWNER)
    camera.page.fill("#password", PASSWORD)
    camera.page.click(".door-card button.primary")
    camera.page.wait_for_load_state()
    camera.speak()
    for path in FRESH:
        camera.shoot(f"fresh-{path.strip('/').replace('/', '-') or 'overview'}", f"/admin/{path}")


def of_demo(camera: Camera, _app: Flask) -> None:
    """The pretend company, and the chain before anybody came."""
    for path in DEMO:
        camera.shoot(f"demo-{path.strip('/').replace('/', '-') or 'home'}", f"/demo/{path}")


def of_month(camera: Camera, app: Flask) -> None:
    """The doors, and every page behind them."""
    for path in STRANGER:
        camera.shoot(f"door-{path.partition('/')[0]}", f"/admin/{path}")
    if camera.wants("door-code"):
        camera.log_in(SECOND_FACTOR)
        camera.keep("door-code")
    if camera.wants("error-403"):
        camera.log_in(AGENT_OF_SALES)
        camera.shoot("error-403", "/admin/team/")
    camera.log_in()
    for name, address in pages(app).items():
        camera.shoot(name, address)


class Studio:
    """Lets cameras of the wished languages tour instances."""

    def __init__(self, browser: Browser, folder: Path, said: argparse.Namespace) -> None:
        self.browser, self.folder, self.said = browser, folder, said

    def take(self) -> None:
        """All pictures. Who sets up an installation does it once, so each language gets an empty one."""
        for language in self.said.languages if self._wants("fresh-") else ():
            self._tour(of_a_fresh_one, self._settings(f"fresh-{language}"), [language])
        if self._wants("demo-"):
            self._tour(of_demo, self._settings("demo"), self.said.languages, with_demo=True)
        self._tour(of_month, self._month(), self.said.languages)

    def _wants(self, prefix: str) -> bool:
        return not self.said.only or prefix in self.said.only

    def _tour(self, tour: Tour, settings: Config, languages: list[str], with_demo: bool = False) -> None:
        with serving(settings, with_demo) as (app, url):
            for language in languages:
                tour(Camera(self.browser, url, language, self.said), app)

    def _settings(self, name: str) -> Config:
        return config.load({"SKVOZ_INSTANCE": str(self.folder / name), "SECRET_KEY": "pictures"})

    def _month(self) -> Config:
        """The month that was given, or a new one."""
        given = self.said.instance
        month = config.load({"SKVOZ_INSTANCE": given}) if given else self._settings("month")
        if not (month.instance / "skvoz.db").exists():
            fill(month, DAYS)
        return month


def arguments() -> argparse.Namespace:
    """What was said on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the pictures go")
    parser.add_argument("--instance", help="an instance to use, filled if it is empty  [default: a new one]")
    parser.add_argument("--only", default="", help="names of pages, a regular expression")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=list(SCHEMES))
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--first-screen", action="store_true", help="what fits into the window, not the whole page")
    return parser.parse_args()


def main() -> None:
    said = arguments()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    Path(said.folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        Studio(browser, Path(temporary), said).take()
        browser.close()


if __name__ == "__main__":
    main()
