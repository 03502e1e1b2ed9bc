"""By what reports tell visits and inquiries apart, and the journal is narrowed: keys of lines, and who has them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from tracker.inquiries.models import Inquiry
from tracker.reports.moments import hour_of, weekday_of
from tracker.visits.models import Visit

NONE = "(none)"  # in place of a value: those that have none
BOUND = "(bound)"  # in place of a channel: no visit, but a number or address that is bound to a source

COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "source": Visit.source,
    "medium": Visit.medium,
    "campaign": Visit.utm_campaign,
    "content": Visit.utm_content,
    "term": Visit.utm_term,
    "channel": Visit.channel,
    "landing": Visit.landing_path,
    "city": Visit.city,
}
MAY_LACK = ("campaign", "content", "term", "city")
OF_VISITS_ONLY = ("landing", "city")  # a bound number or address has none
OWN = ("hour", "weekday", "manager")  # of inquiries themselves


def key_of_visit(name: str, of: type[Visit] = Visit) -> ColumnElement[str]:
    """What a report groups visits by; `name` is one of `COLUMNS`, `of` is `Visit` itself, or an alias of it."""
    column: ColumnElement[str] = getattr(of, COLUMNS[name].key)
    return func.coalesce(func.nullif(column, ""), NONE) if name in MAY_LACK else column


def of_visit(name: str, value: str, of: type[Visit] = Visit) -> ColumnElement[bool]:
    """A visit came from there; see `key_of_visit`."""
    return key_of_visit(name, of) == value


def of_static(name: str, value: str) -> ColumnElement[bool]:
    """An inquiry without a visit came from there."""
    if name in OF_VISITS_ONLY:
        return true() if value == NONE else false()
    if name == "channel":
        is_bound = Inquiry.static_source.is_not(None)
        return is_bound if value == BOUND else ~is_bound if value == NONE else false()
    static: ColumnElement[str] = Inquiry.static_source[f"utm_{name}"].as_string()
    return or_(static.is_(None), static == value) if value == NONE else static == value


def key_of_own(name: str, zone: str) -> ColumnElement[Any]:
    """What a report groups calls by; `name` is one of `OWN`, `zone` that of hours and weekdays."""
    if name == "manager":
        return func.coalesce(func.nullif(Inquiry.answered_by, ""), NONE)
    key: ColumnElement[Any] = (hour_of if name == "hour" else weekday_of)(Inquiry.at, zone)
    return key


def of_own(name: str, value: str, zone: str) -> ColumnElement[bool]:
    """An inquiry began then, or was answered by him; an hour that is none has no inquiries."""
    if name == "manager":
        return key_of_own(name, zone) == value
    return key_of_own(name, zone) == int(value) if value.isascii() and value.isdigit() else false()
