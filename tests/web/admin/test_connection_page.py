"""The page of a connection says where it stands: its address, its clock, its messages and why they were not read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from admin_people import Person
from sqlalchemy import select, update
from world import EXAMPLE, World, iso

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import RawMessage, RawStatus, SourcePlace
from tracker.sites.models import Connection

LINES = """
      - {key: ami, provider: telephony/asterisk, settings: {host: 192.0.2.5, username: u, secret: s}}
      - {key: callibri, provider: telephony/callibri, settings: {user_email: a@example.com, user_token: t}}
      - {key: box, provider: email/imap, settings: {host: imap.example.com, username: u, password: p}}
      - {key: sipuni, provider: telephony/sipuni, settings: {secret: "sipuni-secret"}}
"""


@pytest.fixture
def connected(world: World) -> World:
    return world.apply(EXAMPLE.rstrip() + LINES)


def page(owner: Person, key: str) -> str:
    return owner.get(f"/admin/connections/{key}").text


@pytest.mark.parametrize("key", ["ami", "callibri", "box"])
def test_sources_that_we_go_to_show_no_address(connected: World, owner: Person, key: str) -> None:
    shown = page(owner, key)

    assert "/hooks/" not in shown
    assert "needs no address of ours" in shown


def test_address_has_a_place_for_the_secret_where_it_needs_one(connected: World, owner: Person) -> None:
    assert "/hooks/telephony/sipuni/sipuni?secret=SECRET</pre>" in page(owner, "sipuni")
    assert "/hooks/telephony/generic/pbx</pre>" in page(owner, "pbx")


def test_failed_look_is_said(connected: World, owner: Person) -> None:
    number = db.session.scalars(select(Connection.id).where(Connection.key == "callibri")).one()
    with writing(db.session()) as session:
        session.add(SourcePlace(connection_id=number, looked_at=clock.now(), error="Callibri answered with code 500"))

    shown = page(owner, "callibri")

    assert "Callibri answered with code 500" in shown
    assert "does not answer" in shown
    assert "last looked at" in shown


def test_wrong_zone_is_suggested(connected: World, owner: Person) -> None:
    for number in range(5):
        connected.call(f"c{number}", "ringing", at=iso(clock.now() + timedelta(hours=3)), to="+74957770001")

    assert "off by 3 h" in page(owner, "pbx")


def test_message_shows_what_stood_in_its_address(connected: World, owner: Person) -> None:
    said = "event=9&call_id=1773480605.991&secret=sipuni-secret"
    assert connected.client.get(f"/hooks/telephony/sipuni/sipuni?{said}").status_code == 200

    shown = page(owner, "sipuni")

    assert "call_id = 1773480605.991" in shown
    assert "sipuni-secret" not in shown


def test_message_says_why_and_is_read_anew(connected: World, owner: Person) -> None:
    connected.call("c1", "ringing", to="+74957770001")
    connected.call("c2", "sung", to="+74957770001")
    db.session.rollback()
    first, second = db.session.scalars(select(RawMessage.id).order_by(RawMessage.id))
    with writing(db.session()) as session:
        session.execute(update(RawMessage).where(RawMessage.id == first).values(status=RawStatus.FAILED))
    shown = page(owner, "pbx")
    assert "Our program failed at it" in shown
    assert "known: ringing" in shown
    assert "To the inquiry" in shown

    assert owner.post(f"/admin/connections/pbx/messages/{first}/replay").status_code == 302
    assert owner.post(f"/admin/connections/pbx/messages/{second}/replay").status_code == 302
    assert owner.post(f"/admin/connections/ami/messages/{second}/replay").status_code == 404

    db.session.rollback()
    assert [one.status for one in db.session.scalars(select(RawMessage).order_by(RawMessage.id))] == [
        RawStatus.UNDERSTOOD,
        RawStatus.MALFORMED,
    ]
