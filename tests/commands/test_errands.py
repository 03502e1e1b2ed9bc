"""Errands through the very worker: test, connect, dry run, undo and lines, against the sandboxes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete, select
from world import EXAMPLE, World

from demo.sandbox.bitrix24 import Portal, create_app, demo_portal
from tracker import clock
from tracker.commands.deliver import Deliverer
from tracker.commands.register_lines import register_lines
from tracker.database import writing
from tracker.deliveries import errands
from tracker.deliveries.models import Delivery, DeliveryStatus, DeliveryStep, Errand, ErrandKind, JournalRow
from tracker.extensions import db
from tracker.pools.models import Number
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import reseal, seal
from tracker.web.oauth import state_for

CALLER = "+79161234567"
ALL = tuple(ErrandKind)
CONNECTIONS = """\
      - {{key: b24, provider: crm/bitrix24, settings: {{webhook_url: "{address}/rest/1/secret/"}}}}
      - key: b24-app
        provider: crm/bitrix24
        settings: {{base_url: "{address}", oauth_url: "{address}", client_id: app.demo, client_secret: app-secret}}
"""


class Office:
    """The example site, a Bitrix24 portal, and a worker of one process."""

    def __init__(self, app: Flask, address: str, portal: Portal) -> None:
        self.portal = portal
        self.people = World(app).apply(EXAMPLE + CONNECTIONS.format(address=address))
        self.address = address
        self.worker = Deliverer(app)

    def connection(self, key: str) -> Connection:
        db.session.rollback()
        return db.session.scalars(select(Connection).where(Connection.key == key)).one()

    def ask(self, key: str, kind: ErrandKind, argument: str | None = None) -> list[str]:
        """Leaves an errand, lets the worker do it, and returns `level: sentence`."""
        connection_id = self.connection(key).id
        with writing(db.session()) as session:
            errands.ask(session, connection_id, kind, argument)
        self.work()
        done = errands.latest(db.session(), connection_id, ALL)
        assert done is not None and done.done_at is not None
        return [f"{one['level']}: {one['text']}" for one in done.findings]

    def work(self) -> None:
        """Lets the worker do everything there is to do."""
        self.worker.turn(self.people.services)
        deadline = time.monotonic() + 20
        while any(not future.done() for future in self.worker._busy.values()) and time.monotonic() < deadline:
            time.sleep(0.005)
        for future in self.worker._busy.values():
            future.result()
        db.session.rollback()

    def call(self, call_id: str = "c1") -> Delivery:
        """Somebody calls; returns the delivery to the webhook connection, made."""
        facts = {"from": CALLER, "to": "+74957770001", "at": clock.now().isoformat()}
        self.people.call(call_id, "ended", **facts, status="missed")
        self.work()
        connection_id = self.connection("b24").id
        query = select(Delivery).where(Delivery.connection_id == connection_id).order_by(Delivery.id.desc())
        return db.session.scalars(query.limit(1)).one()


@pytest.fixture
def office(app: Flask, serve: Callable[[Any], str]) -> Iterator[Office]:
    portal = demo_portal()
    office = Office(app, serve(create_app(portal)), portal)
    yield office
    office.worker.stop()


def consent(office: Office) -> str:
    """An administrator lets the application in; returns the address that the portal sends him back to."""
    state = state_for(office.people.services.config.secret_key, "b24-app")
    portal = create_app(office.portal).test_client()
    there = portal.get(f"/oauth/authorize/?client_id=app.demo&state={state}")
    return there.headers["Location"]


def test_test_says_what_works(office: Office) -> None:
    said = office.ask("b24", ErrandKind.TEST)

    assert said[0].startswith(f"ok: Connected to {office.address} through an incoming webhook")
    assert "ok: The CRM works with leads." in said
    journal = list(db.session.scalars(select(JournalRow.step).where(JournalRow.delivery_id.is_(None))))
    assert "test the access" in journal


def test_test_names_the_missing_right(office: Office) -> None:
    office.portal.scopes = frozenset({"user"})

    assert "error: The right crm is missing: add it to the webhook or application." in office.ask(
        "b24", ErrandKind.TEST
    )


def test_good_test_mends_a_broken_connection_and_its_deliveries(office: Office) -> None:
    delivery_id = office.call().id
    with writing(db.session()) as session:
        mark_broken(session, office.connection("b24").id, "no access")
        delivery = session.get_one(Delivery, delivery_id)
        delivery.status, delivery.next_at = DeliveryStatus.FAILED, clock.now() + errands.STALE

    office.ask("b24", ErrandKind.TEST)
    office.work()

    assert office.connection("b24").state == ConnectionState.OK
    assert db.session.get_one(Delivery, delivery_id).status == DeliveryStatus.SENT


def test_administrator_connects_the_application_by_consent(office: Office) -> None:
    back = urlsplit(consent(office))
    code = parse_qs(back.query)
    state = state_for(office.people.services.config.secret_key, "b24-app")

    answer = office.people.client.get(
        "/oauth/bitrix24/callback", query_string={"code": code["code"][0], "state": state}
    )
    office.work()

    errand = errands.latest(db.session(), office.connection("b24-app").id)
    assert answer.status_code == 302
    assert errand is not None and errand.argument is None
    assert errand.findings[0]["text"].startswith(f"Connected to {office.address} through an application")


def test_code_that_is_dead_is_said(office: Office) -> None:
    sealed = seal({"code": "old"}, office.people.services.config.secret_key)

    [said] = office.ask("b24-app", ErrandKind.CONNECT, sealed)

    assert said.startswith("error: no access")


@pytest.mark.parametrize("state", ["", "forged"])
def test_way_back_without_our_state_is_refused(office: Office, state: str) -> None:
    answer = office.people.client.get("/oauth/bitrix24/callback", query_string={"code": "x", "state": state})

    assert answer.status_code == 400
    assert office.people.count(Errand) == 0


def test_dry_run_says_what_a_delivery_would_do(office: Office) -> None:
    delivery_id = office.call().id
    office.portal.cards["CONTACT"].clear()
    office.portal.cards["DEAL"].clear()
    with writing(db.session()) as session:
        session.execute(delete(DeliveryStep))

    said = office.ask("b24", ErrandKind.DRY_RUN, str(delivery_id))

    assert said[0].startswith("ok: Make a contact “+7 916 123-45-67”")
    assert said[1].startswith("ok: Make a deal for the new contact")
    assert not office.portal.cards["CONTACT"]
    assert db.session.scalars(select(DeliveryStep)).all() == []


def test_undo_takes_a_delivery_back_and_lets_it_rest(office: Office) -> None:
    delivery_id = office.call().id
    assert len(office.portal.cards["CONTACT"]) == 1

    said = office.ask("b24", ErrandKind.UNDO, str(delivery_id))

    assert all(sentence.startswith("ok: Deleted") for sentence in said), said
    assert not office.portal.cards["CONTACT"] and not office.portal.cards["DEAL"]
    delivery = db.session.get_one(Delivery, delivery_id)
    assert (delivery.status, delivery.entities) == (DeliveryStatus.DEAD, {})

    office.people.call("c1", "recorded", recording_url="https://rec.example/1.mp3", to="+74957770001")
    office.work()
    assert not office.portal.cards["CONTACT"]


def test_contact_with_inquiries_of_other_deliveries_stays(office: Office) -> None:
    first = office.call("c1").id
    office.call("c2")

    said = office.ask("b24", ErrandKind.UNDO, str(first))

    [contact] = office.portal.cards["CONTACT"]
    assert f"warning: The contact {contact} stays: other inquiries are written on it" in said


def test_delivery_of_another_connection_cannot_be_undone_through_this_one(office: Office) -> None:
    delivery_id = office.call().id

    assert office.ask("b24-app", ErrandKind.UNDO, str(delivery_id)) == ["error: there is no such delivery any more"]
    assert len(office.portal.cards["CONTACT"]) == 1


@pytest.fixture
def connected(office: Office) -> Office:
    """The application is let in."""
    with writing(db.session()):
        row = office.connection("b24-app")
        tokens = {"access_token": "access-1", "refresh_token": "refresh-1"}
        row.settings = reseal(row.settings, tokens, office.people.services.config.secret_key)
    return office


def test_numbers_become_lines_once_per_change_of_the_pools(connected: Office) -> None:
    office = connected
    assert register_lines(office.people.services) == 2
    office.work()
    assert set(office.portal.lines) == {"+74957770001", "+74957770002", "+74957770100"}

    assert register_lines(office.people.services) == 0
    with writing(db.session()) as session:
        pool_id = session.scalars(select(Number.pool_id)).first()
        session.add(Number(pool_id=pool_id, e164="+74957770003"))
    assert register_lines(office.people.services) == 2
    office.work()
    assert "+74957770003" in office.portal.lines
