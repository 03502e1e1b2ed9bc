"""What a delivery would do, said in sentences: reads go through, writes are only written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Additions, CallRecord, Contact, Deal, Draft, Entity, EntityType, Lead, Note
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm

NEW = "new"  # id of a card that would have been made


class DryCrm:
    """A CRM that is only looked at; `said` collects what would have been written."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self.said: list[str] = []

    @property
    def shows_ringing(self) -> bool:
        """As the CRM itself."""
        return self._crm.shows_ringing

    @property
    def has_leads(self) -> bool:
        """As the CRM itself."""
        return self._crm.has_leads

    def ensure_fields(self, names: Sequence[str]) -> None:
        """Makes none; the self-test of the connection names those that are missing."""

    def find_contacts(self, phones: Sequence[str], emails: Sequence[str]) -> list[Contact]:
        """Asks."""
        return self._crm.find_contacts(phones, emails)

    def find_contacts_by_values(self, values: Mapping[str, str]) -> list[Contact]:
        """Asks."""
        return self._crm.find_contacts_by_values(values)

    def get_contact(self, contact: str) -> Contact | None:
        """Asks."""
        return None if contact == NEW else self._crm.get_contact(contact)

    def deals_of(self, contact: str) -> list[Deal]:
        """Asks."""
        return [] if contact == NEW else self._crm.deals_of(contact)

    def get_deal(self, deal: str) -> Deal | None:
        """Asks."""
        return None if deal == NEW else self._crm.get_deal(deal)

    def find_leads(self, phones: Sequence[str], emails: Sequence[str]) -> list[Lead]:
        """Asks."""
        return self._crm.find_leads(phones, emails)

    def get_lead(self, lead: str) -> Lead | None:
        """Asks."""
        return None if lead == NEW else self._crm.get_lead(lead)

    def find_marked(self, type: EntityType, marker: str, near: Draft) -> str | None:
        """Asks."""
        return self._crm.find_marked(type, marker, near)

    def find_note(self, entity: Entity, marker: str) -> str | None:
        """Asks."""
        return None if entity.id == NEW else self._crm.find_note(entity, marker)

    def find_call(self, entity: Entity, marker: str) -> str | None:
        """Asks."""
        return None if entity.id == NEW else self._crm.find_call(entity, marker)

    def find_task(self, entity: Entity, marker: str) -> str | None:
        """Asks."""
        return None if entity.id == NEW else self._crm.find_task(entity, marker)

    def create_contact(self, draft: Draft) -> str:
        """Says it."""
        return self._say(f"Make a contact {_drafted(draft)}")

    def create_deal(self, draft: Draft) -> str:
        """Says it."""
        where = f" in pipeline {draft.pipeline}" if draft.pipeline else ""
        contact = Entity(EntityType.CONTACT, draft.contact) if draft.contact else None
        linked = f" for {_name(contact)}" if contact else " without a contact"
        return self._say(f"Make a deal{where}{linked} {_drafted(draft)}")

    def create_lead(self, draft: Draft, card: InquiryCard) -> str:
        """Says it."""
        return self._say(f"Make a lead {_drafted(draft)}")

    def update(self, entity: Entity, additions: Additions) -> None:
        """Says it."""
        added = [*additions.phones, *additions.emails, *additions.tags]
        filled = [f"{name}={value or '(empty)'}" for name, value in additions.values.items()]
        self._say(f"Add to {_name(entity)}: {', '.join([*added, *filled])}")

    def take_back(self, entity: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Says it."""
        self._say(f"Take from {_name(entity)}: {', '.join([*phones, *emails])}")

    def assign(self, entity: Entity, owner: str) -> None:
        """Says it."""
        self._say(f"Make user {owner} responsible for {_name(entity)}")

    def add_note(self, entity: Entity, text: str, marker: str) -> str:
        """Says it."""
        return self._say(f"Write a note on {_name(entity)}: {text}")

    def add_notes(self, notes: Sequence[Note]) -> list[str]:
        """Says each."""
        return [self.add_note(note.entity, note.text, note.marker) for note in notes]

    def edit_note(self, entity: Entity, note: str, text: str, marker: str) -> None:
        """Says it."""
        self._say(f"Rewrite note {note} on {_name(entity)}: {text}")

    def put_call(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Says it."""
        talk = f", {call.facts.talk_seconds} s" if call.facts.talk_seconds else ""
        outcome = f"{call.facts.status.value}{talk}"
        if known is not None:
            self._say(f"Complete call {known} on {_name(entity)}: {outcome}")
            return known
        return self._say(f"Record the call on {_name(entity)}: {outcome}")

    def add_task(self, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
        """Says it."""
        whose = f" for user {owner}" if owner else ""
        return self._say(f"Make a task on {_name(entity)}{whose} until {due:%Y-%m-%d %H:%M} UTC: {text}")

    def _say(self, sentence: str) -> str:
        self.said.append(sentence)
        return NEW


class DryProgress:
    """The memory of a delivery as it is; what a rehearsal adds to it is forgotten."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._steps: dict[str, str | None] = {}

    def done_id(self, step: str) -> str | None:
        """As remembered, or as rehearsed."""
        return self._steps[step] if step in self._steps else self._progress.done_id(step)

    def is_unclear(self, step: str) -> bool:
        """As remembered, unless rehearsed."""
        return step not in self._steps and self._progress.is_unclear(step)

    def begin(self, step: str) -> None:
        """Nothing is about to be sent."""

    def done(self, step: str, remote_id: str) -> None:
        """Remembers for the rehearsal."""
        self._steps[step] = remote_id

    def forget(self, step: str) -> None:
        """Forgets for the rehearsal."""
        self._steps[step] = None

    def drop(self, step: str) -> None:
        """Forgets for the rehearsal."""
        self._steps[step] = None

    def done_at(self, step: str) -> datetime | None:
        """As remembered."""
        return self._progress.done_at(step)

    def known_cards(self, phones: Sequence[str], emails: Sequence[str]) -> list[Entity]:
        """As remembered."""
        return self._progress.known_cards(phones, emails)

    def remember_card(self, card: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Remembers nothing."""

    def forget_card(self, card: Entity) -> None:
        """Forgets nothing."""


def _name(entity: Entity) -> str:
    return f"the new {entity.type}" if entity.id == NEW else f"{entity.type} {entity.id}"


def _drafted(draft: Draft) -> str:
    values = [f"{name}={value}" for name, value in draft.values.items()]
    facts = [*draft.phones, *draft.emails, *values, *(f"tag {tag}" for tag in draft.tags)]
    owner = f", responsible user {draft.owner}" if draft.owner else ""
    return f"“{draft.name}”" + (f" with {', '.join(facts)}" if facts else "") + owner
