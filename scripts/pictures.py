"""Photographs every page: `python scripts/pictures.py FOLDER` (make pictures). Wide and narrow, light and dark.

Instances are made and thrown away: an empty one, as somebody sees it who has just installed, one with the demo, and one
with the month of `demo.month`. Each picture is named after its page: `inquiries--en-wide-dark.png`.
"""

from __future__ import annotations

import argparse
import logging
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Select, select
from werkzeug.serving import make_server

import demo
from demo.month.__main__ import DAYS, fill
from demo.month.office import OWNER, PASSWORD, SECOND_FACTOR
from tracker import config, create_app
from tracker.access import first_user
from tracker.access.models import User
from tracker.alerts.models import AlertChannel
from tracker.config import Config
from tracker.database import upgrade
from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.people.models import Person
from tracker.sites.models import Site
from tracker.visits.models import Visitor
from tracker.web.admin.reports import REPORTS

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-blink-features=AutomationControlled"]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}
LANGUAGES = {"en": "en-GB", "ru": "ru-RU"}
SCHEMES = ("light", "dark")
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"  # until drawn anew
NO_PAGES = {"admin.static", "admin.journal.file", "admin.pools.board", "admin.auth.first_user", "admin.resets.reset"}
STRANGER = ("login", "forgot", "reset/nonsense")
DEMO = ("", "site/", "site/prices", "site/rooms", "site/rooms/study", "chain", "crm/amocrm", "crm/bitrix24")
FRESH = ("", "inquiries/", "visitors/", "reports/", "pools/", "deliveries/", "connections/", "sites/", "sites/new",
         "alerts/", "tokens/", "team/", "account/")  # fmt: skip


