"""The cards of an inquiry: made once, or completed where they exist."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tracker.deliveries.assigning import owner_of_new, who_answered
from tracker.deliveries.entities import Additions, Contact, Deal, Draft, Entity, EntityType, Lead
from tracker.deliveries.facts import name_by, values_of
from tracker.deliveries.filling import keep_appended, keep_replaced, keep_written, values_to_write, written
from tracker.deliveries.finding import find_person, missing_emails, missing_phones
from tracker.deliveries.steps import once
from tracker.deliveries.work import Work
from tracker.inquiries.events import CallStatus

CONTACT_NAME = "{who}"
DEAL_NAME = "{kind}: {who}"
NOTHING = Additions()


def contact_of(work: Work) -> Contact | None:
    """Returns the inquiry's contact: made by this delivery, or known and completed, or None."""
    made = work.progress.done_id("contact")
    if made is None and EntityType.CONTACT in work.plan.creates:
        return _make_contact(work)
    if made is not None:
        there = work.crm.get_contact(made) or _replaced(work, Entity(EntityType.CONTACT, made))
    else:
        there = work.found.contact if work.plan.keeps_contact else None
    if there is not None:
        _complete_contact(work, there)
    return there


def deal_of(work: Work, contact: Contact | None) -> Deal | None:
    """Returns the inquiry's deal: made by this delivery, else the newest open one of whom we know."""
    made = work.progress.done_id("deal")
    if made is None and EntityType.DEAL in work.plan.creates:
        return _make_deal(work, contact)
    if made is not None:
        there = work.crm.get_deal(made)
        if there is not None:
            _complete(work, EntityType.DEAL, there)
        return there
    if work.plan.on_lead or not work.plan.keeps_contact:
        return None
    if contact is None or work.progress.done_id("contact") is not None:
        return work.found.deal
    open_deals = [deal for deal in work.crm.deals_of(contact.id) if deal.is_open]
    return max(open_deals, key=lambda deal: (len(deal.id), deal.id), default=None)


def lead_of(work: Work, contact: Contact | None) -> Lead | None:
    """Returns the inquiry's lead: made by this delivery, or the person's waiting one, or None."""
    made = work.progress.done_id("lead")
    if made is None and EntityType.LEAD in work.plan.creates:
        return _make_lead(work, contact)
    waiting = work.found.lead if work.plan.on_lead else None
    there = work.crm.get_lead(made) if made is not None else waiting
    if there is not None:
        _complete(work, EntityType.LEAD, there)
    return there


def _make_contact(work: Work) -> Contact:
    draft = _draft(work, EntityType.CONTACT, None)
    made, owner = _make(work, EntityType.CONTACT, draft, lambda: work.crm.create_contact(draft))
    return Contact(made, draft.name, draft.phones, draft.emails, draft.values, owner=owner)


def _make_deal(work: Work, contact: Contact | None) -> Deal:
    draft = _draft(work, EntityType.DEAL, contact)
    made, owner = _make(work, EntityType.DEAL, draft, lambda: work.crm.create_deal(draft))
    return Deal(made, True, draft.values, owner=owner)


def _make_lead(work: Work, contact: Contact | None) -> Lead:
    draft = _draft(work, EntityType.LEAD, contact)
    made, owner = _make(work, EntityType.LEAD, draft, lambda: work.crm.create_lead(draft, work.card))
    return Lead(made, True, owner=owner)


def _draft(work: Work, type: EntityType, contact: Contact | None) -> Draft:
    choice, card = work.plan.choice, work.card
    template = choice.contact_name if type is EntityType.CONTACT else choice.deal_name
    default = CONTACT_NAME if type is EntityType.CONTACT else DEAL_NAME
    return Draft(
        name=name_by(template or default, card),
        marker=card.marker,
        phones=card.phones,
        emails=card.emails,
        values=_wanted(work, type),
        tags=choice.tags,
        contact=contact.id if contact else None,
        pipeline=choice.pipeline,
        stage=choice.stage,
        owner=owner_of_new(card, work.policy, choice, contact.owner if contact else None),
        card=card,
    )


def _make(work: Work, type: EntityType, draft: Draft, create: Callable[[], str]) -> tuple[str, str | None]:
    """Returns the id and the responsible of the new card."""
    keep_written(work.progress, type, draft.values)
    made = once(work.progress, type, lambda: work.crm.find_marked(type, draft.marker, draft), create)
    if type is not EntityType.DEAL or draft.contact is None:  # a deal on a contact is found through him
        work.progress.remember_card(Entity(type, made), work.card.phones, work.card.emails)
    return made, _first_owner(work, Entity(type, made), draft)


def _first_owner(work: Work, made: Entity, draft: Draft) -> str | None:
    """Remembers who owns the new card while nobody has answered: only from him it may pass to who does."""
    if draft.owner is not None or not _may_be_answered(work):
        owner = draft.owner
    else:
        there = _owned(work, made)
        owner = there.owner if there else None
    work.progress.done(f"owner-{made.type}", owner or "")
    return owner


def _may_be_answered(work: Work) -> bool:
    call = work.card.call
    return bool(work.policy.extensions) and call is not None and call.status is CallStatus.RINGING


def _owned(work: Work, entity: Entity) -> Contact | Deal | Lead | None:
    if entity.type is EntityType.CONTACT:
        return work.crm.get_contact(entity.id)
    return work.crm.get_deal(entity.id) if entity.type is EntityType.DEAL else work.crm.get_lead(entity.id)


def _replaced(work: Work, gone: Entity) -> Contact | None:
    """The contact that took over after a person deleted or merged ours."""
    work.progress.forget_card(gone)
    return find_person(work.card, work.crm, work.progress).contact


def _complete_contact(work: Work, there: Contact) -> None:
    work.progress.remember_card(Entity(EntityType.CONTACT, there.id), work.card.phones, work.card.emails)
    phones = missing_phones(there, work.card.phones)
    emails = missing_emails(there, work.card.emails)
    _complete(work, EntityType.CONTACT, there, Additions(phones, emails))


def _complete(work: Work, type: EntityType, there: Contact | Deal | Lead, additions: Additions = NOTHING) -> None:
    wanted = _wanted(work, type)
    values = values_to_write(wanted, there.values, written(work.progress, type), work.policy)
    keep_replaced(work.progress, type, values, there.values)
    keep_appended(work.progress, type, additions)
    keep_written(work.progress, type, values)
    if additions or values:
        work.crm.update(Entity(type, there.id), replace(additions, values=values, card=work.card))
    _pass_to_who_answered(work, type, there)


def _pass_to_who_answered(work: Work, type: EntityType, there: Contact | Deal | Lead) -> None:
    """Makes the answering employee responsible for a card that this delivery made, if nobody else did."""
    first = work.progress.done_id(f"owner-{type}")
    answering = who_answered(work.card, work.policy)
    if first and answering and there.owner == first != answering:
        work.crm.assign(Entity(type, there.id), answering)
        work.progress.done(f"owner-{type}", answering)


def _wanted(work: Work, type: EntityType) -> dict[str, str]:
    if type not in work.plan.targets:
        return {}
    return {name: value for name, value in values_of(work.card).items() if name in work.policy.fields}
