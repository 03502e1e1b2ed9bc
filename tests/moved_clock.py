"""A clock that stands still until a test moves it, for the pretend CRMs."""

from __future__ import annotations

from datetime import UTC, datetime


class Clock:
    """Call it for the time, UTC; move it by `clock.at += …`."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at
