"""Brings the card of whoever came up to date with his visit: one note per visit, and perhaps a card for a stranger.

Guarded step by step like the delivery of an inquiry; what is known of a person is never searched for again.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.deliveries.entities import Draft, Entity, EntityType, Note
from tracker.deliveries.facts import source_values
from tracker.deliveries.finding import from_our_map, holding_marks
from tracker.deliveries.policy import Policy
from tracker.deliveries.progress import Progress
from tracker.deliveries.steps import once
from tracker.deliveries.target import Crm
from tracker.deliveries.visit_card import VisitCard
from tracker.deliveries.visit_note import stranger_name, visit_note


def deliver_visit(card: VisitCard, crm: Crm, policy: Policy, progress: Progress) -> dict[str, str]:
    """Notes the visit on the card of whoever came.

    Returns:
        The card: `{"contact": "123"}`; empty when he has none any more and none is wanted.

    Raises:
        ProviderError: a step failed; the next call goes on from there.
    """
    home = home_of_visit(card, crm, policy, progress)
    if home is None:
        return {}
    wanted = WantedNote(home, card, progress, crm)
    write_alone(wanted)
    return wanted.cards


@dataclass(frozen=True)
class WantedNote:
    """A visit whose note is to be written."""

    home: Entity
    card: VisitCard
    progress: Progress
    crm: Crm

    @property
    def note(self) -> Note:
        return Note(self.home, visit_note(self.card), self.card.marker)

    @property
    def cards(self) -> dict[str, str]:
        return {self.home.type.value: self.home.id}


def write_alone(one: WantedNote) -> None:
    """Writes the note in a request of its own, unless it is there."""
    once(
        one.progress,
        "note",
        lambda: one.crm.find_note(one.home, one.card.marker),
        lambda: one.crm.add_note(one.home, visit_note(one.card), one.card.marker),
    )


def home_of_visit(card: VisitCard, crm: Crm, policy: Policy, progress: Progress) -> Entity | None:
    """The card that is noted on, chosen once."""
    kept = progress.done_id("note-on")
    if kept is not None:
        type, _, id = kept.partition(" ")
        return Entity(EntityType(type), id)
    home = _known(card, crm, progress) or _of_stranger(card, crm, policy, progress)
    if home is not None:
        progress.done("note-on", f"{home.type} {home.id}")
    return home


def _known(card: VisitCard, crm: Crm, progress: Progress) -> Entity | None:
    found = from_our_map(card, crm, progress)
    for type, there in ((EntityType.CONTACT, found.contact), (EntityType.LEAD, found.lead)):
        if there is not None:
            return Entity(type, there.id)
    return _made_before(card, crm, progress)


def _made_before(card: VisitCard, crm: Crm, progress: Progress) -> Entity | None:
    """The contact that an earlier visit of this browser made, while nobody had called or written from it."""
    for known in progress.known_cards((), (card.mark,)):
        if crm.get_contact(known.id) is not None:
            return known
        progress.forget_card(known)
    return None


def _of_stranger(card: VisitCard, crm: Crm, policy: Policy, progress: Progress) -> Entity | None:
    if not policy.takes_strangers or card.phones or card.emails:
        return None
    crm.ensure_fields(list(policy.fields))
    already = holding_marks(card.source, crm) if progress.done_id("contact") is None else []
    made = already[0].id if already else _make(card, crm, policy, progress)
    contact = Entity(EntityType.CONTACT, made)
    progress.remember_card(contact, (), (card.mark,))
    return contact


def _make(card: VisitCard, crm: Crm, policy: Policy, progress: Progress) -> str:
    values = {name: value for name, value in source_values(card.source).items() if name in policy.fields}
    owner = policy.choice.owners[0] if policy.choice.owners else None
    tags = policy.choice.tags
    draft = Draft(stranger_name(card), card.marker, values=values, tags=tags, owner=owner, card=card)
    return once(
        progress,
        "contact",
        lambda: crm.find_marked(EntityType.CONTACT, card.marker, draft),
        lambda: crm.create_contact(draft),
    )
