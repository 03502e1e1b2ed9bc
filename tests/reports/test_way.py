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


def test_person_who_proved_to_be_another_is_shown_as_that_one(anna: Person) -> None:
    with writing(db.session()) as session:
        session.add(Person(key="old", site_id=anna.site_id, merged_into_id=anna.id))

    assert way.person(db.session(), "old").key == anna.key
    with pytest.raises(NotFound):
        way.person(db.session(), "nobody")
