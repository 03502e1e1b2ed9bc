"""The protocol that sends: what `deliveries` asks of a provider, and what a provider may ask of us.

A CRM provider implements `Crm`: small operations in our words, each one request or a few. The order of
steps, what is searched, appended or left alone, is decided once for all CRMs in `crm_delivery.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from tracker.deliveries.card import CallFacts, InquiryCard
from tracker.deliveries.visit_card import Told


class EntityType(StrEnum):
    """The cards of a CRM, in our words (amoCRM calls a deal `lead` and a lead `unsorted`)."""

    CONTACT = "contact"
    DEAL = "deal"
    LEAD = "lead"


@dataclass(frozen=True)
class Entity:
    """A card in the CRM: type and remote id as text."""

    type: EntityType
    id: str


@dataclass(frozen=True)
class Contact:
    """A contact as the CRM holds it now.

    Args:
        phones, emails: as written in the CRM, in its order.
        values: our field names (`utm_source`, `ga_id`, …) to the text found there; empty ones are absent.
        created_at: aware UTC; the oldest is chosen among several.
        owner: remote user id of the responsible, None if nobody.
    """

    id: str
    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    values: Mapping[str, str]
    created_at: datetime | None = None
    owner: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Deal:
    """A deal as the CRM holds it; `is_open` is False for won and lost ones."""

    id: str
    is_open: bool
    values: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Lead:
    """An unqualified request as the CRM holds it (amoCRM's unsorted, Bitrix24's lead).

    Args:
        is_open: it still waits; False when it was accepted, converted or declined.
        phones, emails: as written on the lead itself; amoCRM shows none before acceptance.
        contact, deal: what it belongs to or became, None while that is not visible.
    """

    id: str
    is_open: bool
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    contact: str | None = None
    deal: str | None = None
    created_at: datetime | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Draft:
    """What a new contact, deal or lead shall hold.

    Args:
        marker: left in the card where the CRM has a place for it; finds it again after an unclear outcome.
        values: our field names to text; the provider maps them to its fields.
        pipeline, stage, owner: remote ids, None takes the CRM's default.
        card: the inquiry or visit it is made for; CRMs with a place for the kind of source or the visit read it.
    """

    name: str
    marker: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    contact: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    owner: str | None = None
    card: Told | None = None


@dataclass(frozen=True)
class Additions:
    """What an existing card gains; what is not named stays as it is.

    Phones, emails and tags are appended; `values` replace what the fields hold (the caller has looked).
    `card` is the inquiry they come from, for CRMs that keep more of a visit than fields.
    """

    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    card: InquiryCard | None = None

    def __bool__(self) -> bool:
        return bool(self.phones or self.emails or self.values or self.tags)


@dataclass(frozen=True)
class CallRecord:
    """A call for the CRM's own call history.

    Args:
        caller: E.164, empty when withheld.
        owner: remote user id of who answered or is responsible, None when nobody of the CRM is.
        language: of what we write, `ru` or `en`.
    """

    facts: CallFacts
    caller: str
    marker: str
    owner: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class Note:
    """A note to be written on a card; the marker becomes part of what is stored."""

    entity: Entity
    text: str
    marker: str


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


@dataclass(frozen=True)
class JournalEntry:
    """One request that changed or asked something outside: what was sent, what came back.

    `request` and `answer` are JSON-able and redacted; `before` holds what a write replaced, None otherwise.
    """

    step: str
    method: str
    url: str
    request: object
    status: int | None
    answer: object
    before: object = None


class Progress(Protocol):
    """The memory of one delivery, kept between attempts.

    Every step has a name such as `contact`, `deal`, `note`. `begin` is recorded before the request
    that creates something, `done` after it with the remote id; a step that was begun and not done had an
    unclear outcome and is looked up by its marker before it is repeated.
    """

    def done_id(self, step: str) -> str | None:
        """The remote id of a finished step, None when it is not finished."""

    def is_unclear(self, step: str) -> bool:
        """True when an earlier attempt began this step and never learnt how it ended."""

    def begin(self, step: str) -> None:
        """Records, durably, that the request is about to be sent.

        Raises:
            OwnershipLost: another worker owns the connection now; nothing may be sent.
        """

    def done(self, step: str, remote_id: str) -> None:
        """Records the remote id, or another short text that belongs to the step, durably.

        Also without `begin`, for decisions that are taken once and kept: `person`, `plan`.
        """

    def forget(self, step: str) -> None:
        """Records that the begun request certainly did not take effect."""

    def drop(self, step: str) -> None:
        """Forgets a step altogether: what it made has been taken back."""

    def done_at(self, step: str) -> datetime | None:
        """When the step was last recorded, aware UTC; None when it never was."""

    def known_cards(self, phones: Sequence[str], emails: Sequence[str]) -> list[Entity]:
        """Cards we made or matched for one of these values, newest knowledge first."""

    def remember_card(self, card: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Adds to our own map of who is which contact, deal or lead."""

    def forget_card(self, card: Entity) -> None:
        """Drops a card that no longer exists from our map."""


Journal = Callable[[JournalEntry], None]


def boxed(value: object) -> dict[str, Any]:
    """Returns a JSON object for a column of the journal: anything else is put under `value`."""
    return value if isinstance(value, dict) else {"value": value}
