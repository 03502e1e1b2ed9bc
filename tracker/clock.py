"""The only source of time: aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Returns the current instant, aware, UTC."""
    return datetime.now(UTC)


def from_millis(millis: int) -> datetime:
    """Returns the aware UTC instant of Unix milliseconds."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def to_millis(at: datetime) -> int:
    """Returns Unix milliseconds of an aware instant."""
    return round(at.timestamp() * 1000)


def parse(text: str) -> datetime:
    """Reads ISO 8601 with zone, e.g. `2026-01-01T12:00:00Z`, into aware UTC.

    Raises:
        ValueError: not ISO 8601, or without a zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time needs a zone, for example 2026-01-01T12:00:00Z")
    return at.astimezone(UTC)


def to_iso(at: datetime) -> str:
    """Writes an aware instant as `2026-01-01T12:00:00Z` (milliseconds only when there are any)."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond >= 1000 else "seconds")
    return text.replace("+00:00", "Z")
