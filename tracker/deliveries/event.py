"""What is written on the cards: the note and the call record, each once, completed by later revisions."""

from __future__ import annotations

from hashlib import sha256

from tracker.deliveries.assigning import who_answered
from tracker.deliveries.entities import CallRecord
from tracker.deliveries.note import note_text
from tracker.deliveries.steps import once
from tracker.deliveries.work import Cards, Work, home_of
from tracker.inquiries.events import CallStatus


def write_note(work: Work, cards: Cards) -> None:
    """Writes the note; a later revision rewrites it only when its text has changed."""
    home = home_of(work, cards, "note", work.plan.choice.note_on)
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
    home = home_of(work, cards, "call", work.plan.choice.call_on)
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


def _kept(made: list[str], id: str) -> str:
    """Notes that the record was made just now; one that was found may be of an earlier revision."""
    made.append(id)
    return id


def _has_changed(work: Work, step: str, content: str) -> bool:
    return work.progress.done_id(step) != _digest(content)


def _digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()[:16]
