"""What shall happen in the CRM for one inquiry: the policy applied to whom we found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import EntityType
from tracker.deliveries.finding import Found
from tracker.deliveries.policy import (
    CARD_ONLY,
    CREATES,
    SOURCE_GOES_TO,
    Choice,
    First,
    Outcome,
    Policy,
    Repeat,
)
from tracker.deliveries.target import Crm


@dataclass(frozen=True)
class Plan:
    """The steps.

    Args:
        creates: cards that are made.
        targets: cards that take cid, utm and referrer.
        with_event: the call or what was said is written too, not only the origin.
        on_lead: the event belongs to the person's waiting lead.
        keeps_contact: new cards are linked to the known contact.
        outcome: None while a ringing call may still become one thing or another.
    """

    choice: Choice
    outcome: Outcome | None
    creates: frozenset[EntityType]
    targets: frozenset[EntityType]
    with_event: bool
    on_lead: bool
    keeps_contact: bool


WITHOUT_LEADS: Mapping[Outcome, Outcome] = {
    First.LEAD: First.CONTACT_DEAL,
    Repeat.LEAD: Repeat.DEAL,
    Repeat.LEAD_ALONE: First.DEAL,
    Repeat.EVENT_ON_LEAD: Repeat.EVENT,
}
"""What happens instead in an account that works without leads."""


def plan_for(card: InquiryCard, policy: Policy, found: Found, crm: Crm, kept: str | None = None) -> Plan:
    """Returns the plan.

    While it rings and the policy treats answered and missed calls differently, only what both have in
    common is done.

    Args:
        kept: `key_of` the outcome that an earlier revision settled; it is not decided again.
    """
    choices = policy.choices(card)
    plans = [_plan(choice, _read(kept) if kept else _possible(_outcome(choice, found), crm)) for choice in choices]
    return plans[0] if len({plan.outcome for plan in plans}) == 1 else _common(plans)


def key_of(outcome: Outcome) -> str:
    """Returns a text for the outcome, such as `repeat event`, that `plan_for` takes back."""
    return f"{'first' if isinstance(outcome, First) else 'repeat'} {outcome.value}"


def _read(key: str) -> Outcome:
    kind, _, word = key.partition(" ")
    return First(word) if kind == "first" else Repeat(word)


def _possible(outcome: Outcome, crm: Crm) -> Outcome:
    return WITHOUT_LEADS[outcome] if outcome in WITHOUT_LEADS and not crm.has_leads else outcome


def _outcome(choice: Choice, found: Found) -> Outcome:
    if not found:
        return choice.first
    if found.contact is None and found.lead is not None and choice.repeat not in (Repeat.LEAD, Repeat.LEAD_ALONE):
        return Repeat.EVENT_ON_LEAD  # he waits as a lead: a contact or deal beside it would double him
    if choice.repeat is Repeat.EVENT_ON_LEAD and found.lead is None:
        return Repeat.EVENT
    return choice.repeat


def _plan(choice: Choice, outcome: Outcome) -> Plan:
    return Plan(
        choice=choice,
        outcome=outcome,
        creates=CREATES[outcome],
        targets=SOURCE_GOES_TO[outcome],
        with_event=outcome not in CARD_ONLY,
        on_lead=outcome in (First.LEAD, Repeat.EVENT_ON_LEAD, Repeat.LEAD, Repeat.LEAD_ALONE),
        keeps_contact=outcome not in (First.DEAL, Repeat.CONTACT, Repeat.LEAD_ALONE),
    )


def _common(plans: list[Plan]) -> Plan:
    one, *rest = plans
    return replace(
        one,
        outcome=None,
        creates=one.creates.intersection(*(plan.creates for plan in rest)),
        targets=one.targets.intersection(*(plan.targets for plan in rest)),
        with_event=all(plan.with_event for plan in plans),
        on_lead=all(plan.on_lead for plan in plans),
        keeps_contact=all(plan.keeps_contact for plan in plans),
    )
