"""Which visitors are one person, and what never makes two people one."""

from __future__ import annotations

import pytest
from world import Browser, World

from tracker.extensions import db
from tracker.people import identity
from tracker.people.models import Person, PersonIdentifier, PersonVisitor

PHONE, EMAIL = "+79161234567", "anna@mail.example"


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


def people_of(world: World) -> list[str | None]:
    return [inquiry["person"] for inquiry in reversed(world.inquiries())]


def test_two_browsers_with_one_phone_are_one_person(world: World, anna: Browser) -> None:
    other = world.browser()
    other.open()

    anna.fill_form({"phone": PHONE})
    other.fill_form({"phone": "8 (916) 123-45-67"})

    assert len(set(people_of(world))) == 1
    assert world.count(PersonVisitor) == 2


def test_form_with_phone_and_address_makes_two_people_one(world: World) -> None:
    for fields in ({"phone": PHONE}, {"email": EMAIL}, {"phone": PHONE, "email": EMAIL.upper()}):
        browser = world.browser()
        browser.open()
        browser.fill_form(fields)

    assert len(set(people_of(world))) == 1
    merged = db.session.query(Person).filter(Person.merged_into_id.is_not(None)).all()
    assert len(merged) == 1


def test_one_browser_with_two_contacts_is_one_person(world: World, anna: Browser) -> None:
    anna.fill_form({"phone": PHONE})
    anna.fill_form({"email": EMAIL})

    assert len(set(people_of(world))) == 1


def test_probable_call_claims_nobody_whom_another_has(world: World, anna: Browser) -> None:
    anna.fill_form({"phone": "+79160000001"})

    world.call("c1", "ringing", **{"from": PHONE, "to": "+74957770001"})

    form, call = people_of(world)
    assert None not in (form, call)
    assert form != call


def test_people_of_two_sites_stay_apart(world: World) -> None:
    session = db.session()
    first = identity.person_of(session, 1, [PHONE], [])
    session.commit()

    assert first is not None
    assert identity.visitors_of(session, 2, PHONE, first.created_at) == set()


def test_phone_that_everybody_gives_joins_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST_IDENTIFIERS", 4)

    for number in range(8):
        browser = world.browser()
        browser.open()
        browser.fill_form({"phone": PHONE, "email": f"client{number}@mail.example"})

    assert len(set(people_of(world)[4:])) == 4
    assert max(_names().values()) == 4


def _names() -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in db.session.query(PersonIdentifier):
        counts[row.person_id] = counts.get(row.person_id, 0) + 1
    return counts


def test_browsers_beyond_the_limit_are_not_joined(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST_VISITORS", 3)

    for _ in range(5):
        browser = world.browser()
        browser.open()
        browser.fill_form({"phone": PHONE})

    assert world.count(PersonVisitor) == 3
