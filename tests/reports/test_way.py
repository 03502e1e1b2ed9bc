"""The whole way of a visitor and of a person on one line."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.people.models import Person
from tracker.reports import way


@pytest.fixture
def anna(world: World) -> Person:
    """Somebody who came with two browsers, took a number, sent a form from each, and called from elsewhere."""
    contact = {"name": "Anna", "phone": "+79161234567"}
    for _ in range(2):
        browser = world.browser()
        browser.open()
        browser.event("tel_click", {"number": "+74951112233"})
        browser.fill_form(contact)
    world.store_visits()
    called = {"from": "+79161234567", "to": "+74990000000", "status": "answered", "talk_seconds": 70}
    world.call("1", "ended", at=clock.to_iso(clock.now()), **called)
    db.session.rollback()
    return db.session.scalars(select(Person).where(Person.merged_into_id.is_(None))).one()


def test_person_has_all_of_his_browsers_on_one_line(anna: Person) -> None:
    found = way.person(db.session(), anna.key)

    assert found.name == "Anna"
    assert len(found.visitors) == 2
    assert "+79161234567" in found.identifiers
    visits = [step.visit for step in found.steps if step.visit]
    assert [len(visit.pages) for visit in visits] == [1, 1]
    assert [deed.name for visit in visits for deed in visit.deeds] == ["tel_click", "tel_click"]
    assert sorted(step.inquiry.kind for step in found.steps if step.inquiry) == ["call", "form", "form"]
    assert [step.at for step in found.steps] == sorted(step.at for step in found.steps)


def test_person_who_proved_to_be_another_is_shown_as_that_one(anna: Person) -> None:
    with writing(db.session()) as session:
        session.add(Person(key="old", site_id=anna.site_id, merged_into_id=anna.id))

    assert way.person(db.session(), "old").key == anna.key
    with pytest.raises(NotFound):
        way.person(db.session(), "nobody")
