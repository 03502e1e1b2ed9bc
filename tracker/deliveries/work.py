"""One delivery under way: everything its steps need, and the card that each of them writes on."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Contact, Deal, Entity, EntityType, Lead
from tracker.deliveries.finding import Found
from tracker.deliveries.plan import Plan
from tracker.deliveries.policy import Policy
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm


@dataclass(frozen=True)
class Work:
    """What is delivered, where to, by which rules, and what was decided."""

    card: InquiryCard
    crm: Crm
    policy: Policy
    progress: Progress
    found: Found
    plan: Plan


@dataclass(frozen=True)
class Cards:
    """The cards of the CRM that hold the inquiry, as they are now."""

    contact: Contact | None = None
    deal: Deal | None = None
    lead: Lead | None = None

    def entity(self, type: EntityType) -> Entity | None:
        """Returns the card of this type, None when there is none."""
        card = {EntityType.CONTACT: self.contact, EntityType.DEAL: self.deal, EntityType.LEAD: self.lead}[type]
        return Entity(type, card.id) if card else None

    def ids(self) -> dict[str, str]:
        """Returns `{"contact": "123", "deal": "456"}`."""
        entities = [self.entity(type) for type in EntityType]
        return {entity.type.value: entity.id for entity in entities if entity}

    def owner(self) -> str | None:
        """Returns who is responsible: of the deal, else of the contact, else of the lead."""
        for card in (self.deal, self.contact, self.lead):
            if card and card.owner:
                return card.owner
        return None


def home_of(work: Work, cards: Cards, step: str, preferred: EntityType) -> Entity | None:
    """The card that the step writes on: chosen once, None when there is none or it has been deleted."""
    kept = work.progress.done_id(f"{step}-on")
    if kept is not None:
        type, _, id = kept.partition(" ")
        chosen = Entity(EntityType(type), id)
        if chosen == cards.entity(chosen.type):
            return chosen
        if work.progress.done_id(step) is not None:
            return None
    order = (EntityType.LEAD,) if work.plan.on_lead else (preferred, EntityType.CONTACT, EntityType.DEAL)
    home = next(filter(None, map(cards.entity, order)), None)
    if home is not None:
        work.progress.done(f"{step}-on", f"{home.type} {home.id}")
    return home
