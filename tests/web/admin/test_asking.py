"""What an owner has the worker do from the admin: test and connect a connection, rehearse and undo a delivery."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from admin_people import Person
from flask import Flask
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import clock
from tracker.access.models import Role
from tracker.database import writing
from tracker.deliveries import errands
from tracker.deliveries.models import Delivery, Errand, ErrandKind, JournalRow
from tracker.extensions import db
from tracker.sites.models import Connection

CRMS = """\
      - {key: amo, provider: crm/amocrm, settings: {base_url: "https://a.amocrm.ru", access_token: t}}
      - key: b24
        provider: crm/bitrix24
        settings: {base_url: "https://b.bitrix24.ru", client_id: app.1, client_secret: s}
"""


@pytest.fixture
def world(app: Flask) -> World:
    return World(app).apply(EXAMPLE + CRMS)


@pytest.fixture
def delivery(world: World) -> int:
    """The delivery of a call to amoCRM."""
    facts = {"from": "+79161234567", "to": "+74957770001", "at": clock.now().isoformat()}
    world.call("c1", "ended", **facts, status="answered")
    query = select(Delivery.id).join(Connection, Connection.id == Delivery.connection_id)
    return db.session.scalars(query.where(Connection.key == "amo")).one()


def asked(kind: ErrandKind) -> Errand:
    db.session.rollback()
    return db.session.scalars(select(Errand).where(Errand.kind == kind)).one()


def found(errand: Errand, *findings: tuple[str, str]) -> None:
    """The worker has done it."""
    errand_id = errand.id
    with writing(db.session()) as session:
        errands.finish(session, errand_id, [(level, text, {}) for level, text in findings])


def test_test_is_asked_for_and_its_findings_are_shown(world: World, owner: Person) -> None:
    owner.post("/admin/connections/amo/test")
    waiting = owner.get("/admin/connections/amo").text
    found(asked(ErrandKind.TEST), ("ok", "Connected to Example"), ("error", "There is no pipeline <7>"))

    page = owner.get("/admin/connections/amo").text

    assert 'http-equiv="refresh"' in waiting and 'http-equiv="refresh"' not in page
    assert "Connected to Example" in page and "There is no pipeline &lt;7&gt;" in page


def test_application_offers_its_page_of_consent_and_a_token_does_not(world: World, owner: Person) -> None:
    assert (
        "https://b.bitrix24.ru/oauth/authorize/?client_id=app.1&amp;state=" in owner.get("/admin/connections/b24").text
    )
    assert "/oauth" not in owner.get("/admin/connections/amo").text


@pytest.mark.parametrize(("action", "kind"), [("dry-run", ErrandKind.DRY_RUN), ("undo", ErrandKind.UNDO)])
def test_result_stands_on_the_page_of_the_delivery(
    world: World, owner: Person, delivery: int, action: str, kind: ErrandKind
) -> None:
    owner.post(f"/admin/deliveries/{delivery}/{action}")
    found(asked(kind), ("warning", "The contact 7 stays: it has deals"))

    page = owner.get(f"/admin/deliveries/{delivery}").text

    assert asked(kind).argument == str(delivery)
    assert "The contact 7 stays: it has deals" in page


def test_page_of_a_delivery_shows_what_a_write_replaced(world: World, owner: Person, delivery: int) -> None:
    with writing(db.session()) as session:
        connection_id = session.get_one(Delivery, delivery).connection_id
        facts = {"step": "update", "method": "PATCH", "url": "https://a.amocrm.ru/x", "request": {}, "answer": {}}
        before = {"name": "Ann Before"}
        session.add(JournalRow(delivery_id=delivery, connection_id=connection_id, status=200, before=before, **facts))

    assert "Ann Before" in owner.get(f"/admin/deliveries/{delivery}").text
    assert f'/admin/deliveries/{delivery}"' in owner.get("/admin/deliveries/").text


def test_who_may_only_read_asks_for_nothing(world: World, user_of: Callable[[Role], Person], delivery: int) -> None:
    analyst = user_of(Role.ANALYST)

    for path in ("connections/amo/test", f"deliveries/{delivery}/dry-run", f"deliveries/{delivery}/undo"):
        assert analyst.post(f"/admin/{path}").status_code == 403
    assert world.count(Errand) == 0
    assert "/undo" not in analyst.get(f"/admin/deliveries/{delivery}").text
