"""One letter that reaches us several times: from a mailbox and from the mail server, or for several recipients.

Copies have the same Message-ID and the same text. One that has lost its tag on the way is a copy of any other; a copy
with the tag of another visitor is another inquiry.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker.inquiries.events import EmailEvent
from tracker.inquiries.models import Inquiry, OtherId
from tracker.inquiries.other_ids import kept_id, name
from tracker.sites.models import Site

UNTAGGED = "-"  # no character of a tag


def find(session: Session, site: Site, event: EmailEvent, tag: str | None) -> Inquiry | None:
    """Returns the inquiry of a copy that came before through any connection of the site, None when there was none."""
    return _by_name(session, site, _named(event, tag))


def find_untagged(session: Session, site: Site, event: EmailEvent) -> Inquiry | None:
    """Returns the inquiry of a copy whose tag was lost, and lets nobody else find it: now its tag is known."""
    known_as = _named(event, UNTAGGED)
    found = _by_name(session, site, known_as)
    session.execute(delete(OtherId).where(OtherId.scope == _scope(site), OtherId.external_id == known_as))
    return found


def remember(session: Session, site: Site, event: EmailEvent, tag: str | None, inquiry: Inquiry) -> None:
    """Lets later copies find the inquiry: as the letter of this tag, and as the letter it is."""
    for known_as in (_named(event, tag or UNTAGGED), _named(event, None)):
        name(session, _scope(site), known_as, inquiry)


def _by_name(session: Session, site: Site, known_as: str) -> Inquiry | None:
    same = (OtherId.scope == _scope(site), OtherId.external_id == known_as)
    first = select(OtherId.inquiry_id).where(*same).order_by(OtherId.inquiry_id).limit(1).scalar_subquery()
    found = select(Inquiry).where(Inquiry.id == first).with_for_update()
    return session.scalar(found.execution_options(populate_existing=True))


def _scope(site: Site) -> str:
    return f"letters:{site.key}"


def _named(event: EmailEvent, tag: str | None) -> str:
    letter = f"{event.message_id} {event.body_hash[-16:]}"
    return kept_id(f"{letter} {tag}" if tag else letter)
