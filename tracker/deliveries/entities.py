"""The cards, calls and notes of a CRM in our words: what a provider tells us of them, and what it is asked to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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
