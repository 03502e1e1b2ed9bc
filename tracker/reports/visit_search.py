"""Whose visits somebody looks for who has one word: an id, a mark of the browser, a tag, a number or an address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from tracker.database import storable
from tracker.inquiries.models import Inquiry
from tracker.leases.models import EmailTag, Lease
from tracker.people.models import IdentifierKind, PersonIdentifier, PersonVisitor
from tracker.sites.models import Site
from tracker.values import email_address, phone
from tracker.visits import ga
from tracker.visits.ingest import TRAITS
from tracker.visits.models import Visit, Visitor, VisitorTrait

Ids = Select[Any]

BEGINNING = re.compile("[0-9a-f]{6,32}")  # of an id; lists show the first eight characters
AFTER_HEX = "g"  # sorts behind every character of an id


def is_found(text: str, sites: Sequence[Site]) -> ColumnElement[bool]:
    """The condition that a visit is one of those looked for; every way to them is answered by an index.

    Args:
        text: the beginning of a visitor's or visit's id; an IP address; a client id of Google or Yandex; a tag, alone
            or in its address; a number that was shown; a phone or address of the person, or of an inquiry of his.
        sites: those looked through, whose countries say how phones are written.
    """
    word = storable(text.strip())
    ids = [site.id for site in sites]
    ways = [*_by_id(ids, word.lower()), _of(_with_trait(word)), _of(_with_tag(ids, word.lower()))]
    for name in _names(word, sites):
        ways += [_of(_of_person(ids, name)), _of(_who_called(name)), _shown(name)]
    return Visit.id.in_(union(*ways))


def _of(visitors: Ids) -> Ids:
    return select(Visit.id).where(Visit.visitor_id.in_(visitors))


def _by_id(sites: Sequence[int], word: str) -> Iterator[Ids]:
    if BEGINNING.fullmatch(word):
        visitors = select(Visitor.id).where(Visitor.site_id.in_(sites), *_begins(Visitor.key, word))
        yield from (_of(visitors), select(Visit.id).where(*_begins(Visit.key, word)))


def _begins(key: InstrumentedAttribute[str], word: str) -> tuple[ColumnElement[bool], ...]:
    return key >= word, key < word + AFTER_HEX


def _with_trait(word: str) -> Ids:
    values = {word, ga.client_id(word) or word, _plain_ip(word)}
    return select(VisitorTrait.visitor_id).where(VisitorTrait.kind.in_(TRAITS), VisitorTrait.value.in_(values))


def _plain_ip(word: str) -> str:
    try:
        return str(ipaddress.ip_address(word))
    except ValueError:
        return word


def _with_tag(sites: Sequence[int], word: str) -> Ids:
    local = word.partition("@")[0]
    words = {local, local.rpartition("+")[2]}  # the whole local part where the domain takes everything
    return select(EmailTag.visitor_id).where(EmailTag.site_id.in_(sites), EmailTag.tag.in_(words))


def _names(word: str, sites: Sequence[Site]) -> set[str]:
    """What the word is as a phone, in every country of the sites, or as an address."""
    if "@" in word:
        return {email_address.for_comparing(word)}
    numbers = {phone.parse(word, country) for country in {None, *(site.country for site in sites)}}
    return {number for number in numbers if number}


def _of_person(sites: Sequence[int], name: str) -> Ids:
    joined = select(PersonVisitor.visitor_id).join(
        PersonIdentifier, PersonIdentifier.person_id == PersonVisitor.person_id
    )
    kinds = PersonIdentifier.kind.in_(list(IdentifierKind))
    return joined.where(PersonIdentifier.site_id.in_(sites), kinds, PersonIdentifier.value == name)


def _who_called(name: str) -> Ids:
    return select(Inquiry.visitor_id).where(Inquiry.caller == name, Inquiry.visitor_id.is_not(None))


def _shown(number: str) -> Ids:
    """Visits during which the number was his."""
    during = and_(
        Visit.visitor_id == Lease.visitor_id,
        Visit.started_at <= Lease.last_beat_at,
        Visit.last_at >= Lease.started_at,
    )
    return select(Visit.id).join(Lease, during).where(Lease.number == number)
