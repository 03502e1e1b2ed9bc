"""Takes back what one delivery wrote, as far as nobody has touched it since and the CRM's interface can delete.

What stays is said with its reason. Cards that other inquiries are written on stay; values are restored to what stood
there before only while they still hold ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tracker.deliveries.entities import Additions, Contact, Deal, Entity, EntityType, Lead
from tracker.deliveries.filling import appended, replaced, written
from tracker.deliveries.finding import holds_email, holds_phone
from tracker.deliveries.models import UNDONE
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm, Removing

NOTE = "note"
CALL = "call"
TASKS = ("task", "review-task", "extension-task")
REMEMBERED = ("decision", "note-text", "call-facts")
SLACK = timedelta(minutes=2)  # between the CRM's clock and ours


@dataclass(frozen=True)
class Taken:
    """One line of the result; `stays` is True for what could not be taken back."""

    text: str
    stays: bool = False


@dataclass(frozen=True)
class Undoing:
    """One delivery being taken back.

    Args:
        entities: its cards as the delivery left them: `{"contact": "123"}`.
        shared: cards that other deliveries are written on too.
    """

    crm: Crm
    progress: Progress
    entities: Mapping[str, str]
    shared: Collection[Entity]

    @property
    def cards(self) -> list[Entity]:
        """Deals and leads before their contact."""
        order = (EntityType.DEAL, EntityType.LEAD, EntityType.CONTACT)
        return [Entity(type, self.entities[type]) for type in order if type in self.entities]

    def made(self, card: Entity) -> bool:
        """Says whether the delivery itself made the card."""
        return self.progress.done_id(card.type) == card.id


def undo(work: Undoing) -> list[Taken]:
    """Takes back notes, calls and tasks, then values on cards that were there before, then cards it made.

    Returns:
        What was taken back and what stays, in sentences; empty when there was nothing.

    Raises:
        ProviderError: a step failed; the next call goes on from there.
    """
    lines = list(_take_events(work))
    for card in work.cards:
        lines += _take_card(work, card) if work.made(card) else _restore(work, card)
    for step in REMEMBERED:
        work.progress.drop(step)
    work.progress.done(UNDONE, UNDONE)
    return lines


# --- notes, calls, tasks --------------------------------------------------------------------------


def _take_events(work: Undoing) -> Iterator[Taken]:
    for step in (*TASKS, CALL, NOTE):
        id = work.progress.done_id(step)
        if id is not None:
            yield _take_event(work, step, id)


def _take_event(work: Undoing, step: str, id: str) -> Taken:
    kind = step if step in (NOTE, CALL) else "task"
    if not isinstance(work.crm, Removing):
        return Taken(f"The {kind} {id} stays: this CRM deletes none through its interface, do it by hand", stays=True)
    if step == NOTE and _was_edited(work, work.crm, id):
        return Taken(f"The note {id} stays: somebody has changed it since", stays=True)
    remove: Mapping[str, Callable[[str], None]] = {
        NOTE: work.crm.remove_note,
        CALL: work.crm.remove_call,
        "task": work.crm.remove_task,
    }
    remove[kind](id)
    work.progress.drop(step)
    work.progress.drop(f"{step}-on")
    return Taken(f"Deleted the {kind} {id}")


def _was_edited(work: Undoing, crm: Removing, note: str) -> bool:
    text, ours = crm.note_text(note), work.progress.done_id("note-text")
    return text is not None and ours is not None and hashlib.sha256(text.encode()).hexdigest()[:16] != ours


# --- cards that were there before -----------------------------------------------------------------


def _restore(work: Undoing, card: Entity) -> Iterator[Taken]:
    there = _read(work.crm, card)
    if there is None:
        return
    ours, before = written(work.progress, card.type), replaced(work.progress, card.type)
    back = {name: before[name] for name in before if there.values.get(name, "") == ours.get(name, "")}
    if back:
        work.crm.update(card, Additions(values=back))
        shown = ", ".join(f"{name}={value or '(empty)'}" for name, value in back.items())
        yield Taken(f"Restored on {card.type} {card.id}: {shown}")
    for name in before.keys() - back.keys():
        yield Taken(f"{name} of {card.type} {card.id} stays: somebody has changed it since", stays=True)
    if isinstance(there, Contact):
        yield from _take_added(work, card, there)
    for step in ("wrote", "replaced", "added"):
        work.progress.drop(f"{step}-{card.type}")


def _take_added(work: Undoing, card: Entity, there: Contact) -> Iterator[Taken]:
    phones, emails = appended(work.progress, card.type)
    phones = [one for one in phones if holds_phone(there.phones, one)]
    emails = [one for one in emails if holds_email(there.emails, one)]
    if not phones and not emails:
        return
    shown = ", ".join([*phones, *emails])
    if card in work.shared:
        yield Taken(f"{shown} stays on contact {card.id}: other inquiries are written on it", stays=True)
        return
    work.crm.take_back(card, phones, emails)
    yield Taken(f"Took from contact {card.id}: {shown}")


# --- cards the delivery made ----------------------------------------------------------------------


def _take_card(work: Undoing, card: Entity) -> Iterator[Taken]:
    reason = _why_it_stays(work, card)
    if reason:
        yield Taken(f"The {card.type} {card.id} stays: {reason}", stays=True)
        return
    assert isinstance(work.crm, Removing)
    work.crm.remove_card(card)
    work.progress.forget_card(card)
    for step in (card.type, f"wrote-{card.type}", f"replaced-{card.type}", f"added-{card.type}", f"owner-{card.type}"):
        work.progress.drop(step)
    yield Taken(f"Deleted the {card.type} {card.id}")


def _why_it_stays(work: Undoing, card: Entity) -> str | None:
    crm = work.crm
    if not isinstance(crm, Removing):
        return "this CRM deletes none through its interface, do it by hand"
    if card in work.shared:
        return "other inquiries are written on it"
    modified_at = crm.modified_at(card)
    if modified_at is None:
        return None
    steps = (card.type.value, *(f"{word}-{card.type}" for word in ("wrote", "replaced", "added", "owner")))
    wrote_at = max(at for step in steps if (at := work.progress.done_at(step)) is not None)
    if modified_at > wrote_at + SLACK:
        return "somebody has changed it since"
    if crm.holds_anything(card):
        return "notes, calls or tasks hang on it"
    if card.type is EntityType.CONTACT and crm.deals_of(card.id):
        return "it has deals"
    return None


def _read(crm: Crm, card: Entity) -> Contact | Deal | Lead | None:
    if card.type is EntityType.CONTACT:
        return crm.get_contact(card.id)
    return crm.get_deal(card.id) if card.type is EntityType.DEAL else crm.get_lead(card.id)
