"""What every telephony source that we ask, instead of being called by it, can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from tracker.inquiries.events import CallEvent
from tracker.providers.settings import SettingField


@dataclass(frozen=True)
class Told:
    """What the source says of one call now; told again in other words when it has learnt more.

    `body` is kept raw and read by `read`; the same state of the call is always the same bytes.
    """

    call_id: str
    body: bytes
    is_over: bool = True


@dataclass(frozen=True)
class Batch:
    """Calls, and the place to go on from once they are stored: a JSON object in the source's own words."""

    told: tuple[Told, ...]
    place: Mapping[str, Any]


class PolledProvider(Protocol):
    """One account or table that is looked at again and again.

    Args:
        settings: the connection's settings, complete (see `read_settings`).
        country: ISO 3166 code of the site; reads numbers written without a country code.
        timezone: IANA name of the site's zone; reads times written without a zone.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]]
    EVERY: ClassVar[timedelta]  # how often it is looked at

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None: ...

    def look(self, place: Mapping[str, Any], since: datetime, now: datetime) -> Iterator[Batch]:
        """Yields what is new, and some of what was seen before: the caller leaves out what he knows.

        Args:
            place: of the last batch that was stored; empty at the first look.
            since: aware UTC; calls that began before it are not wanted.

        Raises:
            AccessLost: the source refuses us; it is not asked again before an administrator has looked.
            ProviderError: it does not answer, or not in a way we know.
        """

    def read(self, body: bytes) -> list[CallEvent]:
        """Returns the events of one `Told.body`.

        Raises:
            InvalidInput: it cannot be understood; it stays stored and can be replayed.
        """
