"""What a search in the journal looks through: one lower-case text an inquiry; SQLite's LIKE folds ASCII only."""

from __future__ import annotations

from typing import Any

from tracker.inquiries.models import Inquiry

LONGEST = 4000  # characters; a long letter says what it is about at its beginning


def haystack(inquiry: Inquiry) -> str:
    """The name, phones, addresses, subject, text and fields of an inquiry in lower case, line by line."""
    parts = [inquiry.name, *inquiry.phones, *inquiry.emails, inquiry.answered_by, inquiry.external_id, inquiry.subject]
    parts += [*_values(inquiry.fields), inquiry.text]
    return "\n".join(str(part) for part in parts if part).lower()[:LONGEST]


def _values(fields: dict[str, Any]) -> list[str]:
    return [str(value) for value in fields.values() if isinstance(value, str | int | float)]
