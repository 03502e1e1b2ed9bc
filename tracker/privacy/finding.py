"""Everything by which a person is known, found from one phone, address or visitor id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session

from tracker.inquiries.models import Inquiry
from tracker.people.models import Person, PersonIdentifier, PersonVisitor
from tracker.sites.models import Site
from tracker.values import email_address, phone
from tracker.visits.models import Visit, Visitor


@dataclass
class Found:
    """One human being in the database: ids of rows, and the words by which he is known.

    `others`: inquiries that were attributed to one of his visitors, though they are of somebody else.
    """

    values: set[str] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    visitors: dict[int, str] = field(default_factory=dict)  # id to public id
    visits: dict[int, str] = field(default_factory=dict)
    inquiries: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)


def find(session: Session, said: str) -> Found:
    """Finds a person by a phone in any writing, an address, or the public id of a visitor."""
    found = Found(values=_writings(session, said))
    while True:
        before = (len(found.values), len(found.people), len(found.visitors))
        _people(session, found, said)
        if before == (len(found.values), len(found.people), len(found.visitors)):
            break
    visits = select(Visit.id, Visit.key).where(Visit.visitor_id.in_(found.visitors))
    found.visits = dict(session.execute(visits).all())
    _inquiries(session, found)
    return found


def _writings(session: Session, said: str) -> set[str]:
    said = said.strip()
    if "@" in said:
        return {email_address.for_comparing(said)}
    if not said.startswith("+") and len(said) == 32 and said.isalnum():
        return set()
    countries = session.scalars(select(Site.country).distinct())
    read = {phone.parse(said, country) for country in countries} | {phone.parse(said, None)}
    return {number for number in read if number}


def _people(session: Session, found: Found, said: str) -> None:
    """One step from what is known: values to people, people to their other values and visitors, and back."""
    owners = select(PersonIdentifier.person_id).where(PersonIdentifier.value.in_(found.values))
    joined = select(PersonVisitor.person_id).where(PersonVisitor.visitor_id.in_(found.visitors))
    found.people |= {*session.scalars(owners), *session.scalars(joined)}
    found.people |= set(session.scalars(select(Person.id).where(Person.merged_into_id.in_(found.people))))
    into = select(Person.merged_into_id).where(Person.id.in_(found.people), Person.merged_into_id.is_not(None))
    found.people |= {one for one in session.scalars(into) if one is not None}
    theirs = select(PersonIdentifier.value).where(PersonIdentifier.person_id.in_(found.people))
    found.values |= set(session.scalars(theirs))
    his = select(PersonVisitor.visitor_id).where(PersonVisitor.person_id.in_(found.people))
    visitors = select(Visitor.id, Visitor.key).where(or_(Visitor.id.in_(his), Visitor.key == said.strip()))
    found.visitors |= dict(session.execute(visitors).all())


def _inquiries(session: Session, found: Found) -> None:
    named: list[ColumnElement[bool]] = [Inquiry.caller.in_(found.values), Inquiry.person_id.in_(found.people)]
    for value in found.values:
        named += [cast(column, String).contains(f'"{value}"') for column in (Inquiry.phones, Inquiry.emails)]
    found.inquiries = set(session.scalars(select(Inquiry.id).where(or_(*named))))
    rows = session.execute(select(Inquiry.id, Inquiry.person_id).where(Inquiry.visitor_id.in_(found.visitors)))
    for inquiry_id, person_id in rows:
        if inquiry_id not in found.inquiries:
            (found.others if person_id else found.inquiries).add(inquiry_id)


def needles(found: Found) -> Iterator[bytes]:
    """Yields the bytes that betray the person in something unread: digits of his phones, addresses, ids."""
    for value in found.values:
        if value.startswith("+"):
            yield min(phone.writings(value), key=len).encode()
        else:
            yield value.encode()
            yield value.replace("@", "%40").encode()
    for key in (*found.visitors.values(), *found.visits.values()):
        yield key.encode()
