"""Joins visitors who proved to be one human being, by the phone or address they used."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tracker.database import insert_or_ignore
from tracker.people.models import IdentifierKind, Person, PersonIdentifier, PersonVisitor

MOST_VISITORS = 20  # a phone behind more browsers than that is a switchboard or a call centre, and joins nobody


def visitors_of(session: Session, site_id: int, value: str | None) -> set[int]:
    """Returns the visitors (database ids) joined to the person with this phone or address; empty when unknown."""
    if not value:
        return set()
    person = (PersonIdentifier.site_id == site_id, PersonIdentifier.value == value)
    joined = select(PersonVisitor.visitor_id).join(
        PersonIdentifier, PersonIdentifier.person_id == PersonVisitor.person_id
    )
    return set(session.scalars(joined.where(*person)))


def person_of(session: Session, site_id: int, phones: Sequence[str], emails: Sequence[str]) -> Person | None:
    """Returns the person of the phones and addresses, made when nobody has them; None without any.

    When they belong to several persons they are the same one from now on: the oldest.
    """
    identifiers = _identifiers(phones, emails)
    if not identifiers:
        return None
    values = [value for _, value in identifiers]
    owned = select(PersonIdentifier.person_id).where(
        PersonIdentifier.site_id == site_id, PersonIdentifier.value.in_(values)
    )
    people = session.scalars(select(Person).where(Person.id.in_(owned)).order_by(Person.id)).all()
    person = people[0] if people else _new(session, site_id)
    for other in people[1:]:
        _merge(session, person, other)
    insert_or_ignore(
        session,
        PersonIdentifier,
        [{"site_id": site_id, "person_id": person.id, "kind": kind, "value": value} for kind, value in identifiers],
    )
    return person


def join_visitor(session: Session, person: Person, visitor_id: int) -> Person:
    """Says that the visitor is this person; a person he was joined to before becomes the same one.

    Returns:
        The person that remains.
    """
    before = session.get(PersonVisitor, visitor_id)
    if before is not None:
        if before.person_id == person.id:
            return person
        older, newer = sorted((person, session.get_one(Person, before.person_id)), key=lambda one: one.id)
        _merge(session, older, newer)
        return older
    if _visitor_count(session, person) < MOST_VISITORS:
        session.add(PersonVisitor(visitor_id=visitor_id, person_id=person.id))
        session.flush()
    return person


def _visitor_count(session: Session, person: Person) -> int:
    count = select(func.count()).select_from(PersonVisitor).where(PersonVisitor.person_id == person.id)
    return session.scalar(count) or 0


def _identifiers(phones: Sequence[str], emails: Sequence[str]) -> list[tuple[IdentifierKind, str]]:
    return [(IdentifierKind.PHONE, one) for one in phones] + [(IdentifierKind.EMAIL, one) for one in emails]


def _new(session: Session, site_id: int) -> Person:
    person = Person(key=secrets.token_hex(12), site_id=site_id)
    session.add(person)
    session.flush()
    return person


def _merge(session: Session, stays: Person, goes: Person) -> None:
    for table in (PersonIdentifier, PersonVisitor):
        session.execute(update(table).where(table.person_id == goes.id).values(person_id=stays.id))
    goes.merged_into_id = stays.id
    session.flush()
