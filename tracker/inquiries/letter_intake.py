"""Letters become inquiries: each one once, though it may reach us several times, and under an id that others have."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries import copies, other_ids, twins
from tracker.inquiries.events import EmailEvent, InquiryKind
from tracker.inquiries.intake import Entrance, add_event, apply, find_or_make
from tracker.inquiries.models import Inquiry, InquiryEvent
from tracker.inquiries.other_ids import kept_id
from tracker.values import email_address

FILES = "files"  # field of a letter with attachments: their names and sizes
SAME_ID = "same_message_id"  # field of a letter whose Message-ID another letter had before


def record_letter(session: Session, entrance: Entrance, event: EmailEvent, tag: str | None) -> Inquiry:
    """Stores a letter. The same letter with another visitor's tag is another inquiry; any other copy is the same one.

    Another text under the same Message-ID, which some mailers use for all, is another letter and says so in its fields.
    """
    event = replace(event, attached=())
    twins.one_at_a_time(session, entrance.site.id)
    known = copies.find(session, entrance.site, event, tag)
    inquiry = known
    if known is None and tag and (inquiry := copies.find_untagged(session, entrance.site, event)):
        _learn_tag(inquiry, event)
    if inquiry is None or _is_own(inquiry, entrance, event, tag):
        inquiry = _own_letter(session, entrance, event, tag)
    else:
        add_event(session, entrance, inquiry, "received", event)
    if known is None:
        copies.remember(session, entrance.site, event, tag, inquiry)
    other_ids.name(session, entrance.scope, event.message_id, inquiry)
    return inquiry


def _is_own(inquiry: Inquiry, entrance: Entrance, event: EmailEvent, tag: str | None) -> bool:
    """True when this very letter made the inquiry: read once more, it may tell more."""
    return inquiry.scope == entrance.scope and inquiry.external_id == _letter_id(event, tag)


def _letter_id(event: EmailEvent, tag: str | None) -> str:
    return kept_id(event.message_id if tag is None else f"{event.message_id} {tag}")


def _own_letter(session: Session, entrance: Entrance, event: EmailEvent, tag: str | None) -> Inquiry:
    external_id = _letter_id(event, tag)
    inquiry = find_or_make(session, entrance, InquiryKind.EMAIL, external_id, event.received_at, event.is_test)
    is_other = _has_other_text(session, inquiry, event)
    if is_other:
        other_id = f"{external_id} {event.body_hash[-16:]}"
        inquiry = find_or_make(session, entrance, InquiryKind.EMAIL, other_id, event.received_at, event.is_test)
    if add_event(session, entrance, inquiry, "received", event):
        sender = email_address.for_comparing(event.sender) if event.sender else None
        apply(
            inquiry,
            {
                "caller": sender,
                "called": event.recipients[0] if event.recipients else None,
                "name": event.sender_name,
                "emails": [sender] if sender else [],
                "subject": event.subject,
                "text": event.text,
                "letter_class": event.letter_class,
                "fields": _letter_fields(event, is_other),
            },
        )
    return inquiry


def _learn_tag(inquiry: Inquiry, event: EmailEvent) -> None:
    """A later copy still has the tag: the letter is matched anew, unless a person has decided."""
    if inquiry.correction is None:
        apply(inquiry, {"called": event.recipients[0] if event.recipients else inquiry.called})
        inquiry.attribution_status = None


def _letter_fields(event: EmailEvent, is_other: bool) -> dict[str, str]:
    files = {FILES: ", ".join(event.files)} if event.files else {}
    return files | ({SAME_ID: event.message_id} if is_other else {})


def _has_other_text(session: Session, inquiry: Inquiry, event: EmailEvent) -> bool:
    first = select(InquiryEvent.data).where(InquiryEvent.inquiry_id == inquiry.id).order_by(InquiryEvent.id).limit(1)
    known = session.scalar(first)
    return known is not None and known["body_hash"] != event.body_hash
