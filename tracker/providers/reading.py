"""Reads foreign JSON: small typed readers that name the field they could not understand.

Names are dotted paths (`call.from`), used both to find the value and to name it in the error. An absent
field, null and an empty text mean the same: the reader returns None, or refuses when `required`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tracker.errors import InvalidInput

TEXT_CHARS = 500  # longer ids, numbers and names are not what they claim to be
URL_CHARS = 2000
MAX_INTEGER = 2**31 - 1  # what an integer column of both databases holds

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 refuses lone surrogates

ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")  # a date alone is no instant

Choice = TypeVar("Choice", bound=StrEnum)


def text(data: Mapping[str, Any], name: str, *, required: bool = False, limit: int = TEXT_CHARS) -> str | None:
    """Returns a text without surrounding blanks; a number is taken as its digits (ids often are numbers).

    Raises:
        InvalidInput: missing though required, of another type, or longer than `limit` characters.
    """
    return text_of(found(data, name), name, required=required, limit=limit)


def text_of(value: Any, name: str, *, required: bool = False, limit: int = TEXT_CHARS) -> str | None:
    """Reads a value that was found already; otherwise as `text`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**40 else value
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{name} must be a text", name)
    cleaned = UNSTORABLE.sub("", value or "").strip()
    if required and not cleaned:
        raise InvalidInput(f"{name} is required", name)
    if len(cleaned) > limit:
        raise InvalidInput(f"{name} is longer than {limit} characters", name)
    return cleaned or None


def needed(data: Mapping[str, Any], name: str, *, limit: int = TEXT_CHARS) -> str:
    """Returns a text that must be there; otherwise as `text`."""
    return text(data, name, required=True, limit=limit) or ""


def integer(data: Mapping[str, Any], name: str, *, required: bool = False) -> int | None:
    """Returns a whole number from 0 to 2147483647, also when it comes as `95.0` or `"95"`.

    Raises:
        InvalidInput: missing though required, not a whole number, or out of range.
    """
    value = found(data, name)
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        if required:
            raise InvalidInput(f"{name} is required", name)
        return None
    number = _whole(value)
    if number is None or not 0 <= number <= MAX_INTEGER:
        raise InvalidInput(f"{name} must be a whole number from 0 to {MAX_INTEGER}", name)
    return number


def instant(
    data: Mapping[str, Any], name: str, *, required: bool = False, zone: ZoneInfo | None = None
) -> datetime | None:
    """Returns an ISO 8601 time as aware UTC; a time without a zone is read in `zone`.

    Raises:
        InvalidInput: missing though required, not ISO 8601, or without a zone when `zone` is None.
    """
    value = text(data, name, required=required)
    if value is None:
        return None
    try:
        if not ISO_TIME.match(value):
            raise ValueError
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=at.tzinfo or zone)
        if at.tzinfo is None:
            raise InvalidInput(f"{name} needs a zone, for example 2026-01-01T12:00:00Z", name)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{name} is not a time such as 2026-01-01T12:00:00Z", name)


def choice(data: Mapping[str, Any], name: str, choices: tuple[Choice, ...], *, required: bool = False) -> Choice | None:
    """Returns one of the given enum members, compared without regard to case.

    Raises:
        InvalidInput: missing though required, or another word; the message lists the known ones.
    """
    value = text(data, name, required=required)
    for member in choices:
        if value is not None and value.lower() == member.value:
            return member
    if value is None:
        return None
    raise InvalidInput(f"{name} is {value[:50]!r}; known: {', '.join(choices)}", name)


def web_address(data: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    """Returns a full http or https address.

    Raises:
        InvalidInput: missing though required, or not such an address.
    """
    value = text(data, name, required=required, limit=URL_CHARS)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        raise InvalidInput(f"{name} is not a web address", name)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"{name} must begin with http:// or https:// and name a host", name)
    return value


def found(data: Mapping[str, Any], name: str) -> Any:
    """Returns the value at a dotted path, None when a step is absent.

    Raises:
        InvalidInput: something on the way is no object.
    """
    value: Any = data
    walked: list[str] = []
    for key in name.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise InvalidInput(f"{'.'.join(walked)} must be an object", ".".join(walked))
        value = value.get(key)
        walked.append(key)
    return value


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    return None
