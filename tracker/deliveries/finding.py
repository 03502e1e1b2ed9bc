"""Who in the CRM this inquiry comes from: our own map, phones, emails, then ga_id together with IP.

CRMs search loosely; every hit is compared exactly before it is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import phonenumbers

from tracker.deliveries.card import InquiryCard, SourceFacts
from tracker.deliveries.entities import Contact, Deal, EntityType, Lead
from tracker.deliveries.facts import source_values
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm
from tracker.deliveries.visit_card import Told
from tracker.values import phone

GA_ID_WITH_IP = ("ga_id", "ip")
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """The answer: a contact, a lead that waits, an open deal that has no contact, or nothing.

    `others` are ids of further contacts that hold the same phone or email, oldest first.
    """

    contact: Contact | None = None
    lead: Lead | None = None
    deal: Deal | None = None
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contact or self.lead or self.deal)


def find_person(card: InquiryCard, crm: Crm, progress: Progress, *, leads_of_contacts: bool = False) -> Found:
    """Returns whom the CRM knows; an inquiry that names nobody is looked up by ga_id with IP only.

    Several contacts: the oldest one with an open deal, else the oldest; we never merge.

    Args:
        leads_of_contacts: a waiting lead is looked for even when there is a contact.
    """
    found = from_our_map(card, crm, progress)
    if found.contact is None:
        hits = _best_first(_search(card, crm), crm)
        others = tuple(hit.id for hit in sorted(hits[1:], key=_age))
        found = replace(found, contact=hits[0] if hits else None, others=others)
    if found.lead is None and (found.contact is None or leads_of_contacts):
        waiting = (one for one in crm.find_leads(card.phones, card.emails) if _is_lead_of(one, card))
        found = replace(found, lead=next(waiting, None))
    return found


def holds_phone(written: Iterable[str], e164: str) -> bool:
    """Says whether one of the numbers, in any writing, is this one."""
    digits = set(phone.writings(e164))
    country = phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    return any("".join(filter(str.isdigit, text)) in digits or phone.parse(text, country) == e164 for text in written)


def holds_email(written: Iterable[str], email: str) -> bool:
    """Says whether one of the addresses is this one, ignoring case and spaces around."""
    return email.strip().casefold() in {text.strip().casefold() for text in written}


def missing_phones(contact: Contact, phones: Sequence[str]) -> tuple[str, ...]:
    """Returns those of our numbers that the contact does not hold in any writing."""
    return tuple(number for number in phones if not holds_phone(contact.phones, number))


def missing_emails(contact: Contact, emails: Sequence[str]) -> tuple[str, ...]:
    """Returns those of our addresses that the contact does not hold."""
    return tuple(email for email in emails if not holds_email(contact.emails, email))


def from_our_map(card: Told, crm: Crm, progress: Progress) -> Found:
    """Returns the newest known card of each type that still exists, is not closed, and still is this person's."""
    found = Found()
    for known in progress.known_cards(card.phones, card.emails):
        now = FROM_MAP[known.type](known.id, card, crm, found)
        if now is None:
            progress.forget_card(known)
        else:
            found = now
    return found


def _known_contact(id: str, card: Told, crm: Crm, found: Found) -> Found | None:
    if found.contact is not None:
        return found
    there = crm.get_contact(id)
    if there is None:
        return None
    return replace(found, contact=there) if _is_contact_of(there, card) else found


def _known_lead(id: str, card: Told, crm: Crm, found: Found) -> Found | None:
    """A lead that waits; one that was accepted leads to its contact."""
    if found.lead is not None:
        return found
    there = crm.get_lead(id)
    if there is None:
        return None
    if there.is_open:
        return replace(found, lead=there)
    return (_known_contact(there.contact, card, crm, found) or found) if there.contact else found


def _known_deal(id: str, card: Told, crm: Crm, found: Found) -> Found | None:
    if found.deal is not None:
        return found
    there = crm.get_deal(id)
    if there is None:
        return None
    return replace(found, deal=there) if there.is_open else found


FROM_MAP: Mapping[EntityType, Callable[[str, Told, Crm, Found], Found | None]] = {
    EntityType.CONTACT: _known_contact,
    EntityType.LEAD: _known_lead,
    EntityType.DEAL: _known_deal,
}
"""How a card of our map is looked up; None says that it no longer exists."""


def _search(card: InquiryCard, crm: Crm) -> list[Contact]:
    hits = [one for one in crm.find_contacts(card.phones, card.emails) if _is_contact_of(one, card)]
    if hits:
        return hits
    return holding_marks(card.source, crm)


def holding_marks(source: SourceFacts, crm: Crm) -> list[Contact]:
    """Returns the contacts that hold both the ga_id and the IP; none unless both are known."""
    marks = {name: value for name, value in source_values(source).items() if name in GA_ID_WITH_IP}
    if len(marks) < len(GA_ID_WITH_IP):
        return []
    return [
        one
        for one in crm.find_contacts_by_values(marks)
        if all(one.values.get(name) == value for name, value in marks.items())
    ]


def _best_first(contacts: Sequence[Contact], crm: Crm) -> list[Contact]:
    unique = sorted({one.id: one for one in contacts}.values(), key=_age)
    if len(unique) < 2:
        return unique
    return sorted(unique, key=lambda one: not any(deal.is_open for deal in crm.deals_of(one.id)))


def _age(contact: Contact) -> tuple[datetime, int, str]:
    return contact.created_at or LATEST, len(contact.id), contact.id


def _is_contact_of(contact: Contact, card: Told) -> bool:
    return any(holds_phone(contact.phones, number) for number in card.phones) or any(
        holds_email(contact.emails, email) for email in card.emails
    )


def _is_lead_of(lead: Lead, card: InquiryCard) -> bool:
    return lead.is_open and (
        any(holds_phone(lead.phones, number) for number in card.phones)
        or any(holds_email(lead.emails, email) for email in card.emails)
    )
