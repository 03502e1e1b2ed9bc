"""One attempt of a delivery: how each end is written down, and what waits for what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import clock, flow
from tracker.database import writing
from tracker.deliveries import outbox, ownership, sending
from tracker.deliveries.card import InquiryCard
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.deliveries.ownership import TERM
from tracker.errors import AccessLost, OwnershipLost, RateLimited, Refused, Unavailable
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Connection, ConnectionState

CRM = """      - {key: b24, provider: crm/bitrix24, settings: {webhook_url: 'https://x.bitrix24.ru/rest/1/secret/'}}
      - {key: amo, provider: crm/amocrm, settings: {base_url: 'https://x.amocrm.ru', access_token: t}}
"""
CALL = {"from": "+79161234567", "to": "+74957770001"}
Target = Callable[[InquiryCard, DeliveryMemory], dict[str, str]]


@pytest.fixture
def told(world: World) -> World:
    """A call that two CRMs are to be told of."""
    world.apply(EXAMPLE + CRM)
    world.call("c1", "ringing", **CALL)
    return world


def rows() -> dict[str, Delivery]:
    db.session.rollback()
    return {row.connection.key: row for row in db.session.scalars(select(Delivery))}


def attempt(world: World, target: Target, key: str = "b24") -> DeliveryStatus:
    row = rows()[key]
    with writing(db.session()) as session:
        owned = ownership.claim(session, row.connection_id, "me", clock.now())
    assert owned is not None
    return flow.deliver(world.services, row.id, owned, target)


def works(card: InquiryCard, memory: DeliveryMemory) -> dict[str, str]:
    return {"contact": "1"}


def fails(error: Exception) -> Target:
    def target(card: InquiryCard, memory: DeliveryMemory) -> dict[str, str]:
        raise error

    return target


def test_inquiry_is_wanted_by_every_outgoing_connection_once(told: World) -> None:
    told.call("c1", "ringing", **CALL)

    assert {key: (row.status, row.wanted_revision) for key, row in rows().items()} == {
        "b24": (DeliveryStatus.PENDING, 1),
        "amo": (DeliveryStatus.PENDING, 1),
    }


def test_sent_delivery_shows_what_it_made(told: World) -> None:
    assert attempt(told, works) is DeliveryStatus.SENT

    [call] = told.inquiries()
    shown = {one["connection"]: one for one in call["deliveries"]}
    assert shown["b24"] == {
        "connection": "b24",
        "status": "sent",
        "attempts": 0,
        "error": None,
        "entities": {"contact": "1"},
    }
    assert shown["amo"]["status"] == "pending"


def test_later_revision_is_due_again_at_once_and_an_equal_one_is_not(told: World) -> None:
    attempt(told, works)
    told.call("c1", "ringing", **CALL)
    assert rows()["b24"].status is DeliveryStatus.SENT

    told.call("c1", "ended", talk_seconds=95, status="answered")

    row = rows()["b24"]
    assert (row.status, row.done_revision, row.wanted_revision, row.attempts) == (DeliveryStatus.PENDING, 1, 2, 0)
    assert row.id in sending.due(db.session(), row.connection_id)


def test_revision_that_comes_during_the_attempt_is_not_lost(told: World) -> None:
    def slow(card: InquiryCard, memory: DeliveryMemory) -> dict[str, str]:
        told.call("c1", "ended", talk_seconds=95, status="answered")
        return {"contact": "1"}

    assert attempt(told, slow) is DeliveryStatus.PENDING
    assert attempt(told, works) is DeliveryStatus.SENT


FAILURES = {
    "down": (Unavailable("no answer", provider="crm/bitrix24"), DeliveryStatus.FAILED, 1.5),
    "too many requests": (
        RateLimited("slowly", provider="crm/bitrix24", retry_after=timedelta(minutes=5)),
        DeliveryStatus.FAILED,
        299.0,
    ),
    "refused": (Refused("no such field", provider="crm/bitrix24", status=400), DeliveryStatus.DEAD, None),
    "our own mistake": (KeyError("contact"), DeliveryStatus.FAILED, 1.5),
}


def test_attempt_that_got_further_is_soon_followed_by_another(told: World) -> None:
    down = Unavailable("no answer", provider="crm/bitrix24")

    def gets_further(card: InquiryCard, memory: DeliveryMemory) -> dict[str, str]:
        memory.done("contact", "1")
        raise down

    attempt(told, fails(down))
    attempt(told, fails(down))
    assert rows()["b24"].attempts == 2

    attempt(told, gets_further)
    assert rows()["b24"].attempts == 1
    assert rows()["b24"].next_at < clock.now() + timedelta(seconds=3)

    attempt(told, gets_further)
    assert rows()["b24"].attempts == 2


@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_written_down(told: World, name: str) -> None:
    error, status, seconds = FAILURES[name]
    before = clock.now()

    assert attempt(told, fails(error)) is status

    row = rows()["b24"]
    assert (row.status, row.attempts, row.done_revision) == (status, 1, 0)
    assert row.error
    if seconds is not None:
        assert row.next_at >= before + timedelta(seconds=seconds)
        assert sending.due(db.session(), row.connection_id) == []


def test_dead_delivery_lives_again_when_retried_or_changed(told: World) -> None:
    attempt(told, fails(Refused("no", provider="crm/bitrix24")))
    row = rows()["b24"]
    assert sending.due(db.session(), row.connection_id) == []

    outbox.retry(row, clock.now())
    db.session.commit()

    assert attempt(told, works) is DeliveryStatus.SENT


def test_lost_access_breaks_the_connection_and_deliveries_wait(told: World) -> None:
    assert (
        attempt(told, fails(AccessLost("token expired", provider="crm/bitrix24", status=401))) is DeliveryStatus.FAILED
    )

    connection = db.session.scalars(select(Connection).where(Connection.key == "b24")).one()
    assert (connection.state, connection.state_sentence) == (ConnectionState.BROKEN, "token expired: status 401")
    told.call("c2", "ringing", **CALL)
    assert len([row for row in db.session.scalars(select(Delivery)) if row.connection_id == connection.id]) == 2


def test_hopeless_delivery_is_given_up_after_days(told: World) -> None:
    row = rows()["b24"]
    row.attempts = sending.MOST_ATTEMPTS - 1
    db.session.commit()

    assert attempt(told, fails(Unavailable("no answer", provider="crm/bitrix24"))) is DeliveryStatus.DEAD


def test_owner_who_lost_the_connection_sends_nothing(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = rows()["b24"]
    with writing(db.session()) as session:
        owned = ownership.claim(session, row.connection_id, "me", clock.now() - 2 * TERM)
    with writing(db.session()) as session:
        ownership.claim(session, row.connection_id, "other", clock.now())
    assert owned is not None

    with pytest.raises(OwnershipLost):
        flow.deliver(told.services, row.id, owned, works)

    assert rows()["b24"].status is DeliveryStatus.PENDING


def test_owner_who_loses_it_under_way_sends_nothing_more(told: World) -> None:
    sent: list[str] = []

    def target(card: InquiryCard, memory: DeliveryMemory) -> dict[str, str]:
        memory.begin("contact")
        sent.append("contact")
        memory.done("contact", "1")
        with writing(db.session()) as session:
            ownership.claim(session, rows()["b24"].connection_id, "other", _later())
        memory.begin("deal")
        sent.append("deal")
        return {}

    with pytest.raises(OwnershipLost):
        attempt(told, target)

    assert sent == ["contact"]


def _later() -> datetime:
    return clock.now() + 2 * TERM


def test_tests_are_delivered_only_when_asked(told: World) -> None:
    call = db.session.scalars(select(Inquiry)).one()
    call.is_test = True

    assert not outbox.is_told(call)
    assert outbox.is_told(call, deliver_tests=True)


def test_switched_off_connection_is_told_nothing(told: World) -> None:
    told.apply(EXAMPLE)

    told.call("c2", "ringing", **CALL)

    assert len(rows()) == 2
    assert {row.subject_id for row in rows().values()} == {1}


def test_call_that_moves_to_another_site_leaves_the_first_one_untold(world: World) -> None:
    world.apply(EXAMPLE + CRM + OTHER)
    world.call("c1", "recorded", recording_url="https://pbx.example.com/1.mp3")
    assert set(rows()) == {"b24", "amo"}

    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+78120000001"})

    assert set(rows()) == {"other-amo"}


OTHER = """  - key: other
    name: Other
    domains: [other.example]
    pools: [{key: ads, kind: dynamic, swap: "+78121112233", numbers: ["+78120000001"]}]
    connections:
      - {key: other-amo, provider: crm/amocrm, settings: {base_url: 'https://y.amocrm.ru', access_token: t}}
"""
