"""axe-core finds nothing serious on any page in light, and on one page of each kind in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from world import World

import demo
from tracker import clock
from tracker.access import users
from tracker.access.models import Role, User
from tracker.alerts import channels
from tracker.alerts.models import ChannelKind
from tracker.database import writing
from tracker.deliveries.models import Delivery
from tracker.extensions import db
from tracker.people.models import Person as Known
from tracker.sites import connecting
from tracker.sites.models import Site

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
EMAIL, PASSWORD = "owner@example.com", "a long enough password"
GRAVE = ("serious", "critical")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OF_COLOURS = ["color-contrast"]  # nothing else changes with the scheme
FOUND = """async (runOnly) => {
  const found = await axe.run(document, {runOnly, resultTypes: ['violations'], preload: false});
  return found.violations.map(one => [one.impact, one.id, one.nodes.map(node => node.html.slice(0, 160)).slice(0, 3)]);
}"""
DEMO = ("", "site/", "site/prices", "site/rooms", "site/rooms/study", "chain", "crm/amocrm", "crm/bitrix24")
IN_DARK = ("", "inquiries/", "pools/example/ads", "alerts/", "reports/channels")
NO_PAGES = {"admin.static", "admin.journal.file", "admin.pools.board", "admin.auth.first_user"}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lived_in(world: World) -> dict[str, str]:
    """Something on every page: a visit, a call with its deliveries, a letter. Answers names that pages ask for."""
    with writing(db.session()) as session:
        settings = {"base_url": "https://example.amocrm.ru", "access_token": "secret"}
        site = session.scalars(select(Site)).one()
        connecting.create(session, site, "amo", "crm/amocrm", settings, world.services.config.secret_key)
    browser = world.browser()
    number = browser.open()["numbers"][0]["number"]
    said = {"from": "+79161234567", "to": number, "at": clock.to_iso(clock.now())}
    world.call("c1", "ringing", **said)
    world.call("c1", "ended", **said, status="answered", talk_seconds=95)
    world.store_visits()
    with writing(db.session()) as session:
        users.add(session, EMAIL, PASSWORD, Role.OWNER)
        to, secret_key = {"to": EMAIL}, world.services.config.secret_key
        channel = channels.add(session, ChannelKind.MAIL, "Sales", to, None, "en", secret_key).id
    known = {"journal.key": world.inquiries()[0]["id"], "visitors.key": browser.visitor or "", "e164": number}
    known["people.key"] = str(db.session.scalars(select(Known.key)).one())
    known["alerts.number"] = str(channel)
    known["team.number"] = str(db.session.scalars(select(User.id)).one())
    known["deliveries.number"] = str(db.session.scalars(select(Delivery.id)).one())
    known |= {
        "sites.key": "example",
        "connections.key": "amo",
        "policies.key": "amo",
        "pools.key": "ads",
        "installing.name": "wordpress",
        "numbers.key": "ads",
    }
    db.session.rollback()
    return known | {"site_key": "example", "provider": "crm/bitrix24", "kind": "mail", "token": "x", "name": "channels"}


def is_no_page(endpoint: str) -> bool:
    return endpoint in NO_PAGES or endpoint.endswith(".export")


def addresses(app: Flask, known: dict[str, str]) -> list[str]:
    """Every page of the admin; a new one with an unknown argument fails here until it has a value."""
    found = []
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or not rule.endpoint.startswith("admin.") or is_no_page(rule.endpoint):
                continue
            family = rule.endpoint.split(".")[1]
            arguments = {name: known.get(f"{family}.{name}") or known[name] for name in rule.arguments}
            found.append(urls.build(rule.endpoint, arguments))
    return found


def look(window: Page, address: str, in_dark: bool = False) -> list[Any]:
    """What axe finds on a page in light, and of its colours in dark."""
    window.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = window.goto(address)
    assert answer is not None and answer.status < 500, address
    if "text/html" not in answer.headers.get("content-type", ""):
        return []
    found = judged(window, address, "light", RULES)
    if in_dark:
        window.emulate_media(color_scheme="dark", reduced_motion="reduce")
        window.reload()  # changed in place, Chromium leaves some colours as they were
        found += judged(window, address, "dark", OF_COLOURS)
    return found


def judged(window: Page, address: str, scheme: str, rules: list[str]) -> list[Any]:
    return [(address, scheme, *one) for one in window.evaluate(FOUND, rules) if one[0] in GRAVE]


@pytest.fixture
def window(window: Page) -> Page:
    """Has axe on every page that it opens."""
    window.context.add_init_script(path=AXE)
    return window


def test_admin_has_nothing_serious(app: Flask, lived_in: dict[str, str], served: str, window: Page) -> None:
    found = look(window, f"{served}/admin/login")
    window.get_by_label("Email").fill(EMAIL)
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Log in").click()
    window.wait_for_url(f"{served}/admin/")

    for address in addresses(app, lived_in):
        found += look(window, served + address, in_dark=address.removeprefix("/admin/") in IN_DARK)
    found += folded_menu(window, f"{served}/admin/")

    assert found == []


def folded_menu(window: Page, address: str) -> list[Any]:
    """What axe finds in the menu of a telephone, which opens by the keyboard and closes by Escape."""
    window.set_viewport_size({"width": 390, "height": 844})
    window.goto(address)
    link = window.get_by_role("link", name="Team")
    expect(link).to_be_hidden()
    window.locator("summary", has_text="Menu").press("Enter")
    expect(link).to_be_visible()
    found = judged(window, f"{address} as a menu", "light", RULES)
    window.keyboard.press("Escape")
    expect(link).to_be_hidden()
    return found


def test_demo_has_nothing_serious(app: Flask, served: str, window: Page) -> None:
    demo.register(app)

    in_dark = {"site/rooms", "chain"}
    found = [one for page in DEMO for one in look(window, f"{served}/demo/{page}", page in in_dark)]

    assert found == []