class Camera:
    """Opens pages in one language and keeps their pictures; `sizes` and `schemes` say of which kinds."""

    def __init__(self, browser: Browser, url: str, language: str, said: argparse.Namespace) -> None:
        self.url, self.language, self.said = url, language, said
        self.context: BrowserContext = browser.new_context(locale=LANGUAGES[language], user_agent=AGENT)
        self.page: Page = self.context.new_page()
        self.context.set_default_timeout(30_000)

    def shoot(self, name: str, address: str) -> None:
        """Goes to an address below the server and takes its pictures."""
        if re.search(self.said.only, name):
            self.page.goto(self.url + address)
            self.keep(name)

    def keep(self, name: str) -> None:
        """Takes pictures of the page as it stands."""
        for scheme in self.said.schemes:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.reload()  # changed in place, Chromium leaves some colours as they were
            for size in self.said.sizes:
                width, height = SIZES[size]
                self.page.set_viewport_size({"width": width, "height": height})
                self.page.evaluate(FRAMES)
                file = f"{name}--{self.language}-{size}-{scheme}.png"
                self.page.screenshot(path=Path(self.said.folder) / file, full_page=not self.said.first_screen)
                self._complain(file)

    def _complain(self, file: str) -> None:
        """Names pages that are wider than the window."""
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            print(f"{file}: {over} px too wide")

    def log_in(self, email: str = OWNER) -> None:
        """Fills the login form."""
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
    """The application of an instance with its store, on a free port."""
    upgrade(settings)
    store = EmbeddedStore(settings.instance)
    store.start()
    app = create_app(settings)
    if with_demo:
        demo.register(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield app, f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        store.stop()


def settings_of(folder: Path) -> Config:
    """The settings of an instance in a folder of its own."""
    return config.load({"SKVOZ_INSTANCE": str(folder), "SECRET_KEY": "pictures"})


def pages(app: Flask) -> dict[str, str]:
    """Every page of the admin by a name: what the address map knows, with values that lead to something."""
    with app.app_context():
        known = _known()
        more = _more(known)
    found = {}
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            is_page = "GET" in (rule.methods or ()) and rule.endpoint.startswith("admin.")
            if not is_page or rule.endpoint in NO_PAGES or rule.endpoint.endswith(".export"):
                continue
            family = rule.endpoint.split(".")[1]
            arguments = {name: known.get(f"{family}.{name}") or known[name] for name in rule.arguments}
            found[rule.endpoint.removeprefix("admin.").replace(".", "-")] = urls.build(rule.endpoint, arguments)
    return found | more


def _known() -> dict[str, str]:
    call = select(Inquiry.key).where(Inquiry.kind == InquiryKind.CALL).order_by(Inquiry.at.desc())
    probable = call.where(Inquiry.attribution_status == AttributionStatus.PROBABLE, Inquiry.correction.is_(None))
    of_site = select(Site.id).where(Site.key == "northlight").scalar_subquery()
    returned = select(Visitor.key).join(Inquiry, Inquiry.visitor_id == Visitor.id).order_by(Inquiry.at.desc())
    person = select(Person.key).join(Inquiry, Inquiry.person_id == Person.id).order_by(Inquiry.at.desc())
    refused = select(Delivery.id).where(Delivery.status == DeliveryStatus.DEAD)
    return {
        "journal.key": _one(probable),
        "visitors.key": _one(returned.where(Visitor.last_at > Visitor.first_at, Visitor.site_id == of_site)),
        "people.key": _one(person),
        "e164": "+442079460111",
        "team.number": _one(select(User.id).order_by(User.id.desc())),
        "alerts.number": _one(select(AlertChannel.id)),
        "deliveries.number": _one(refused),
        "sites.key": "northlight", "connections.key": "amocrm",
        "policies.key": "amocrm", "pools.key": "ads", "numbers.key": "everybody",
        "site_key": "northlight", "provider": "crm/amocrm", "kind": "telegram", "token": "x", "name": "sources",
    }  # fmt: skip


def _one(wanted: Select[object]) -> str:
    return str(db.session.execute(wanted.limit(1)).scalar_one())


def _more(known: dict[str, str]) -> dict[str, str]:
    """The same pages with other things on them."""
    letter = _of_kind(InquiryKind.EMAIL)
    return {
        "journal-letter": f"/admin/inquiries/{letter}",
        "journal-form": f"/admin/inquiries/{_of_kind(InquiryKind.FORM)}",
        "journal-nothing": "/admin/inquiries/?q=nothing+like+this",
        "connections-broken": "/admin/connections/bitrix24",
        "connections-pbx": "/admin/connections/office-pbx",
        "connections-manual-mango": "/admin/connections/how-to/telephony/mango",
        "pools-static": f"/admin/pools/{known['site_key']}/poster",
        **{f"reports-{name}": f"/admin/reports/{name}" for name in REPORTS if name != "sources"},
        "error-404": "/admin/inquiries/nothing",
    }


def _of_kind(kind: InquiryKind) -> str:
    return _one(select(Inquiry.key).where(Inquiry.kind == kind).order_by(Inquiry.at.desc()))


def of_a_fresh_one(camera: Camera, app: Flask) -> None:
    """The first login, and every page while there is nothing."""
    camera.shoot("fresh-set-up", "/admin/")
    camera.page.goto(f"{camera.url}/admin/")
    if camera.page.locator("#code").count():
        camera.page.fill("#code", first_user.code(app.config["SKVOZ"].secret_key))
        camera.page.fill("#email", OWNER)
        camera.page.fill("#password", PASSWORD)
        camera.page.click(".door-card button.primary")
        camera.page.wait_for_load_state()
        camera.speak()
    else:
        camera.log_in()
    for path in FRESH:
        camera.shoot(f"fresh-{path.strip('/').replace('/', '-') or 'overview'}", f"/admin/{path}")


def of_demo(camera: Camera) -> None:
    """The pretend company, and the chain before anybody came."""
    for path in DEMO:
        camera.shoot(f"demo-{path.strip('/').replace('/', '-') or 'home'}", f"/demo/{path}")


def of_month(camera: Camera, app: Flask) -> None:
    """The doors, and every page behind them."""
    for path in STRANGER:
        camera.shoot(f"door-{path.partition('/')[0]}", f"/admin/{path}")
    if re.search(camera.said.only, "door-code"):
        camera.log_in(SECOND_FACTOR)
        camera.keep("door-code")
        camera.context.clear_cookies()
    camera.log_in()
    for name, address in pages(app).items():
        camera.shoot(name, address)


def take(said: argparse.Namespace) -> None:
    """Takes all pictures."""
    Path(said.folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        here = Path(temporary)
        month = config.load({"SKVOZ_INSTANCE": said.instance}) if said.instance else settings_of(here / "month")
        if not (month.instance / "skvoz.db").exists():
            fill(month, DAYS)
        if re.search(said.only, "fresh-"):
            with serving(settings_of(here / "fresh")) as (app, url):
                for language in said.languages:
                    of_a_fresh_one(Camera(browser, url, language, said), app)
        if re.search(said.only, "demo-"):
            with serving(settings_of(here / "demo"), with_demo=True) as (app, url):
                for language in said.languages:
                    of_demo(Camera(browser, url, language, said))
        with serving(month) as (app, url):
            for language in said.languages:
                of_month(Camera(browser, url, language, said), app)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="where the pictures go")
    parser.add_argument("--instance", help="an instance to use, filled if it is empty  [default: a new one]")
    parser.add_argument("--only", default="", help="names of pages, a regular expression")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=list(SCHEMES))
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--first-screen", action="store_true", help="what fits into the window, not the whole page")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    take(parser.parse_args())


if __name__ == "__main__":
    main()
