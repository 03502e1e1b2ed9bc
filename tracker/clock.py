"""The only source of time: aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Returns the current instant, aware, UTC."""
    return datetime.now(UTC)


def from_millis(millis: int) -> datetime:
    """Returns the aware UTC instant of Unix milliseconds."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def to_millis(at: datetime) -> int:
    """Returns Unix milliseconds of an aware instant."""
    return round(at.timestamp() * 1000)


def month_of(at: datetime) -> datetime:
    """Returns the first instant of an aware instant's month, UTC."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def months_earlier(at: datetime, count: int) -> datetime:
    """Returns the instant so many calendar months before; of a day that month lacks, the month's last."""
    month = months_later(month_of(at), -count)
    return min(month + (at - month_of(at)), months_later(month, 1) - timedelta(microseconds=1))


def months_later(month: datetime, count: int) -> datetime:
    """Returns the first instant of the month so many after (or, below zero, before) the one of `month`."""
    year, place = divmod(month.year * 12 + month.month - 1 + count, 12)
    return month.replace(year=year, month=place + 1)


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
