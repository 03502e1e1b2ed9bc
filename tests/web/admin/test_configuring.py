"""Pools, numbers, connections and users, changed through forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from admin_people import PASSWORD, Person, error_of
from flask import Flask
from sqlalchemy import select
from world import World

from tracker.access.models import Role, User
from tracker.commands.look_at_pages import look_at_pages
from tracker.extensions import db
from tracker.pools.models import LeaseOn, Number, Overflow, Pool, PoolKind
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

POOL = {
    "key": "mobile",
    "kind": "dynamic",
    "swap": "8 (495) 111-22-33",
    "channel": ["paid-search", "email"],
    "when": "device: mobile\nutm_campaign: brand*, spring",
    "priority": "5",
    "hold": "20",
    "max_age": "12",
    "sticky": "7",
    "lease_on": "arrival",
    "overflow": "static",
    "overflow_number": "8 495 111 22 99",
    "paid_reserve": "1",
    "network_limit": "0",
    "enabled": "y",
}


def version() -> int:
    return db.session.scalars(select(Site.version).where(Site.key == "example")).one()


# --- pools ---


def test_new_pool_has_everything_that_was_typed(world: World, owner: Person) -> None:
    before = version()

    answer = owner.post("/admin/pools/example/new", **POOL)

    assert answer.location == "/admin/pools/example/mobile"
    pool = db.session.scalars(select(Pool).where(Pool.key == "mobile")).one()
    assert (pool.kind, pool.swap, pool.priority) == (PoolKind.DYNAMIC, "+74951112233", 5)
    assert pool.conditions == {
        "channel": ["paid-search", "email"],
        "device": "mobile",
        "utm_campaign": ["brand*", "spring"],
    }
    assert (pool.hold_seconds, pool.max_age_seconds, pool.sticky_seconds) == (1200, 43_200, 604_800)
    assert (pool.lease_on, pool.overflow, pool.overflow_number) == (LeaseOn.ARRIVAL, Overflow.STATIC, "+74951112299")
    assert (pool.paid_reserve, pool.network_limit, pool.source) == (1, 0, None)
    assert version() == before + 1


def test_form_shows_a_pool_as_it_was_typed(world: World, owner: Person) -> None:
    owner.post("/admin/pools/example/new", **POOL)

    page = owner.get("/admin/pools/example/mobile/edit").text

    assert "utm_campaign: brand*, spring" in page
    assert 'value="+7 495 111-22-33"' in page
    assert 'name="hold" type="number" value="20"' in page


WRONG_POOLS: list[tuple[dict[str, Any], str, str]] = [
    ({"swap": "call us"}, "swap", "not a phone number"),
    ({"overflow_number": ""}, "overflow_number", "not a phone number"),
    ({"when": "device"}, "when", "Line 1"),
    ({"when": "colour: red"}, "when", "colour"),
    ({"when": "share: 200%"}, "when", "share"),
    ({"kind": "static"}, "utm_source", "needs a source"),
    ({"key": "ads"}, "key", "already"),
    ({"hold": "0"}, "hold", "From 1"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG_POOLS)
def test_wrong_pool_is_refused_at_its_field(
    world: World, owner: Person, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = owner.post("/admin/pools/example/new", **{**POOL, **changes})

    assert answer.status_code == 422
    assert sentence in error_of(answer.text, field)


def test_pasted_numbers_are_added_and_every_other_line_is_explained(world: World, owner: Person) -> None:
    text = "8 (495) 777-00-03\n+7 495 777 00 01\n; office\n84957770003\n4957770004; MTS line"

    page = owner.post("/admin/pools/example/ads/numbers", numbers=text).text

    added = db.session.execute(select(Number.e164, Number.label).where(Number.id > 3).order_by(Number.id))
    assert [tuple(row) for row in added] == [("+74957770003", None), ("+74957770004", "MTS line")]
    lines = re.findall(r'<td class="number">(\d)</td>', page)
    assert lines == ["2", "3", "4"]
    assert "example/ads already" in page


def test_number_keeps_what_was_typed(world: World, owner: Person) -> None:
    owner.post("/admin/pools/example/ads/numbers/+74957770001/edit", cost="450.50", enabled="y", label="A")

    number = db.session.scalars(select(Number).where(Number.e164 == "+74957770001")).one()
    assert (number.enabled, number.cost_minor, number.label) == (True, 45_050, "A")


def test_board_shows_who_holds_a_number(world: World, owner: Person) -> None:
    browser = world.browser()
    number = browser.open()["numbers"][0]["number"]
    world.store_visits()

    board = owner.get("/admin/pools/example/ads/board").text

    assert browser.visitor is not None
    row = board.split("<tbody>")[1]
    assert browser.visitor[:8] in row
    assert number.removeprefix("+7")[-2:] in row
    assert "on the page" in row
    assert board.count("on the page") == 1


# --- connections ---


def stored(app: Flask, key: str) -> dict[str, str]:
    db.session.rollback()
    sealed = db.session.scalars(select(Connection.settings).where(Connection.key == key)).one()
    return unseal(sealed, app.config["SKVOZ"].secret_key)


def test_connection_is_made_from_what_its_provider_declares(app: Flask, world: World, owner: Person) -> None:
    fields = {"key": "pbx2", "site": "example", "enabled": "y", "setting_secret": "very secret"}

    answer = owner.post("/admin/connections/new/telephony/generic", **fields)

    assert answer.location == "/admin/connections/pbx2"
    assert stored(app, "pbx2") == {"secret": "very secret"}
    assert "/hooks/telephony/generic/pbx2" in owner.get(answer.location).text


def test_secret_is_never_shown_and_stays_when_left_empty(app: Flask, world: World, owner: Person) -> None:
    page = owner.get("/admin/connections/pbx/edit").text
    owner.post("/admin/connections/pbx/edit", enabled="y", setting_secret="")

    assert "pbx-secret" not in page
    assert stored(app, "pbx") == {"secret": "pbx-secret"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_needed_setting_is_asked_for(world: World, owner: Person) -> None:
    answer = owner.post("/admin/connections/new/telephony/generic", key="pbx2", site="example", enabled="y")

    assert answer.status_code == 422
    assert "needed" in error_of(answer.text, "setting_secret")


# --- team ---


def test_owner_lets_a_colleague_in(owner: Person) -> None:
    owner.post("/admin/team/new", email="Boris@example.com", role="agent", password=PASSWORD)

    user = db.session.scalars(select(User).where(User.email == "boris@example.com")).one()
    assert user.role is Role.AGENT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_owner_cannot_shut_himself_out(owner: Person) -> None:
    number = db.session.scalars(select(User.id)).one()

    answer = owner.post(f"/admin/team/{number}", role="agent", enabled="y")

    assert answer.status_code == 422
    assert db.session.scalars(select(User.role)).one() is Role.OWNER


# --- installation check ---


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_page_is_looked_at_by_the_worker_and_the_site_tells_what_it_found(world: World, owner: Person) -> None:
    answer = owner.post("/admin/sites/example/check", url="elsewhere.example/shop")
    waiting = owner.get("/admin/sites/example").text
    looked = look_at_pages(world.services)
    page = owner.get("/admin/sites/example").text

    assert answer.location == "/admin/sites/example#installation"
    assert 'http-equiv="refresh"' in waiting
    assert (looked, look_at_pages(world.services)) == (1, 0)
    assert 'http-equiv="refresh"' not in page
    assert "elsewhere.example is not one of the site&#39;s domains" in page
    assert "No page view has been received yet" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_analyst_may_not_send_us_to_pages(world: World, user_of: Any) -> None:
    assert user_of(Role.ANALYST).post("/admin/sites/example/check", url="https://example.com").status_code == 403
