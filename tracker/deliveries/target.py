"""The protocol that sends: what `deliveries` asks of a provider.

A CRM provider implements `Crm`: small operations in our words, each one request or a few. The order of
steps, what is searched, appended or left alone, is decided once for all CRMs in `crm_delivery.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Additions, CallRecord, Contact, Deal, Draft, Entity, EntityType, Lead, Note


class Crm(Protocol):
    """What every CRM can do for us. Each method raises only `ProviderError` and its children."""

    @property
    def shows_ringing(self) -> bool:
        """True when a call that still rings can be recorded and completed later; else we wait."""

    @property
    def has_leads(self) -> bool:
        """False for an account that works without leads: deals are made instead, and the journal says why."""

    def ensure_fields(self, names: Sequence[str]) -> None:
        """Makes the named fields of ours exist on contacts and deals; creates the missing ones."""

    def find_contacts(self, phones: Sequence[str], emails: Sequence[str]) -> list[Contact]:
        """Returns contacts that may hold one of the values; the caller compares exactly."""

    def find_contacts_by_values(self, values: Mapping[str, str]) -> list[Contact]:
        """Returns contacts that may hold all the given field values (`ga_id`, `ip`)."""

    def get_contact(self, contact: str) -> Contact | None:
        """Returns the contact, None when it does not exist (deleted, merged, not yet accepted)."""

    def deals_of(self, contact: str) -> list[Deal]:
        """Returns the deals of the contact, open and closed."""

    def get_deal(self, deal: str) -> Deal | None:
        """Returns the deal, None when it does not exist."""

    def find_leads(self, phones: Sequence[str], emails: Sequence[str]) -> list[Lead]:
        """Returns waiting leads that may hold one of the values; empty where the CRM cannot search them."""

    def get_lead(self, lead: str) -> Lead | None:
        """Returns the lead, also one that was accepted or converted; None when it does not exist."""

    def create_contact(self, draft: Draft) -> str:
        """Creates a contact and returns its id."""

    def create_deal(self, draft: Draft) -> str:
        """Creates a deal for `draft.contact` (which may be None) and returns its id."""

    def create_lead(self, draft: Draft, card: InquiryCard) -> str:
        """Creates an unqualified request and returns its id."""

    def find_marked(self, type: EntityType, marker: str, near: Draft) -> str | None:
        """Looks for a card that an unclear earlier request may have created; `near` is what was sent."""

    def update(self, entity: Entity, additions: Additions) -> None:
        """Adds to a card: reads it afresh, appends what is missing, leaves the rest."""

    def take_back(self, entity: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Removes values, as written by us, from a card; other values stay."""

    def assign(self, entity: Entity, owner: str) -> None:
        """Makes the remote user the responsible of the card."""

    def add_note(self, entity: Entity, text: str, marker: str) -> str:
        """Writes a note and returns its id; the marker becomes part of what is stored."""

    def add_notes(self, notes: Sequence[Note]) -> list[str]:
        """Writes notes on cards of one type in one request, and returns their ids in the same order.

        Raises:
            ProviderError: none is written, unless `maybe_done`: then any of them may be.
        """

    def find_note(self, entity: Entity, marker: str) -> str | None:
        """Returns the id of the note with this marker on the card."""

    def edit_note(self, entity: Entity, note: str, text: str, marker: str) -> None:
        """Replaces the text of a note of ours."""

    def put_call(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Shows the call as the CRM's native call record; `known` is the id of the record to complete.

        Returns the id to complete it by; it may differ from `known`, telling how far the record has got.
        """

    def find_call(self, entity: Entity, marker: str) -> str | None:
        """Returns the id of the call record with this marker on the card."""

    def add_task(self, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
        """Makes a task and returns its id."""

    def find_task(self, entity: Entity, marker: str) -> str | None:
        """Returns the id of the task with this marker on the card."""


@runtime_checkable
class Removing(Protocol):
    """A CRM whose interface can delete, and tell what people have done to a card since."""

    def modified_at(self, entity: Entity) -> datetime | None:
        """When somebody, we included, last changed the card itself; None when there is no such card."""

    def holds_anything(self, entity: Entity) -> bool:
        """Says whether notes, calls or tasks hang on the card."""

    def note_text(self, note: str) -> str | None:
        """Returns our note as it stands, without its marker; None when it is gone."""

    def remove_card(self, entity: Entity) -> None:
        """Deletes the card; one that is gone already is no failure."""

    def remove_note(self, note: str) -> None:
        """Deletes the note; likewise."""

    def remove_call(self, call: str) -> None:
        """Deletes the call record; likewise."""

    def remove_task(self, task: str) -> None:
        """Deletes the task; likewise."""
