"""What is attached to a letter, for those who read the journal, where the installation allows it.

The files are taken from the raw message, so they go with it: when somebody is forgotten, and after its time.
"""

from __future__ import annotations

import io

from flask import current_app, send_file
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from tracker.errors import InvalidInput, NotFound
from tracker.inquiries.events import AttachedFile, EmailEvent, InquiryKind
from tracker.inquiries.models import Inquiry, InquiryEvent, RawMessage
from tracker.providers.interpretation import Interpreter
from tracker.services import Services
from tracker.sites.models import Connection, Site


def names(session: Session, key: str) -> list[str]:
    """Returns the files of a letter with their sizes; none where they may not be downloaded, or are gone."""
    services: Services = current_app.extensions["services"]
    found = _kept(session, key) if services.config.letter_files else None
    return list(found[0].data.get("files", ())) if found else []


def download(session: Session, key: str, place: int) -> Response:
    """Answers with one file of a letter: to be saved, never shown.

    Args:
        place: which of `names`, from 0.

    Raises:
        NotFound: there is none, or nobody may download it here.
    """
    services: Services = current_app.extensions["services"]
    found = _kept(session, key) if services.config.letter_files else None
    files = _attached(session, services, *found) if found else ()
    if not 0 <= place < len(files):
        raise NotFound("there is no such file")
    file = files[place]
    answer = send_file(
        io.BytesIO(file.content), "application/octet-stream", as_attachment=True, download_name=file.name
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _kept(session: Session, key: str) -> tuple[InquiryEvent, RawMessage] | None:
    """The first message of a letter that is still there."""
    told = (
        select(InquiryEvent, RawMessage)
        .join(Inquiry, InquiryEvent.inquiry_id == Inquiry.id)
        .join(RawMessage, InquiryEvent.raw_message_id == RawMessage.id)
        .where(Inquiry.key == key, Inquiry.kind == InquiryKind.EMAIL)
        .order_by(InquiryEvent.id)
        .limit(1)
    )
    row = session.execute(told).first()
    return (row[0], row[1]) if row else None


def _attached(session: Session, services: Services, event: InquiryEvent, raw: RawMessage) -> tuple[AttachedFile, ...]:
    """A message may bring several letters: the one of the event is meant."""
    site = session.get_one(Site, raw.site_id)
    connection = session.get(Connection, raw.connection_id) if raw.connection_id else None
    try:
        told = Interpreter(session, services.config.secret_key).read(raw, site, connection)
    except InvalidInput as error:
        raise NotFound("the letter cannot be read any more") from error
    letters = [one for one in told if isinstance(one, EmailEvent) and one.body_hash == event.data["body_hash"]]
    return next((one.attached for one in letters if one.message_id == event.data["message_id"]), ())
