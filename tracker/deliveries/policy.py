"""What an inquiry becomes in a CRM, as configured: values only; `policy_file.py` reads them.

The words are those of the configuration file, and where cid, utm and referrer go is a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from typing import Any

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import EntityType
from tracker.inquiries.events import CallStatus


class First(Enum):
    """What the first inquiry of somebody the CRM does not know makes.

    No `StrEnum`: a first `deal` must not equal a repeated one.
    """

    CONTACT = "contact"  # a contact that says where he came from
    DEAL = "deal"  # a deal without a contact
    CONTACT_DEAL = "contact+deal"  # both, linked
    CONTACT_EVENT = "contact+event"  # a contact, and the call or letter on it
    LEAD = "lead"  # amoCRM's unsorted, Bitrix24's lead


class Repeat(Enum):
    """What an inquiry of somebody the CRM knows makes."""

    EVENT = "event"  # the call or letter on his contact
    EVENT_ON_LEAD = "event-on-lead"  # the same on his waiting lead
    CONTACT = "contact"  # one more contact
    DEAL = "deal"  # one more deal on his contact
    LEAD = "lead"  # one more lead on his contact
    LEAD_ALONE = "lead-alone"  # one more lead that belongs to nobody


Outcome = First | Repeat


SOURCE_GOES_TO: Mapping[Outcome, frozenset[EntityType]] = {
    First.CONTACT: frozenset({EntityType.CONTACT}),
    First.DEAL: frozenset({EntityType.DEAL}),
    First.CONTACT_DEAL: frozenset({EntityType.CONTACT, EntityType.DEAL}),
    First.CONTACT_EVENT: frozenset({EntityType.CONTACT}),
    First.LEAD: frozenset({EntityType.LEAD}),
    Repeat.EVENT: frozenset({EntityType.CONTACT}),
    Repeat.EVENT_ON_LEAD: frozenset({EntityType.LEAD}),
    Repeat.CONTACT: frozenset({EntityType.CONTACT}),
    Repeat.DEAL: frozenset({EntityType.DEAL}),
    Repeat.LEAD: frozenset({EntityType.LEAD}),
    Repeat.LEAD_ALONE: frozenset({EntityType.LEAD}),
}
"""Cards that take cid, utm and referrer. One that exists already takes only what it lacks."""

CREATES: Mapping[Outcome, frozenset[EntityType]] = {
    outcome: frozenset() if outcome in (Repeat.EVENT, Repeat.EVENT_ON_LEAD) else cards
    for outcome, cards in SOURCE_GOES_TO.items()
}
"""Cards that come into being: those that take the source, unless only an event is written."""

CARD_ONLY: frozenset[Outcome] = frozenset({First.CONTACT, Repeat.CONTACT})
"""Outcomes that make a card and a note of its origin, without a call record."""


@dataclass(frozen=True)
class MissedTask:
    """The task that a missed call makes. `owner` is the duty manager for cards that nobody owns."""

    after: timedelta = timedelta(minutes=15)
    owner: str | None = None


@dataclass(frozen=True)
class Choice:
    """What one inquiry gets.

    Args:
        pipeline, stage: remote ids for new deals and leads, None takes the CRM's default.
        owners: remote user ids that take new cards in turn; empty takes the CRM's default.
        contact_owner: a new deal belongs to whoever owns the contact.
        contact_name, deal_name: templates such as `{kind}: {who}`; None takes ours.
        review_task: the owner of a known card gets a task when somebody else answered.
        extension_task: remote user id that gets a task when an extension is not in the map, None nobody.
        note_on: where the note goes when there are both; likewise `call_on` for the call record.
    """

    first: First = First.CONTACT_DEAL
    repeat: Repeat = Repeat.EVENT
    pipeline: str | None = None
    stage: str | None = None
    owners: tuple[str, ...] = ()
    contact_owner: bool = False
    tags: tuple[str, ...] = ()
    contact_name: str | None = None
    deal_name: str | None = None
    missed_task: MissedTask | None = field(default_factory=MissedTask)
    review_task: bool = False
    extension_task: str | None = None
    note_on: EntityType = EntityType.CONTACT
    call_on: EntityType = EntityType.DEAL


@dataclass(frozen=True)
class Condition:
    """When a rule holds; every set that is not empty must contain the card's value."""

    kinds: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()  # answered or missed; anything that is not a call counts as neither

    def holds(self, card: InquiryCard, status: CallStatus | None) -> bool:
        """Says whether the rule applies; a call without an answer, busy or failed too, is missed."""
        return (
            (not self.kinds or card.kind in self.kinds)
            and (not self.channels or card.source.channel in self.channels)
            and (not self.tags or not self.tags.isdisjoint(card.tags))
            and (not self.statuses or answered_or_missed(status) in self.statuses)
        )


@dataclass(frozen=True)
class Rule:
    """An exception: what it names differs from the rest of the policy."""

    when: Condition
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class FieldRule:
    """A field of the CRM for one of our values; `always` overwrites, else only an empty field is filled."""

    field: str
    always: bool = False


@dataclass(frozen=True)
class Policy:
    """A connection's policy.

    Args:
        fields: our value names to fields of the CRM: `{"ga_id": FieldRule("GA_id")}`.
        extensions: who answered (extension or login in the PBX) to the remote user id.
        rules: exceptions; the first one that holds counts.
        notes_visits: visits of people the CRM knows are noted on their card.
        takes_strangers: an unknown visitor from an advertisement makes a contact.
    """

    choice: Choice = field(default_factory=Choice)
    fields: Mapping[str, FieldRule] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    notes_visits: bool = True
    takes_strangers: bool = False

    def field_names(self) -> dict[str, str]:
        """Returns our value names to fields of the CRM, as a provider wants them."""
        return {ours: rule.field for ours, rule in self.fields.items()}

    def choices(self, card: InquiryCard) -> list[Choice]:
        """Returns what the card gets: one choice, or several while a ringing call may still become either."""
        if card.call is None:
            return [self._choice(card, None)]
        if card.call.status is not CallStatus.RINGING:
            return [self._choice(card, card.call.status)]
        answered = self._choice(card, CallStatus.ANSWERED)
        missed = self._choice(card, CallStatus.MISSED)
        return [answered] if answered == missed else [answered, missed]

    def _choice(self, card: InquiryCard, status: CallStatus | None) -> Choice:
        for rule in self.rules:
            if rule.when.holds(card, status):
                return replace(self.choice, **rule.changes)
        return self.choice


def answered_or_missed(status: CallStatus | None) -> str | None:
    """Returns `answered`, `missed`, or None for what is not a finished call or may be either."""
    if status in (None, CallStatus.RINGING, CallStatus.UNKNOWN_END):
        return None
    return "answered" if status is CallStatus.ANSWERED else "missed"
