"""Stores what happened on the site: visitors, visits, page views, events. One batch is a few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore, storable, upsert
from tracker.values import landing_url
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor, VisitorTrait
from tracker.visits.stream import Beat, Entry, Happening, View

TRAITS = ("ip", "ga", "ym", "fbp", "fbc")
LONGEST_TEXT = 2048


@dataclass(frozen=True)
class Rows:
    """What the database calls what a batch named: visitor key to id, visit key to id, visit key to its month.

    `uncounted` are keys of visits that figures leave out: tests and robots.
    """

    visitors: Mapping[str, int]
    visits: Mapping[str, int]
    months: Mapping[str, datetime]
    uncounted: frozenset[str] = frozenset()


class ForeignVisit(ValueError):
    """An entry claims a visit that belongs to another visitor."""


def store(session: Session, site_id: int, entries: Sequence[Entry]) -> Rows:
    """Stores a batch of one site; storing an entry twice changes nothing.

    Raises:
        ForeignVisit: nothing of the batch may be kept.
    """
    visitors = _visitors(session, site_id, entries)
    rows = _visits(session, site_id, entries, visitors)
    _page_views(session, entries, rows)
    _events(session, entries, rows)
    _traits(session, entries, rows)
    return rows


def _visitors(session: Session, site_id: int, entries: Sequence[Entry]) -> dict[str, int]:
    found = upsert(
        session,
        Visitor,
        [_visitor(site_id, key, of_one) for key, of_one in _grouped(entries, lambda e: e.decision.visitor).items()],
        key=("site_id", "key"),
        changes=_seen_again,
        returning=("key", "id"),
    )
    return {row.key: row.id for row in found}


def _seen_again(old: Any, new: Any) -> dict[str, Any]:
    return {
        "first_at": case((old.first_at > new.first_at, new.first_at), else_=old.first_at),
        "is_test": old.is_test | new.is_test,
        **{name: func.coalesce(new[name], old[name]) for name in ("ip", "ga_client_id", "ym_client_id")},
        **_later(old, new),
    }


def _later(old: Any, new: Any) -> dict[str, Any]:
    return {"last_at": case((old.last_at < new.last_at, new.last_at), else_=old.last_at)}


def _visitor(site_id: int, key: str, entries: Sequence[Entry]) -> dict[str, Any]:
    views = [entry.asked for entry in entries if isinstance(entry.asked, View)]
    signs = [entry.asked for entry in entries if isinstance(entry.asked, View | Beat)]
    return {
        "site_id": site_id,
        "key": key,
        "first_at": min(entry.seen_at for entry in entries),
        "last_at": max(entry.at for entry in entries),
        "ip": _last(view.ip for view in views),
        "ga_client_id": _last(sign.ga for sign in signs),
        "ym_client_id": _last(sign.ym for sign in signs),
        "is_test": any(view.test for view in views),
        "bot_reason": _last(view.bot for view in views),
    }


def _visits(session: Session, site_id: int, entries: Sequence[Entry], visitors: Mapping[str, int]) -> Rows:
    grouped = _grouped(entries, lambda e: e.decision.visit)
    found = upsert(
        session,
        Visit,
        [_new_visit(site_id, visitors, of_one) for of_one in grouped.values()],
        key=("key",),
        changes=_later,
        returning=("key", "id", "visitor_id", "started_at", "ga_client_id", "ga_sessions", "is_test", "bot_reason"),
    )
    for row in found:
        if any(visitors[entry.decision.visitor] != row.visitor_id for entry in grouped[row.key]):
            raise ForeignVisit(f"visit {row.key} belongs to another visitor")
        _complete(session, row, grouped[row.key])
    ids = {row.key: row.id for row in found}
    uncounted = frozenset(row.key for row in found if row.is_test or row.bot_reason)
    return Rows(visitors, ids, {row.key: clock.month_of(row.started_at) for row in found}, uncounted)


def _complete(session: Session, row: Row[Any], entries: Sequence[Entry]) -> None:
    """Gives a visit the Google Analytics ids that a beat brought; what its page view said stays."""
    beats = [entry.asked for entry in entries if isinstance(entry.asked, Beat)]
    if not beats:
        return
    client_id = row.ga_client_id or _last(beat.ga for beat in beats)
    sessions = {name: number for beat in reversed(beats) for name, number in beat.ga_sessions.items()}
    sessions |= row.ga_sessions
    if (client_id, sessions) != (row.ga_client_id, row.ga_sessions):
        values = {"ga_client_id": _text(client_id), "ga_sessions": sessions}
        session.execute(update(Visit).where(Visit.id == row.id).values(values))


def _new_visit(site_id: int, visitors: Mapping[str, int], entries: Sequence[Entry]) -> dict[str, Any]:
    """The row as its first page view tells it, should there be none yet."""
    entry = next((entry for entry in entries if isinstance(entry.asked, View)), entries[0])
    view = entry.asked if isinstance(entry.asked, View) else LOST
    return {
        "site_id": site_id,
        "visitor_id": visitors[entry.decision.visitor],
        "key": entry.decision.visit,
        "started_at": min(entry.seen_at for entry in entries),
        "last_at": max(entry.seen_at for entry in entries),
        "source": _text(view.source),
        "medium": _text(view.medium),
        "utm_source": _text(view.utm_source),
        "utm_medium": _text(view.utm_medium),
        "utm_campaign": _text(view.utm_campaign),
        "utm_term": _text(view.utm_term),
        "utm_content": _text(view.utm_content),
        "channel": view.channel,
        "named_by": view.named_by,
        "is_paid": view.is_paid,
        "click_ids": {name: _text(value) for name, value in view.click_ids.items()},
        "landing_page": _text(view.url),
        "landing_path": _text(_host_and_path(view.url)),
        "referrer": _text(view.referrer),
        "ip": view.ip,
        "ga_client_id": _text(view.ga),
        "ga_sessions": view.ga_sessions,
        "device": view.device,
        "browser": view.browser,
        "os": view.os,
        "language": _text(view.language),
        "country": view.country,
        "region": view.region,
        "city": view.city,
        "is_test": view.test,
        "bot_reason": view.bot,
    }


def _host_and_path(address: str) -> str:
    url = landing_url.parse(address)
    return f"{url.host}{url.path}" if address else ""


# What we know of a visit whose first page view never reached us: that it was there.
LOST = View(
    view="", url="", source="(not set)", medium="(not set)", channel="unassigned", named_by="lost", device="other"
)


def _page_views(session: Session, entries: Sequence[Entry], rows: Rows) -> None:
    insert_or_ignore(
        session,
        PageView,
        [
            {
                "visit_id": rows.visits[entry.decision.visit],
                "month": rows.months[entry.decision.visit],
                "key": entry.asked.view,
                "at": entry.seen_at,
                "url": _text(entry.asked.url),
                "title": _text(entry.asked.title),
            }
            for entry in entries
            if isinstance(entry.asked, View)
        ],
    )


def _events(session: Session, entries: Sequence[Entry], rows: Rows) -> None:
    insert_or_ignore(
        session,
        VisitEvent,
        [
            {
                "visit_id": rows.visits[entry.decision.visit],
                "month": rows.months[entry.decision.visit],
                "entry_id": entry.id,
                "at": entry.at,
                "name": storable(entry.asked.name),
                "data": entry.asked.data,
            }
            for entry in entries
            if isinstance(entry.asked, Happening)
        ],
    )


def _traits(session: Session, entries: Sequence[Entry], rows: Rows) -> None:
    """Remembers every value a visitor showed; the last sighting of a known one moves forward."""
    shown: dict[tuple[int, str, str], Entry] = {}
    for entry in entries:
        if isinstance(entry.asked, View | Beat):
            for kind in TRAITS:
                if value := _text(getattr(entry.asked, kind, None)):
                    shown[rows.visitors[entry.decision.visitor], kind, value] = entry
    upsert(
        session,
        VisitorTrait,
        [
            {"visitor_id": visitor, "kind": kind, "value": value, "first_at": e.seen_at, "last_at": e.seen_at}
            for (visitor, kind, value), e in shown.items()
        ],
        key=("visitor_id", "kind", "value"),
        changes=_later,
    )


def _grouped(entries: Iterable[Entry], name: Callable[[Entry], str]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(name(entry), []).append(entry)
    return groups


def _last(values: Iterable[str | None]) -> str | None:
    """The last one that is known."""
    return next(reversed([value for value in values if value]), None)


def _text(value: str | None) -> str | None:
    return storable(value)[:LONGEST_TEXT] if value is not None else None
