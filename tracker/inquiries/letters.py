"""Letters that we fetch or are handed by mail: how they are stored raw, and how far a mailbox has been read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.database import upsert
from tracker.inquiries.models import MailboxFolder
from tracker.inquiries.spool import Arrived
from tracker.sites.models import Connection


def arrived(
    connection: Connection,
    raw: bytes,
    received_at: datetime,
    envelope_to: Sequence[str] = (),
    is_spam: bool = False,
) -> Arrived:
    """Builds the raw message of a letter; the same letter offered again has the same key."""
    digest = hashlib.sha256(f"{connection.key}\n{sorted(envelope_to)}\n".encode() + raw).hexdigest()
    return Arrived(
        key=digest[:32],
        site_id=connection.site_id,
        connection_id=connection.id,
        entrance=connection.provider,
        received_at=received_at,
        request={"envelope_to": list(envelope_to), "is_spam": is_spam},
        body=raw,
    )


def folders(session: Session, connection_id: int) -> list[MailboxFolder]:
    """Returns how far each folder of a mailbox has been read."""
    return list(session.scalars(select(MailboxFolder).where(MailboxFolder.connection_id == connection_id)))


def keep_place(session: Session, row: MailboxFolder) -> None:
    """Writes down how far a folder has been read."""
    values = {
        "connection_id": row.connection_id,
        "folder": row.folder,
        "uidvalidity": row.uidvalidity,
        "last_uid": row.last_uid,
        "last_at": row.last_at,
    }
    upsert(session, MailboxFolder, [values], ("connection_id", "folder"), ("uidvalidity", "last_uid", "last_at"))
