"""The log of what people changed; entries are added, never altered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from tracker.access.models import AuditEntry

COMMAND_LINE = "command line"


def record(session: Session, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
    """Adds an entry to the transaction of the change itself.

    Args:
        actor: email of the user, or `COMMAND_LINE`.
        action: noun and verb, such as `pool.change`.
        subject: key of what was changed.
        detail: JSON; never secrets.
    """
    session.add(AuditEntry(actor=actor, action=action, subject=subject, detail=dict(detail or {})))
