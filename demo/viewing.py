"""A CRM card as the viewer shows it, whichever CRM it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Happening:
    """A note, call or task on a card. `kind` is note, call, task or letter."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True)
class CardView:
    """A contact, deal or lead: its filled fields by label, what happened to it (oldest first), and where it stands."""

    id: str
    kind: str
    title: str
    stage: str | None
    owner: str
    changed_at: datetime
    fields: tuple[tuple[str, str], ...]
    happenings: tuple[Happening, ...]
    linked: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
