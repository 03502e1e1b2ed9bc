"""The memory of one delivery and its journal: what a provider may ask of us, and what it must tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tracker.deliveries.entities import Entity


@dataclass(frozen=True)
class JournalEntry:
    """One request that changed or asked something outside: what was sent, what came back.

    `request` and `answer` are JSON-able and redacted; `before` holds what a write replaced, None otherwise.
    """

    step: str
    method: str
    url: str
    request: object
    status: int | None
    answer: object
    before: object = None


class Progress(Protocol):
    """The memory of one delivery, kept between attempts.

    Every step has a name such as `contact`, `deal`, `note`. `begin` is recorded before the request
    that creates something, `done` after it with the remote id; a step that was begun and not done had an
    unclear outcome and is looked up by its marker before it is repeated.
    """

    def done_id(self, step: str) -> str | None:
        """The remote id of a finished step, None when it is not finished."""

    def is_unclear(self, step: str) -> bool:
        """True when an earlier attempt began this step and never learnt how it ended."""

    def begin(self, step: str) -> None:
        """Records, durably, that the request is about to be sent.

        Raises:
            OwnershipLost: another worker owns the connection now; nothing may be sent.
        """

    def done(self, step: str, remote_id: str) -> None:
        """Records the remote id, or another short text that belongs to the step, durably.

        Also without `begin`, for decisions that are taken once and kept: `person`, `plan`.
        """

    def forget(self, step: str) -> None:
        """Records that the begun request certainly did not take effect."""

    def drop(self, step: str) -> None:
        """Forgets a step altogether: what it made has been taken back."""

    def done_at(self, step: str) -> datetime | None:
        """When the step was last recorded, aware UTC; None when it never was."""

    def known_cards(self, phones: Sequence[str], emails: Sequence[str]) -> list[Entity]:
        """Cards we made or matched for one of these values, newest knowledge first."""

    def remember_card(self, card: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Adds to our own map of who is which contact, deal or lead."""

    def forget_card(self, card: Entity) -> None:
        """Drops a card that no longer exists from our map."""


Journal = Callable[[JournalEntry], None]


def boxed(value: object) -> dict[str, Any]:
    """Returns a JSON object for a column of the journal: anything else is put under `value`."""
    return value if isinstance(value, dict) else {"value": value}
