"""What is written on the cards: the note, the call record, the task of a missed call; each once."""

from __future__ import annotations

from hashlib import sha256

from tracker.deliveries.assigning import owner_of_task, who_answered
from tracker.deliveries.note import note_text, task_text
from tracker.deliveries.policy import answered_or_missed
from tracker.deliveries.steps import once
from tracker.deliveries.target import CallRecord, Entity, EntityType
from tracker.deliveries.work import Cards, Work
from tracker.inquiries.events import CallStatus


def write_note(work: Work, cards: Cards) -> None:
    """Writes the note; a later revision rewrites it only when its text has changed."""
    home = _home(work, cards, "note", work.plan.choice.note_on)
    if home is None:
        return
    crm, marker = work.crm, work.card.marker
    text = note_text(work.card, with_event=work.plan.with_event, others=work.found.others)
    made: list[str] = []
    note = once(
        work.progress,
        "note",
        lambda: crm.find_note(home, marker),
        lambda: _kept(made, crm.add_note(home, text, marker)),
    )
    if not made and _has_changed(work, "note-text", text):
        crm.edit_note(home, note, text, marker)
    work.progress.done("note-text", _digest(text))


def write_call(work: Work, cards: Cards) -> None:
    """Shows the call in the CRM's own history, from the ring on where it can, and completes it at the end."""
    call = work.card.call
    if call is None or not work.plan.with_event:
        return
    if call.status is CallStatus.RINGING and not work.crm.shows_ringing:
        return
    home = _home(work, cards, "call", work.plan.choice.call_on)
    if home is None:
        return
    owner = who_answered(work.card, work.policy) or cards.owner()
    caller = work.card.phones[0] if work.card.phones else ""
    record = CallRecord(call, caller, work.card.marker, owner, work.card.language)
    made: list[str] = []
    known = once(
        work.progress,
        "call",
        lambda: work.crm.find_call(home, record.marker),
        lambda: _kept(made, work.crm.put_call(home, record, None)),
    )
    if not made and _has_changed(work, "call-facts", repr(record)):
        work.progress.done("call", work.crm.put_call(home, record, known))
    work.progress.done("call-facts", _digest(repr(record)))


def write_task(work: Work, cards: Cards) -> None:
    """Makes the task of a missed call, for whoever owns the card, else for the duty manager."""
    call, task = work.card.call, work.plan.choice.missed_task
    if call is None or task is None or answered_or_missed(call.status) != "missed":
        return
    home = _home(work, cards, "task", EntityType.DEAL)
    if home is None:
        return
    owner = owner_of_task(work.card, work.plan.choice, cards.owner())
    marker = work.card.marker
    once(
        work.progress,
        "task",
        lambda: work.crm.find_task(home, marker),
        lambda: work.crm.add_task(home, task_text(work.card), call.started_at + task.after, marker, owner),
    )


def _home(work: Work, cards: Cards, step: str, preferred: EntityType) -> Entity | None:
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


def _kept(made: list[str], id: str) -> str:
    """Notes that the record was made just now; one that was found may be of an earlier revision."""
    made.append(id)
    return id


def _has_changed(work: Work, step: str, content: str) -> bool:
    return work.progress.done_id(step) != _digest(content)


def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()[:16]
