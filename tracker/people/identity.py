"""Joins visitors who proved to be one human being, by the phone or address they used."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore
from tracker.people.models import IdentifierKind, Person, PersonIdentifier, PersonVisitor
from tracker.pools.models import Number, Pool
from tracker.sites.models import Site

Identifier = tuple[IdentifierKind, str]

SHORTEST_NUMBER = 8  # characters of E.164 with plus; shorter ones are services and extensions
MOST_VISITORS = 20  # a phone behind more browsers than that is a switchboard or a call centre, and joins nobody
MOST_IDENTIFIERS = 20  # nobody has more phones and addresses: somebody types his own in for all who call


def visitors_of(session: Session, site_id: int, value: str | None, joined_before: datetime) -> set[int]:
    """Returns the visitors (database ids) joined by then to the person with this phone or address.

    Empty when nobody is known by it, or so many that it tells nobody apart.
    """
    if not value:
        return set()
    joined = (
        select(PersonVisitor.visitor_id)
        .join(PersonIdentifier, PersonIdentifier.person_id == PersonVisitor.person_id)
        .where(PersonIdentifier.site_id == site_id, PersonIdentifier.value == value)
        .where(PersonVisitor.joined_at < joined_before)
    )
    found = set(session.scalars(joined))
    return found if len(found) < MOST_VISITORS else set()


def person_of(session: Session, site_id: int, phones: Sequence[str], emails: Sequence[str]) -> Person | None:
    """Returns the person of the phones and addresses, made when nobody has them; None without any.

    When they belong to several persons they are the same one from now on: the oldest. Numbers of our own and those
    that too many share join nobody.
    """
    identifiers = _identifiers([one for one in phones if not _tells_nothing(session, site_id, one)], emails)
    people = _owners(session, site_id, identifiers)
    crowds = [person for person in people if _is_crowd(session, person)]
    if crowds:
        identifiers = _not_of(session, site_id, identifiers, crowds)
        people = [person for person in people if person not in crowds]
    if not identifiers:
        return crowds[0] if crowds else None
    person = people[0] if people else _new(session, site_id)
    insert_or_ignore(
        session,
        PersonIdentifier,
        [{"site_id": site_id, "person_id": person.id, "kind": kind, "value": value} for kind, value in identifiers],
    )
    return _made_one(session, [*_owners(session, site_id, identifiers), person])


def _made_one(session: Session, people: Sequence[Person]) -> Person:
    """Merges them into the oldest; another transaction may have made one of them a moment before us."""
    oldest, *others = sorted(set(people), key=lambda one: one.id)
    for other in others:
        _merge(session, oldest, other)
    return oldest


def _owners(session: Session, site_id: int, identifiers: Sequence[Identifier]) -> list[Person]:
    values = [value for _, value in identifiers]
    owned = select(PersonIdentifier.person_id).where(
        PersonIdentifier.site_id == site_id, PersonIdentifier.value.in_(values)
    )
    return list(session.scalars(select(Person).where(Person.id.in_(owned)).order_by(Person.id)))


def _not_of(
    session: Session, site_id: int, identifiers: Sequence[Identifier], people: Sequence[Person]
) -> list[Identifier]:
    """Returns the identifiers that none of these persons has."""
    theirs = select(PersonIdentifier.value).where(
        PersonIdentifier.site_id == site_id, PersonIdentifier.person_id.in_([person.id for person in people])
    )
    taken = set(session.scalars(theirs))
    return [one for one in identifiers if one[1] not in taken]


def _tells_nothing(session: Session, site_id: int, number: str) -> bool:
    """True for what is no number of a client: our own, those of staff, of blocked and trying callers, short ones."""
    if len(number) < SHORTEST_NUMBER or _is_ours(session, number):
        return True
    site = session.get_one(Site, site_id)
    return number in {*site.staff_phones, *site.blocked_callers, *site.test_callers}


def _is_ours(session: Session, number: str) -> bool:
    """True for tracking numbers and originals: a PBX that forwards may show them as the caller."""
    owned = select(Number.id).where(Number.e164 == number)
    replaced = select(Pool.id).where(or_(Pool.swap == number, Pool.overflow_number == number))
    return session.scalar(owned.limit(1)) is not None or session.scalar(replaced.limit(1)) is not None


def _is_crowd(session: Session, person: Person) -> bool:
    count = select(func.count()).select_from(PersonIdentifier).where(PersonIdentifier.person_id == person.id)
    has_many_names = (session.scalar(count) or 0) >= MOST_IDENTIFIERS
    return has_many_names or _visitor_count(session, person) >= MOST_VISITORS


def join_visitor(session: Session, person: Person, visitor_id: int, is_certain: bool) -> Person:
    """Says that the visitor is this person.

    Args:
        is_certain: a person he was joined to before becomes the same one. What is only probable joins a visitor
            whom nobody has claimed, and makes no two people one.

    Returns:
        The person that remains.
    """
    before = session.get(PersonVisitor, visitor_id)
    if before is not None and before.person_id != person.id:
        known = session.get_one(Person, before.person_id)
        may_merge = is_certain and not _is_crowd(session, person) and not _is_crowd(session, known)
        return _made_one(session, [person, known]) if may_merge else person
    if before is None and _visitor_count(session, person) < MOST_VISITORS:
        insert_or_ignore(
            session,
            PersonVisitor,
            [{"visitor_id": visitor_id, "person_id": person.id, "joined_at": clock.now()}],
        )
    return person


def _visitor_count(session: Session, person: Person) -> int:
    count = select(func.count()).select_from(PersonVisitor).where(PersonVisitor.person_id == person.id)
    return session.scalar(count) or 0


def _identifiers(phones: Sequence[str], emails: Sequence[str]) -> list[Identifier]:
    """Sorted, so that two transactions never wait for each other's rows crosswise."""
    found = {(IdentifierKind.PHONE, one) for one in phones} | {(IdentifierKind.EMAIL, one) for one in emails}
    return sorted(found)


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
