"""Stores what happened on the site: visitors, visits, page views, events. One batch is a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from tracker.database import insert_or_ignore, storable
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor, VisitorTrait
from tracker.visits.stream import Entry, Happening, View

TRAITS = ("ip", "ga", "ym", "fbp", "fbc")
LONGEST_TEXT = 2048


@dataclass(frozen=True)
class Rows:
    """Database ids of what a batch named: visitor key to id, visit key to id."""

    visitors: Mapping[str, int]
    visits: Mapping[str, int]


class ForeignVisit(ValueError):
    """An entry claims a visit that belongs to another visitor."""


def store(session: Session, site_id: int, entries: Sequence[Entry]) -> Rows:
    """Stores a batch of one site; storing an entry twice changes nothing.

    Raises:
        ForeignVisit: nothing of the batch may be kept.
    """
    visitors = _visitors(session, site_id, entries)
    rows = Rows(visitors, _visits(session, site_id, entries, visitors))
    _page_views(session, entries, rows)
    _events(session, entries, rows)
    _traits(session, entries, rows)
    return rows


def _visitors(session: Session, site_id: int, entries: Sequence[Entry]) -> dict[str, int]:
    latest = _latest(entries, lambda entry: entry.decision.visitor)
    insert_or_ignore(session, Visitor, [_new_visitor(site_id, key, entry) for key, entry in latest.items()])
    ids = dict(
        session.execute(select(Visitor.key, Visitor.id).where(Visitor.site_id == site_id, Visitor.key.in_(latest)))
        
        .all()
    )
    views = _latest((e for e in entries if isinstance(e.asked, View)), lambda entry: entry.decision.visitor)
    for key, entry in latest.items():
        view = views[key].asked if key in views else None
        session.execute(_visitor_change(ids[key], entry.at, view if isinstance(view, View) else None))
    return ids


def _new_visitor(site_id: int, key: str, entry: Entry) -> dict[str, Any]:
    view = entry.asked if isinstance(entry.asked, View) else None
    return {
        "site_id": site_id,
        "key": key,
        "first_at": entry.seen_at,
        "last_at": entry.at,
        "is_test": bool(view and view.test),
        "bot_reason": view.bot if view else None,
    }


def _visitor_change(visitor_id: int, at: datetime, view: View | None) -> Any:
    change: dict[str, Any] = {"last_at": _later(Visitor.last_at, at)}
    if view is not None:
        shown = {"ip": view.ip, "ga_client_id": view.ga, "ym_client_id": view.ym}
        change |= {name: value for name, value in shown.items() if value}
        change["is_test"] = Visitor.is_test | view.test
    return update(Visitor).where(Visitor.id == visitor_id).values(change)


def _visits(session: Session, site_id: int, entries: Sequence[Entry], visitors: Mapping[str, int]) -> dict[str, int]:
    first: dict[str, Entry] = {}
    for entry in entries:
        key = entry.decision.visit
        if key not in first or (isinstance(entry.asked, View) and not isinstance(first[key].asked, View)):
            first[key] = entry
    insert_or_ignore(session, Visit, [_new_visit(site_id, visitors, entry) for entry in first.values()])
    found = session.execute(select(Visit.key, Visit.id, Visit.visitor_id).where(Visit.key.in_(first))).all()
    for key, _, visitor_id in found:
        if visitor_id != visitors[first[key].decision.visitor]:
            raise ForeignVisit(f"visit {key} belongs to another visitor")
    ids = {key: visit_id for key, visit_id, _ in found}
    latest = _latest(entries, lambda entry: entry.decision.visit)
    session.connection().execute(
        update(Visit.__table__)  # type: ignore[arg-type]  # a mapped class has a Table
        .where(Visit.id == bindparam("visit"))
        .values(last_at=_later(Visit.last_at, bindparam("seen", type_=Visit.last_at.type))),
        [{"visit": ids[key], "seen": entry.seen_at} for key, entry in latest.items()],
    )
    return ids


def _new_visit(site_id: int, visitors: Mapping[str, int], entry: Entry) -> dict[str, Any]:
    view = entry.asked if isinstance(entry.asked, View) else LOST
    return {
        "site_id": site_id,
        "visitor_id": visitors[entry.decision.visitor],
        "key": entry.decision.visit,
        "started_at": entry.seen_at,
        "last_at": entry.seen_at,
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
    session.add_all(
        VisitEvent(
            visit_id=rows.visits[entry.decision.visit],
            at=entry.at,
            name=storable(entry.asked.name),
            data=entry.asked.data,
        )
        for entry in entries
        if isinstance(entry.asked, Happening)
    )
    session.flush()


def _traits(session: Session, entries: Sequence[Entry], rows: Rows) -> None:
    """Remembers every value a visitor showed; the last sighting of a known one moves forward."""
    shown: dict[tuple[int, str, str], Entry] = {}
    for entry in entries:
        if isinstance(entry.asked, View):
            for kind in TRAITS:
                if value := _text(getattr(entry.asked, kind)):
                    shown[rows.visitors[entry.decision.visitor], kind, value] = entry
    insert_or_ignore(
        session,
        VisitorTrait,
        [
            {"visitor_id": visitor, "kind": kind, "value": value, "first_at": e.seen_at, "last_at": e.seen_at}
            for (visitor, kind, value), e in shown.items()
        ],
    )
    for (visitor, kind, value), entry in shown.items():
        same = (VisitorTrait.visitor_id == visitor, VisitorTrait.kind == kind, VisitorTrait.value == value)
        session.execute(
            update(VisitorTrait).where(*same, VisitorTrait.last_at < entry.seen_at).values(last_at=entry.seen_at)
        )


def _latest(entries: Iterable[Entry], name: Any) -> dict[str, Entry]:
    return {name(entry): entry for entry in entries}


def _later(column: Any, at: Any) -> Any:
    return case((column < at, at), else_=column)


def _text(value: str | None) -> str | None:
    return storable(value)[:LONGEST_TEXT] if value is not None else None
