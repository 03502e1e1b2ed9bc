"""Which visits are told to a CRM: over, of people it knows; of strangers only when the policy says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from world import EXAMPLE, Browser
from world import World as People

from tracker import clock, flow
from tracker.commands.note_visits import note_visits
from tracker.database import writing
from tracker.deliveries import cards, ownership, sending, visits_to_note
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import Delivery, DeliveryStatus, KnownCard, SubjectType
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.visit_card import Told, VisitCard
from tracker.errors import Unavailable
from tracker.extensions import db
from tracker.sites.models import Connection
from tracker.visits.models import Visit

CALLER = "+79161234567"
WITH_CRM = (
    EXAMPLE + "      - {key: amo, provider: crm/amocrm, settings: {base_url: 'https://a.amocrm.ru', access_token: t}}\n"
)
POLICY = read_policy(None)
STRANGERS = read_policy({"unknown_visitors": "contact"})
LATER = timedelta(minutes=31)


@pytest.fixture
def people(app: Flask) -> People:
    return People(app).apply(WITH_CRM)


def known_caller(people: People) -> Browser:
    """A visitor who called during his first visit, and whom the CRM knows since."""
    browser = people.browser()
    number = browser.open()["numbers"][0]["number"]
    people.call("c1", "ringing", **{"from": CALLER, "to": number, "at": clock.now().isoformat()})
    with writing(db.session()) as session:
        session.add(KnownCard(connection_id=amo().id, value=CALLER, type="contact", card="7", at=clock.now()))
    return browser


def amo() -> Connection:
    return db.session.scalars(select(Connection).where(Connection.key == "amo")).one()


def tell(at: datetime, policy: object = POLICY) -> list[str]:
    """Says what is to be noted then; returns the keys of the visits told so far."""
    with writing(db.session()) as session:
        visits_to_note.tell(session, session.get_one(Connection, amo().id), policy, at)
    told = select(Visit.key).join(Delivery, Delivery.subject_id == Visit.id)
    return list(db.session.scalars(told.where(Delivery.subject_type == SubjectType.VISIT)))


def come_again(people: People, browser: Browser) -> str:
    """Opens a page from another campaign: another visit begins."""
    browser.open("https://example.com/?utm_source=letter&utm_campaign=may")
    people.store_visits()
    assert browser.visit is not None
    return browser.visit


def test_visit_of_a_known_person_is_told_once_it_is_over(people: People) -> None:
    visit = come_again(people, known_caller(people))

    assert tell(clock.now()) == []
    assert tell(clock.now() + LATER) == [visit]
    assert tell(clock.now() + LATER) == [visit]


def test_visit_is_over_when_the_next_one_begins(people: People) -> None:
    browser = known_caller(people)
    visit = come_again(people, browser)
    browser.open("https://example.com/?utm_source=vk&utm_campaign=june")
    people.store_visits()

    assert tell(clock.now()) == [visit]


def test_visit_that_an_inquiry_tells_of_is_not_told_again(people: People) -> None:
    known_caller(people)
    people.store_visits()

    assert tell(clock.now() + LATER) == []


def test_stranger_is_told_only_when_the_policy_takes_strangers_and_he_came_by_an_advertisement(people: People) -> None:
    paid, other = people.browser(), people.browser()
    paid.open()
    other.open("https://example.com/")
    people.store_visits()

    assert tell(clock.now() + LATER) == []
    assert tell(clock.now() + LATER, STRANGERS) == [paid.visit]


def test_switched_off_tells_of_nobody(people: People) -> None:
    come_again(people, known_caller(people))

    assert tell(clock.now() + LATER, read_policy({"visits": "none"})) == []


def test_chore_writes_a_delivery_whose_card_knows_the_person(people: People) -> None:
    browser = known_caller(people)
    visit = come_again(people, browser)
    browser.open("https://example.com/?utm_source=vk&utm_campaign=june")
    people.store_visits()

    assert note_visits(people.services) == 1

    delivery = db.session.scalars(select(Delivery).where(Delivery.subject_type == SubjectType.VISIT)).one()
    card = cards.build_for(db.session(), delivery)
    assert isinstance(card, VisitCard)
    assert (card.visit, card.phones, card.source.utm_source) == (visit, (CALLER,), "letter")
    assert [page.url for page in card.path] == ["https://example.com/?utm_source=letter&utm_campaign=may"]


def test_visits_are_sent_together_after_every_inquiry_and_each_ends_by_itself(people: People) -> None:
    browser = known_caller(people)
    for campaign in ("may", "june", "july"):
        browser.open(f"https://example.com/?utm_source=letter&utm_campaign={campaign}")
    people.store_visits()
    note_visits(people.services)
    target = Target()
    owned = claimed(people)

    call, *none = sending.due_together(db.session(), owned.connection_id)
    flow.deliver(people.services, call, owned, target)
    visits = sending.due_together(db.session(), owned.connection_id)
    flow.deliver_visits(people.services, visits, owned, target)

    assert none == []
    assert target.together == len(visits) == 2
    states = {row.id: (row.status, row.attempts, row.error) for row in db.session.scalars(select(Delivery))}
    assert [states[id] for id in visits] == [
        (DeliveryStatus.SENT, 0, None),
        (DeliveryStatus.FAILED, 1, "no answer"),
    ]


def claimed(people: People) -> Ownership:
    with writing(db.session()) as session:
        owned = ownership.claim(session, amo().id, "me", clock.now())
    assert owned is not None
    return owned


class Target:
    """Takes an inquiry, and of several visits only the first."""

    together = 0

    def __call__(self, card: Told, memory: DeliveryMemory) -> dict[str, str]:
        return {"contact": "7"}

    def visits(self, told: Sequence[tuple[VisitCard, DeliveryMemory]]) -> list[dict[str, str] | Exception | None]:
        self.together = len(told)
        return [{"contact": "7"}, Unavailable("no answer", provider="crm/amocrm")]
