"""The call tables of an Asterisk: all there is where only SQL is allowed, and what was missed where AMI was lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent, CallStage
from tracker.providers.settings import SettingField
from tracker.providers.telephony.asterisk import cdr, cel
from tracker.providers.telephony.asterisk.context import CONTEXTS, patterns
from tracker.providers.telephony.asterisk.database import NAME, CallTable, Row, Seen, check_address, opened
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.polled import Batch, Told
from tracker.providers.telephony.zone import TIMEZONE, zone_of

OVERLAP = timedelta(hours=6)  # a row of the CDR is written at the end of the call, with the time of its start
NUMBER_OVERLAP = 1000  # rows with smaller numbers may be committed later
MOST_CALLS = 500  # in one batch

TABLE_SETTINGS = (
    SettingField(
        "database_url",
        "Address of the call tables",
        kind="secret",
        help="mysql://user:password@host/asteriskcdrdb, also postgresql:// and sqlite:///; a user who may only read.",
        check=check_address,
    ),
    SettingField("table", "Table", default="cdr", help="cdr (call records) or cel (channel events)."),
    TIMEZONE,
)


def optional(fields: Sequence[SettingField]) -> list[SettingField]:
    """Returns the same fields, none of them required."""
    return [replace(field, required=False) for field in fields]


class AsteriskTables:
    """The table `cdr` or `cel`; which of the two it is, its columns say."""

    NAME: ClassVar[str] = NAME
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (*TABLE_SETTINGS, CONTEXTS)
    EVERY: ClassVar[timedelta] = timedelta(seconds=15)

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None:
        self._settings = settings
        self._country = country
        self._zone: ZoneInfo = zone_of(settings, timezone)
        self._contexts = patterns(settings["contexts"])

    def look(self, place: Mapping[str, Any], since: datetime, now: datetime) -> Iterator[Batch]:
        """Yields the incoming calls that have new rows, and again those with rows of a little before."""
        with opened(self._settings["database_url"], self._settings["table"]) as table:
            at, key = _columns(table)
            seen = self._new(table, at, key, place, since)
            keys = list(dict.fromkeys(one.key for one in seen))
            earliest = self._earliest(seen, since)
            for start in range(0, len(keys), MOST_CALLS):
                rows = table.rows_of(
                    key, keys[start : start + MOST_CALLS], (*cdr.COLUMNS, *cel.COLUMNS), at, earliest, self._zone
                )
                told = [one for group in _grouped(rows, key) if (one := self._told(group, since)) is not None]
                is_last = start + MOST_CALLS >= len(keys)
                yield Batch(tuple(told), self._reached(seen, place) if is_last else dict(place))

    def read(self, body: bytes) -> list[CallEvent]:
        """Returns what the rows of one call say."""
        rows = [Message(row, self._country, self._zone) for row in json.loads(body)["rows"]]
        if not rows:
            raise InvalidInput("there are no rows", "rows")
        if "eventtype" in rows[0].data:
            return cel.events(rows, self._contexts)
        return cdr.events(rows, self._contexts)

    def _new(self, table: CallTable, at: str, key: str, place: Mapping[str, Any], since: datetime) -> list[Seen]:
        if isinstance(place.get("id"), int):
            return table.since(key, at, place["id"] - NUMBER_OVERLAP, since, self._zone)
        reached = datetime.fromisoformat(place["at"]) if "at" in place else since
        return table.since(key, at, None, max(reached, since) - OVERLAP, self._zone)

    def _reached(self, seen: Sequence[Seen], place: Mapping[str, Any]) -> dict[str, Any]:
        if seen and seen[-1].number is not None:
            return {"id": max(seen[-1].number, place.get("id", 0))}
        at = self._moment(seen[-1]) if seen else None
        return {"at": at.isoformat()} if at else dict(place)

    def _earliest(self, seen: Sequence[Seen], since: datetime) -> datetime:
        times = [at for one in seen if (at := self._moment(one))]
        return min(times, default=since) - OVERLAP

    def _moment(self, seen: Seen) -> datetime | None:
        if isinstance(seen.at, datetime) and seen.at.tzinfo is not None:
            return seen.at
        try:
            return Message({"at": str(seen.at)}, self._country, self._zone).at("at")
        except InvalidInput:
            return None

    def _told(self, rows: list[Row], since: datetime) -> Told | None:
        """None for calls that are not incoming, and for those that began before the connection was made.

        What cannot be read is told as well: it is kept, and shows why.
        """
        body = json.dumps({"rows": rows}, ensure_ascii=False).encode()
        try:
            events = self.read(body)
        except InvalidInput:
            return Told(_key(rows), body)
        if not events or min(event.started_at or event.at or since for event in events) < since:
            return None
        return Told(events[0].call_id, body, any(event.stage is CallStage.ENDED for event in events))


def _columns(table: CallTable) -> tuple[str, str]:
    """The columns of time and of what belongs together."""
    at = table.column("eventtime", *cdr.TIMES)
    key = table.column(*cdr.KEYS)
    if at is None or key is None or not table.columns & {"eventtype", "disposition"}:
        raise InvalidInput(
            "this is no table of calls: it needs linkedid or uniqueid, and eventtype and eventtime (cel) "
            "or disposition and calldate (cdr)",
            "settings.table",
        )
    return at, key


def _grouped(rows: Iterator[Row], key: str) -> list[list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row[key]), []).append(row)
    return list(groups.values())


def _key(rows: Sequence[Row]) -> str:
    return str(rows[0].get("linkedid") or rows[0].get("uniqueid"))
