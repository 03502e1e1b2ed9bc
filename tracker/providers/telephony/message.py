"""Reads the fields of one call message: numbers by the site's country, times by its zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from tracker.errors import InvalidInput
from tracker.providers import reading
from tracker.values import phone

ANONYMOUS = "anonymous"
EARLIEST, LATEST = 946_684_800, 4_102_444_800  # 2000 and 2100: what is outside is no time of a call
MICROS_FROM, MILLIS_FROM = 10**14, 10**11
CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)(?:\.\d+)?")
ENCODED_ADDRESS = re.compile(r"https?%3A", re.IGNORECASE)
ISO_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?")


@dataclass(frozen=True)
class Message:
    """One message's fields; names may be dotted paths, and of several names the first that is there counts.

    Args:
        data: as received.
        country: ISO 3166 code, reads numbers written without a country code.
        zone: reads times written without a zone.
    """

    data: Mapping[str, Any]
    country: str
    zone: ZoneInfo

    def of(self, data: Mapping[str, Any]) -> Message:
        """Returns a reader of other fields by the same country and zone."""
        return replace(self, data=data)

    def text(self, *names: str, limit: int = reading.TEXT_CHARS) -> str | None:
        """Returns a text, None when absent, null or empty."""
        return next((value for name in names if (value := reading.text(self.data, name, limit=limit))), None)

    def needed(self, *names: str) -> str:
        """Returns a text that must be there; ids are at most 200 characters.

        Raises:
            InvalidInput: it is not; `field` is the first name.
        """
        value = self.text(*names, limit=200)
        if value is None:
            raise InvalidInput(f"{names[0]} is required", names[0])
        return value

    def caller(self, *names: str) -> str | None:
        """Returns E.164, `anonymous`, or what is no phone number (an extension, a name) as written."""
        written = self.text(*names, limit=200)
        if written is None:
            return None
        return ANONYMOUS if phone.is_anonymous(written) else phone.parse(written, self.country) or written[:100]

    def number(self, *names: str) -> str | None:
        """Returns the first of these fields that is a phone number, as E.164."""
        written = [self.text(name, limit=200) for name in names]
        return next((found for text in written if text and (found := phone.parse(text, self.country))), None)

    def seconds(self, *names: str) -> int | None:
        """Returns whole seconds written as `85`, `85.4`, `00:01:25` or `PT85.4S`.

        Raises:
            InvalidInput: it is none of them.
        """
        for name in names:
            value = _scalar(self.data, name)
            if value is not None:
                return _seconds(value, name)
        return None

    def at(self, *names: str) -> datetime | None:
        """Returns a time as aware UTC; zero and empty mean that there is none.

        Numbers are seconds, milliseconds or microseconds since 1970, told apart by their size; texts are ISO 8601
        or RFC 2822, and without a zone they are read in the connection's.

        Raises:
            InvalidInput: it is no time between 2000 and 2100.
        """
        for name in names:
            value = _scalar(self.data, name)
            if value is not None and value not in ("0", "0.0", "0000-00-00 00:00:00"):
                return instant(value, self.zone, name)
        return None

    def moment(self, *names: str) -> datetime:
        """Returns a time that must be there; otherwise as `at`.

        Raises:
            InvalidInput: it is not; `field` is the first name.
        """
        at = self.at(*names)
        if at is None:
            raise InvalidInput(f"{names[0]} is required", names[0])
        return at

    def link(self, *names: str) -> str | None:
        """Returns a web address, decoded if it came percent-encoded twice; anything else gives None."""
        for name in names:
            written = self.text(name, limit=reading.URL_CHARS)
            if written is None:
                continue
            if ENCODED_ADDRESS.match(written):
                written = unquote(written)
            if written.startswith(("http://", "https://")):
                return reading.web_address({"link": written}, "link")
        return None


def instant(written: str, zone: ZoneInfo, name: str) -> datetime:
    """Reads a time; see `Message.at`.

    Raises:
        InvalidInput: it is none; `field` is `name`.
    """
    try:
        at = _epoch(written) if re.fullmatch(r"\d+(\.\d+)?", written) else _calendar(written)
        at = at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC)
        if EARLIEST <= at.timestamp() < LATEST:
            return at
    except (ValueError, OverflowError, TypeError, IndexError):
        pass
    raise InvalidInput(f"{name} is not a time: {written[:50]!r}", name)


def _epoch(written: str) -> datetime:
    number = float(written)
    for size, unit in ((MICROS_FROM, 1_000_000), (MILLIS_FROM, 1000)):
        if number >= size:
            number /= unit
            break
    return datetime.fromtimestamp(round(number, 3), UTC)


def _calendar(written: str) -> datetime:
    if reading.ISO_TIME.match(written) or re.match(r"\d{8}T\d{6}", written):
        return datetime.fromisoformat(written)
    return parsedate_to_datetime(written)


def _seconds(written: str, name: str) -> int:
    if re.fullmatch(r"\d{1,10}(\.\d+)?", written):
        return min(int(float(written)), reading.MAX_INTEGER)
    for pattern in (CLOCK, ISO_DURATION):
        found = pattern.fullmatch(written)
        if found and len(written) < 20 and any(found.groups()):
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return hours * 3600 + minutes * 60 + seconds
    raise InvalidInput(f"{name} is not a number of seconds: {written[:50]!r}", name)


def _scalar(data: Mapping[str, Any], name: str) -> str | None:
    value = reading.found(data, name)
    return reading.text_of(f"{value:.6f}" if isinstance(value, float) else value, name)
