"""A site's stream: what the way in appends and the worker reads. Entries are JSON, read with msgspec.

Each stream entry has two fields: `a`, what was asked (one of the four kinds below), and `d`, the decision of
the lease script. Its id is the store's time in milliseconds and a counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from tracker import clock


class View(msgspec.Struct, tag="view", tag_field="k", omit_defaults=True):
    """A page view, with everything a visit row needs, since any view may turn out to open one.

    `late_ms`: how long ago it was seen when it was sent. `ga_sessions` maps stream name to session id.
    """

    view: str
    url: str
    source: str
    medium: str
    channel: str
    named_by: str
    device: str
    title: str = ""
    late_ms: int = 0
    is_paid: bool = False
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    click_ids: dict[str, str] = {}
    referrer: str | None = None
    ip: str | None = None
    ga: str | None = None
    ga_sessions: dict[str, str] = {}
    ym: str | None = None
    fbp: str | None = None
    fbc: str | None = None
    browser: str | None = None
    os: str | None = None
    language: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    bot: str | None = None
    test: bool = False


class Beat(msgspec.Struct, tag="beat", tag_field="k", omit_defaults=True):
    """A sign of life of an open page, with the cookies that have come since its page view."""

    engaged: bool = False
    ga: str | None = None
    ga_sessions: dict[str, str] = {}
    ym: str | None = None
    fbp: str | None = None
    fbc: str | None = None


class Leave(msgspec.Struct, tag="leave", tag_field="k"):
    """The page was hidden or closed."""


class Happening(msgspec.Struct, tag="event", tag_field="k"):
    """Something the visitor did: `tel_click` with `{"number": "+7…"}`, or a name of the site's own."""

    name: str
    data: dict[str, Any]


class LeaseFact(msgspec.Struct):
    """A lease as the script left it; `since` and `until_` in Unix milliseconds as text."""

    pool: str
    number: str
    since: str
    until_: str
    shared: bool


class CoverageFact(msgspec.Struct):
    """A pool was asked for a number: `first` time in this visit or not, granted or not."""

    pool: str
    first: bool
    granted: bool
    shared: bool


class Decision(msgspec.Struct):
    """What the script decided; see leases/lua/touch.lua."""

    visitor: str
    visit: str
    new_visit: bool
    tag: str | None = None
    leases: list[LeaseFact] = []
    coverage: list[CoverageFact] = []


@dataclass(frozen=True)
class Entry:
    """One stream entry; `at` is when the store took it, aware UTC."""

    id: str
    at: datetime
    asked: View | Beat | Leave | Happening
    decision: Decision

    @cached_property
    def seen_at(self) -> datetime:
        """When it happened on the page: earlier than `at` for views sent late."""
        late_ms = self.asked.late_ms if isinstance(self.asked, View) else 0
        return self.at - timedelta(milliseconds=late_ms)


@dataclass(frozen=True)
class Poison:
    """An entry that cannot be read."""

    id: str
    at: datetime
    fields: dict[str, str]
    reason: str


_asked = msgspec.json.Decoder(View | Beat | Leave | Happening)
_decision = msgspec.json.Decoder(Decision)


def read(raw: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[Entry | Poison]:
    """Reads what XRANGE answered, in order."""
    return [_read(entry_id.decode(), fields) for entry_id, fields in raw]


def _read(entry_id: str, fields: dict[bytes, bytes]) -> Entry | Poison:
    at = time_of(entry_id)
    try:
        return Entry(entry_id, at, _asked.decode(fields[b"a"]), _decision.decode(fields[b"d"]))
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
        shown = {k.decode("utf-8", "replace"): v.decode("utf-8", "replace")[:2000] for k, v in fields.items()}
        return Poison(entry_id, at, shown, f"cannot be read: {error}")


def time_of(entry_id: str) -> datetime:
    """Returns the time in an entry's id, `1767225600000-3` -> 2026-01-01T00:00:00Z."""
    return clock.from_millis(int(entry_id.partition("-")[0]))
