"""Visits and inquiries by where they came from: source, channel, campaign, landing page.

Visits count where they are; inquiries where the attribution model gives the credit, so they may be fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.reports.counting import real_inquiries, real_visits
from tracker.reports.filtering import BOUND, COLUMNS, NONE, of_static, of_visit
from tracker.reports.periods import Period
from tracker.reports.touches import Model, touches
from tracker.visits.models import Visit

LOST = (CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What a report is asked.

    Args:
        by: the dimensions of a line, names of `filtering.COLUMNS`.
        site_id: None takes all sites together.
        narrowed: dimension to the one value of interest.
    """

    by: tuple[str, ...]
    period: Period
    model: Model = Model.LAST_NON_DIRECT
    site_id: int | None = None
    narrowed: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Line:
    """Figures of one source, or of whatever the report is by; `before` are the inquiries of the period before."""

    keys: Keys
    visitors: int = 0
    visits: int = 0
    inquiries: float = 0.0
    calls: float = 0.0
    missed: float = 0.0
    letters: float = 0.0
    others: float = 0.0
    before: float = 0.0

    @property
    def conversion(self) -> float | None:
        """Inquiries for each visit."""
        return self.inquiries / self.visits if self.visits else None


def breakdown(session: Session, question: Question) -> list[Line]:
    """The lines of a report, those with most inquiries first."""
    lines: dict[Keys, Line] = {}

    def line(keys: Sequence[str]) -> Line:
        told = _merged(question.by, keys)
        return lines.setdefault(told, Line(told))

    for *keys, visitors, visits in session.execute(_visits(question)):
        found = line(keys)
        found.visitors, found.visits = found.visitors + visitors, found.visits + visits
    for *keys, kind, status, credit in session.execute(_inquiries(question, question.period)):
        add(line(keys), kind, status, credit)
    for *keys, _kind, _status, credit in session.execute(_inquiries(question, question.period.before())):
        line(keys).before += credit
    return sorted(lines.values(), key=lambda one: (-one.inquiries, -one.visits, -one.before, one.keys))


def _merged(by: tuple[str, ...], keys: Sequence[str]) -> Keys:
    """What has no campaign is one line, whatever its source."""
    return (NONE,) * len(keys) if by[0] == "campaign" and keys[0] == NONE else tuple(keys)


def add(line: Line, kind: InquiryKind, status: CallStatus | None, credit: float) -> None:
    """Adds inquiries of one kind and outcome to a line."""
    line.inquiries += credit
    if kind == InquiryKind.CALL:
        line.calls += credit
        line.missed += credit if status in LOST else 0
    elif kind == InquiryKind.EMAIL:
        line.letters += credit
    else:
        line.others += credit


def total(lines: Sequence[Line], visitors: int) -> Line:
    """All lines together; a visitor who came from two sources is one, so the number of visitors is asked apart."""
    names = ("visits", "inquiries", "calls", "missed", "letters", "others", "before")
    return Line((), visitors, **{name: sum(getattr(line, name) for line in lines) for name in names})


def visitors(session: Session, question: Question) -> int:
    """How many visitors came in the period."""
    counted = select(func.count(Visit.visitor_id.distinct())).where(*_of_visits(question))
    return session.scalar(counted) or 0


def by_day(session: Session, question: Question, period: Period) -> list[float]:
    """Inquiries for each bar of a chart of the period."""
    if not question.narrowed:  # each has a credit of 1 in all, whoever shares it
        moments = session.scalars(select(Inquiry.at).where(*_of_inquiries(question, period)))
        return period.bars((at, 1.0) for at in moments)
    credited = _credited(question, period)
    credits = session.execute(select(credited.c.at, credited.c.credit))
    return period.bars((at, credit) for at, credit in credits)


def _of_inquiries(question: Question, period: Period) -> list[ColumnElement[bool]]:
    wanted = [Inquiry.at >= period.since, Inquiry.at < period.until, *real_inquiries()]
    return [*wanted, Inquiry.site_id == question.site_id] if question.site_id is not None else wanted


def _visits(question: Question) -> Select[Any]:
    keys = [func.coalesce(COLUMNS[name], NONE) for name in question.by]
    labelled = [key.label(f"key{number}") for number, key in enumerate(keys)]
    rows = select(*labelled, Visit.visitor_id).where(*_of_visits(question)).subquery()
    own = [rows.c[f"key{number}"] for number in range(len(keys))]
    return select(*own, func.count(rows.c.visitor_id.distinct()), func.count()).group_by(*own)


def _of_visits(question: Question) -> list[ColumnElement[bool]]:
    wanted = [Visit.started_at >= question.period.since, Visit.started_at < question.period.until, *real_visits()]
    if question.site_id is not None:
        wanted.append(Visit.site_id == question.site_id)
    return wanted + [of_visit(name, value) for name, value in question.narrowed.items()]


def _inquiries(question: Question, period: Period) -> Select[Any]:
    rows = _credited(question, period)
    own = [rows.c[f"key{number}"] for number in range(len(question.by))] + [rows.c.kind, rows.c.status]
    return select(*own, func.sum(rows.c.credit)).group_by(*own)


def _credited(question: Question, period: Period) -> Subquery:
    """Every credit of the period with its keys; what no visit explains is credited to its static source, or to none."""
    wanted = _of_inquiries(question, period)
    touch = touches(question.model, *wanted)
    facts = (Inquiry.kind, Inquiry.status, Inquiry.at)
    by_visit = (
        select(*(_key_of_visit(name, n) for n, name in enumerate(question.by)), *facts, touch.c.credit)
        .join(Inquiry, Inquiry.id == touch.c.inquiry_id)
        .join(Visit, Visit.id == touch.c.visit_id)
        .where(and_(True, *(of_visit(name, value) for name, value in question.narrowed.items())))
    )
    without = select(
        *(_key_of_static(name, n) for n, name in enumerate(question.by)), *facts, literal(1.0).label("credit")
    ).where(Inquiry.visit_id.is_(None), *wanted, *(of_static(name, value) for name, value in question.narrowed.items()))
    return union_all(by_visit, without).subquery()


def _key_of_visit(name: str, number: int) -> ColumnElement[str]:
    return func.coalesce(COLUMNS[name], NONE).label(f"key{number}")


def _key_of_static(name: str, number: int) -> ColumnElement[str]:
    label = f"key{number}"
    if name == "landing":
        return literal(NONE).label(label)
    if name == "channel":
        return case((Inquiry.static_source.is_not(None), BOUND), else_=NONE).label(label)
    return func.coalesce(Inquiry.static_source[f"utm_{name}"].as_string(), NONE).label(label)
