"""Brings a CRM up to what we know of an inquiry: the one order of steps for all CRMs.

Every step is guarded by `Progress`, so a delivery killed anywhere goes on where it stopped, and a later
revision of the same card (end of the call, recording, correction) completes what exists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Draft, EntityType
from tracker.deliveries.event import write_call, write_note
from tracker.deliveries.finding import Found, find_person
from tracker.deliveries.making import contact_of, deal_of, lead_of
from tracker.deliveries.plan import key_of, plan_for
from tracker.deliveries.policy import Policy, Repeat
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm
from tracker.deliveries.tasks import write_tasks
from tracker.deliveries.work import Cards, Work

WRITING_STEPS = ("contact", "deal", "lead", "note", "call", "task")


def deliver(card: InquiryCard, crm: Crm, policy: Policy, progress: Progress) -> dict[str, str]:
    """Writes the inquiry into the CRM, or completes what an earlier attempt or revision wrote.

    Returns:
        The cards that hold it: `{"contact": "123", "deal": "456"}`.

    Raises:
        ProviderError: a step failed; the next call goes on from there.
    """
    crm.ensure_fields(list(policy.fields))
    work = _decided(card, crm, policy, progress)
    contact = contact_of(work)
    deal = deal_of(work, contact)
    cards = Cards(contact, deal, lead_of(work, contact))
    write_note(work, cards)
    write_call(work, cards)
    write_tasks(work, cards)
    return cards.ids()


def _decided(card: InquiryCard, crm: Crm, policy: Policy, progress: Progress) -> Work:
    """Finds the person and settles what is made; kept from the moment something has been written.

    Before that it is decided anew by every attempt: another inquiry may have made the contact meanwhile.
    """
    _clear_up(card, crm, progress)
    has_written = any(progress.done_id(step) for step in WRITING_STEPS)
    kept: dict[str, Any] = json.loads((has_written and progress.done_id("decision")) or "{}")
    found = _still_there(kept, crm) if kept else None
    if found is None:
        found = find_person(card, crm, progress, leads_of_contacts=_wants_leads(card, policy))
    plan = plan_for(card, policy, found, crm, kept.get("outcome"))
    decision = _as_text(found, key_of(plan.outcome) if plan.outcome else None)
    if progress.done_id("decision") != decision:
        progress.done("decision", decision)
    return Work(card, crm, policy, progress, found, plan)


def _clear_up(card: InquiryCard, crm: Crm, progress: Progress) -> None:
    """Learns by our marker whether a card whose creation ended unclearly came into being."""
    for type in EntityType:
        if progress.done_id(type) is None and progress.is_unclear(type):
            near = Draft("", card.marker, card.phones, card.emails, contact=progress.done_id("contact"), card=card)
            made = crm.find_marked(type, card.marker, near)
            if made is None:
                progress.forget(type)
            else:
                progress.done(type, made)


def _still_there(kept: Mapping[str, Any], crm: Crm) -> Found | None:
    """Reads the found cards again; None when one of them was deleted or merged meanwhile."""
    contact = crm.get_contact(kept["contact"]) if kept["contact"] else None
    lead = crm.get_lead(kept["lead"]) if kept["lead"] else None
    deal = crm.get_deal(kept["deal"]) if kept["deal"] else None
    found = Found(contact, lead, deal, tuple(kept["others"]))
    lost = (kept["contact"] and not contact) or (kept["lead"] and not lead) or (kept["deal"] and not deal)
    return None if lost else found


def _as_text(found: Found, outcome: str | None) -> str:
    ids = {name: card.id if card else None for name, card in _cards(found)}
    return json.dumps({**ids, "others": found.others, "outcome": outcome}, sort_keys=True)


def _cards(found: Found) -> list[tuple[str, Any]]:
    return [("contact", found.contact), ("lead", found.lead), ("deal", found.deal)]


def _wants_leads(card: InquiryCard, policy: Policy) -> bool:
    return any(choice.repeat is Repeat.EVENT_ON_LEAD for choice in policy.choices(card))
