"""Pictures of every page, from the demo's data: `python scripts/screenshots.py FOLDER`.

Desktop and phone, light and dark, English and Russian. `--docs` makes the few of docs/screenshots instead.
Needs Playwright and Chromium at /usr/bin/chromium, as the tests do.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from demo_week import fill
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

import demo
from demo.seeding import seed
from tracker import clock, config, create_app, database
from tracker.access import users
from tracker.access.models import Role
from tracker.commands import background, ingest
from tracker.config import ROOT
from tracker.database import writing
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Site

EMAIL, PASSWORD = "anna@northlight.example", "a long enough password"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    width: int
    scheme: str
    language: str

    @property
    def name(self) -> str:
        return f"{'desktop' if self.width > 600 else 'phone'}-{self.scheme}-{self.language}"


LOOKS = [
    Look(width, scheme, language) for width in (1280, 390) for scheme in ("light", "dark") for language in ("en", "ru")
]
PAGES = {
    "overview": "/admin/",
    "inquiries": "/admin/inquiries/",
    "inquiry": "/admin/inquiries/{inquiry}",
    "visitors": "/admin/visitors/",
    "visitor": "/admin/visitors/demo/{visitor}",
    "pools": "/admin/pools/",
    "pool": "/admin/pools/demo/ads",
    "pool-health": "/admin/pools/demo/ads/health",
    "pool-form": "/admin/pools/demo/ads/edit",
    "number": "/admin/pools/demo/ads/numbers/{number}",
    "number-form": "/admin/pools/demo/ads/numbers/{number}/edit",
    "deliveries": "/admin/deliveries/",
    "connections": "/admin/connections/",
    "connection": "/admin/connections/demo-pbx",
    "connection-form": "/admin/connections/new/crm/amocrm",
    "sites": "/admin/sites/",
    "site": "/admin/sites/demo",
    "site-form": "/admin/sites/demo/edit",
    "team": "/admin/team/",
    "demo": "/demo/",
    "demo-chain": "/demo/chain",
    "demo-site": "/demo/site/prices",
}
DESKTOP = Look(1280, "light", "en")
DOCS = {
    "overview": DESKTOP,
    "inquiry": DESKTOP,
    "pool": DESKTOP,
    "pool-health": DESKTOP,
    "overview-ru": replace(DESKTOP, scheme="dark", language="ru"),
    "pool-health-phone": Look(390, "light", "en"),
}


@contextmanager
def company() -> Iterator[tuple[Flask, str]]:
    """The demo company with its week, served."""
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        store = EmbeddedStore(Path(folder))
        store.start()
        settings = config.load({"SKVOZ_INSTANCE": folder, "REDIS_URL": store.url, "SKVOZ_TRUSTED_PROXIES": "127.0.0.1"})
        database.upgrade(settings)
        app = create_app(settings)
        demo.register(app)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        url, stop = f"http://127.0.0.1:{server.port}", threading.Event()
        with app.app_context():
            seed(settings, url)
            with writing(db.session()) as session:
                session.scalars(select(Site).where(Site.key == "demo")).one().timezone = afternoon()
                fill(session, clock.now())
                users.add(session, EMAIL, PASSWORD, Role.OWNER)
            db.session.remove()
        threads = [threading.Thread(target=server.serve_forever)]
        chores = (ingest.STORE_STREAMS, ingest.SUPPLY)
        threads += [threading.Thread(target=background.run, args=(app, chore, stop)) for chore in chores]
        for thread in threads:
            thread.start()
        yield app, url
        stop.set()
        server.shutdown()
        for thread in threads:
            thread.join()
        store.stop()


def afternoon() -> str:
    """A time zone where it is late in the afternoon: a page about today then has something to show."""
    zones = ("Pacific/Auckland", "Asia/Tokyo", "Asia/Dubai", "Europe/London", "America/New_York", "America/Los_Angeles")
    return min(zones, key=lambda zone: abs(clock.now().astimezone(ZoneInfo(zone)).hour - 17))


def names(app: Flask) -> dict[str, str]:
    """What stands in the addresses of pages: the latest explained call."""
    with app.app_context():
        call: Any = db.session.scalars(
            select(Inquiry).where(Inquiry.visitor_id.is_not(None)).order_by(Inquiry.at.desc())
        ).first()
        return {"inquiry": call.key, "visitor": call.visitor.key, "number": "+442079460101"}


def log_in(browser: Browser, url: str, look: Look) -> Page:
    """A window with somebody logged in, in the language wanted."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900 if look.width > 600 else 844},
        color_scheme="dark" if look.scheme == "dark" else "light",
        locale=look.language,
        user_agent=CHROME,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{url}/admin/login")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{url}/admin/")
    page.locator(f"button[name=language][value={look.language}]").first.click()
    page.wait_for_load_state()
    return page


def shoot(page: Page, url: str, path: str, file: Path, is_small: bool) -> None:
    """Takes one picture; says when a page is wider than its window."""
    page.goto(url + path)
    page.wait_for_load_state("networkidle") if "/demo/" not in path else page.wait_for_timeout(700)
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if over > 0:
        print(f"{file.name} is {over} px too wide")  # noqa: T201
    if is_small:
        page.screenshot(path=file, type="jpeg", quality=82)
    else:
        page.screenshot(path=file, full_page=True)


def main() -> None:
    """Takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--only", default="", help="names of pages, comma-separated")
    said = parser.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    with company() as (app, url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        known = names(app)
        for look in LOOKS:
            page = None
            for name, path in PAGES.items():
                titles = [
                    title
                    for title, wanted in DOCS.items()
                    if wanted == look and title in (name, f"{name}-ru", f"{name}-phone")
                ]
                if (said.docs and not titles) or (said.only and name not in said.only.split(",")):
                    continue
                page = page or log_in(browser, url, look)
                file = f"{titles[0]}.jpg" if said.docs else f"{name}-{look.name}.png"
                shoot(page, url, path.format(**known), said.folder / file, said.docs)
            if page:
                page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
