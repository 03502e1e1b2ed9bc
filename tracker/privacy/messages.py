"""Raw messages that mention a person: in the database, and in the spool."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tracker.inquiries.models import InquiryEvent, RawMessage
from tracker.privacy.unwrapping import readable

BATCH = 200
NOT_DIGIT = re.compile(rb"[\s().\-\xa0+]|%20|%28|%29|%2B|%2D", re.IGNORECASE)  # what people write inside of numbers


def erase(session: Session, linked: Collection[int], needles: Collection[bytes]) -> int:
    """Deletes raw messages by id, and all that mention one of the needles; returns how many.

    A message that tells of several people goes as a whole; what it became of others stays.
    """
    ids = {*linked, *(_mentioning(session, needles) if needles else ())}
    events = InquiryEvent.raw_message_id.in_(ids)
    session.execute(update(InquiryEvent).where(events).values(raw_message_id=None))
    session.execute(delete(RawMessage).where(RawMessage.id.in_(ids)))
    return len(ids)


def of_inquiries(session: Session, inquiry_ids: Collection[int]) -> set[int]:
    """Returns the ids of the raw messages that inquiries were made of."""
    found = select(InquiryEvent.raw_message_id).where(InquiryEvent.inquiry_id.in_(inquiry_ids))
    return {one for one in session.scalars(found) if one is not None}


def erase_spooled(folder: Path, needles: Collection[bytes]) -> int:
    """Deletes the waiting messages and the broken ones that mention a needle; returns how many."""
    count = 0
    for path in (path for path in folder.glob("*") if path.is_file()):
        if mentions(_content(path.read_bytes()), needles):
            path.unlink(missing_ok=True)
            count += 1
    return count


def mentions(text: bytes, needles: Collection[bytes]) -> bool:
    """True when the text has one of the needles; numbers are found in any usual writing."""
    plain, bare = text.lower(), NOT_DIGIT.sub(b"", text)
    return any(needle.lower() in plain or (needle.isdigit() and needle in bare) for needle in needles)


def _content(file: bytes) -> bytes:
    try:
        return file + readable(base64.b64decode(json.loads(file)["body"]))
    except (ValueError, KeyError, TypeError):
        return file


def _mentioning(session: Session, needles: Collection[bytes]) -> Iterator[int]:
    rows: Any = session.execute(
        select(RawMessage.id, RawMessage.body, RawMessage.request).execution_options(yield_per=BATCH)
    )
    for raw_id, body, request in rows:
        if mentions(readable(body) + json.dumps(request).encode(), needles):
            yield raw_id
