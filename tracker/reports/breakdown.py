"""Visits and inquiries by where they came from: source, channel, campaign, landing page, city.

Visits count where they are; inquiries where the attribution model gives the credit, so they may be fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Label,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from tracker.inquiries.models import Inquiry
from tracker.reports.counting import real_visits
from tracker.reports.dimensions import BOUND, NONE, OF_VISITS_ONLY, key_of_visit, of_static, of_visit
from tracker.reports.lines import Keys, Line, Question, add, facts, of_period, sums
from tracker.reports.moments import day_of
from tracker.reports.periods import Period
from tracker.reports.touches import touches
from tracker.visits.models import Visit

MERGED = ("campaign", "content", "term")  # those without one are a single line, whatever else it tells


def breakdown(session: Session, question: Question) -> list[Line]:
    """The lines of a report, those with most inquiries first."""
    lines: dict[Keys, Line] = {}

    def line(keys: Sequence[str]) -> Line:
        told = _merged(question.by, keys)
        return lines.setdefault(told, Line(told))

    width = len(question.by)
    for *keys, visitors, visits in session.execute(_visits(session, question)):
        found = line(keys)
        found.visitors, found.visits = found.visitors + visitors, found.visits + visits
    for row in session.execute(_figures(question, facts(session, question, question.period))):
        add(line(row[:width]), row[width:])
    for *keys, credit in session.execute(_inquiries(question, _bare(question, question.period.before()))):
        line(keys).before += credit
    return sorted(lines.values(), key=lambda one: (-one.inquiries, -one.visits, -one.before, one.keys))


def _merged(by: tuple[str, ...], keys: Sequence[str]) -> Keys:
    return (NONE,) * len(keys) if by[0] in MERGED and keys[0] == NONE else tuple(keys)


def visitors(session: Session, question: Question) -> int:
    """How many visitors came in the period."""
    counted = select(func.count(Visit.visitor_id.distinct())).where(*_of_visits(question))
    return session.scalar(counted) or 0


def by_day(session: Session, question: Question, period: Period) -> list[float]:
    """Inquiries for each bar of a chart of the period."""
    if question.narrowed:
        credited = _credited(question, _bare(question, period))
        moments = select(day_of(credited.c.at, period.zone).label("day"), credited.c.credit).subquery()
    else:  # each has a credit of 1 in all, whoever shares it
        one = literal(1.0).label("credit")
        moments = (
            select(day_of(Inquiry.at, period.zone).label("day"), one).where(*of_period(question, period)).subquery()
        )
    days = session.execute(select(moments.c.day, func.sum(moments.c.credit)).group_by(moments.c.day))
    return period.bars((day, credit) for day, credit in days)


def _visits(session: Session, question: Question) -> Select[*tuple[Any, ...]]:
    """Keys, visitors and visits. To count distinct ones PostgreSQL sorts all by their texts; to group, it hashes."""
    keys = [key.label(f"key{number}") for number, key in enumerate(_keys_of_visits(question.by))]
    rows = select(*keys, Visit.visitor_id).where(*_of_visits(question)).subquery()
    own = _keys(question, rows)
    if session.get_bind().dialect.name != "postgresql":
        return select(*own, func.count(rows.c.visitor_id.distinct()), func.count()).group_by(*own)
    each = select(*own, func.count().label("visits")).group_by(*own, rows.c.visitor_id).subquery()
    own = _keys(question, each)
    return select(*own, func.count(), cast(func.sum(each.c.visits), BigInteger)).group_by(*own)


def _keys_of_visits(by: tuple[str, ...]) -> list[ColumnElement[str]]:
    """As `_merged` has them, or who came by two of the merged sources would be two visitors of one line."""
    keys = [key_of_visit(name) for name in by]
    if by[0] not in MERGED:
        return keys
    return [keys[0], *(case((keys[0] == NONE, NONE), else_=key) for key in keys[1:])]


def _of_visits(question: Question) -> list[ColumnElement[bool]]:
    wanted = [Visit.started_at >= question.period.since, Visit.started_at < question.period.until, *real_visits()]
    if question.site_id is not None:
        wanted.append(Visit.site_id == question.site_id)
    return wanted + [of_visit(name, value) for name, value in question.narrowed.items()]


def _keys(question: Question, rows: Subquery) -> list[ColumnElement[str]]:
    return [rows.c[f"key{number}"] for number in range(len(question.by))]


def _figures(question: Question, found: CTE) -> Select[*tuple[Any, ...]]:
    rows = _credited(question, found, "kind", "status", "is_unique", "is_target")
    return select(*_keys(question, rows), *sums(rows.c)).group_by(*_keys(question, rows))


def _inquiries(question: Question, found: CTE) -> Select[*tuple[Any, ...]]:
    rows = _credited(question, found)
    return select(*_keys(question, rows), func.sum(rows.c.credit)).group_by(*_keys(question, rows))


def _bare(question: Question, period: Period) -> CTE:
    """The inquiries of a period, when nothing but their number is wanted."""
    return select(Inquiry.id, Inquiry.visit_id, Inquiry.at).where(*of_period(question, period)).cte("facts")


def _credited(question: Question, found: CTE, *names: str) -> Subquery:
    """Every credit with its keys; what no visit explains is credited to its static source, or to none."""
    touch, names = touches(question.model, found, partial(_told, question)), ("credit", "at", *names)
    by_visit = select(*_keys(question, touch), *(touch.c[name] for name in names)).where(*_wanted(question, touch))
    static = (_key_of_static(name).label(f"key{n}") for n, name in enumerate(question.by))
    without = (
        select(*static, literal(1.0).label("credit"), *(found.c[name] for name in names[1:]))
        .join(Inquiry, Inquiry.id == found.c.id)
        .where(found.c.visit_id.is_(None), *(of_static(name, value) for name, value in question.narrowed.items()))
    )
    return union_all(by_visit, without).subquery()


def _told(question: Question, visit: type[Visit]) -> list[Label[Any]]:
    """The keys of a visit, and whether the report is narrowed to it."""
    keys = [key_of_visit(name, visit).label(f"key{number}") for number, name in enumerate(question.by)]
    wanted = [of_visit(name, value, visit) for name, value in question.narrowed.items()]
    return [*keys, and_(*wanted).label("is_wanted")] if wanted else keys


def _wanted(question: Question, touch: Subquery) -> list[ColumnElement[bool]]:
    return [touch.c.is_wanted] if question.narrowed else []


def _key_of_static(name: str) -> ColumnElement[str]:
    if name in OF_VISITS_ONLY:
        return literal(NONE)
    if name == "channel":
        return case((Inquiry.static_source.is_not(None), BOUND), else_=NONE)
    return func.coalesce(Inquiry.static_source[f"utm_{name}"].as_string(), NONE)
