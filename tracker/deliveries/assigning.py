"""Who becomes responsible: the employee who answered for what is new; an owner is never replaced silently."""

from __future__ import annotations

from zlib import crc32

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.policy import Choice, Policy


def who_answered(card: InquiryCard, policy: Policy) -> str | None:
    """Returns the remote user id of the answering employee, None when nobody answered or he is not mapped."""
    answered_by = card.call.answered_by if card.call else None
    return policy.extensions.get(answered_by) if answered_by else None


def owner_of_new(card: InquiryCard, policy: Policy, choice: Choice, contact_owner: str | None) -> str | None:
    """Returns the responsible of a new card; None leaves it to the CRM."""
    if answering := who_answered(card, policy):
        return answering
    if choice.contact_owner and contact_owner:
        return contact_owner
    return _in_turn(card, choice)


def owner_of_task(card: InquiryCard, choice: Choice, card_owner: str | None) -> str | None:
    """Returns who shall call back: whoever owns the card, else the duty manager."""
    duty = choice.missed_task.owner if choice.missed_task else None
    return card_owner or duty or _in_turn(card, choice)


def _in_turn(card: InquiryCard, choice: Choice) -> str | None:
    """Spreads inquiries evenly without a counter, so that a repeated attempt names the same person."""
    if not choice.owners:
        return None
    return choice.owners[crc32(card.inquiry.encode()) % len(choice.owners)]
