"""A line of a report: its figures, and how they are added up in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.reports import quality
from tracker.reports.counting import LOST, real_inquiries
from tracker.reports.periods import Period
from tracker.reports.touches import Model

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What a report is asked.

    Args:
        by: the dimensions of a line, names of `dimensions.COLUMNS` or `dimensions.OWN`.
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
    unique: float = 0.0
    target: float = 0.0
    calls: float = 0.0
    missed: float = 0.0
    letters: float = 0.0
    others: float = 0.0
    before: float = 0.0

    @property
    def conversion(self) -> float | None:
        """Inquiries for each visit."""
        return self.inquiries / self.visits if self.visits else None


FIGURES = ("inquiries", "unique", "target", "calls", "missed", "letters", "others")


def facts(
    session: Session,
    question: Question,
    period: Period,
    *more: Any,
    only: Sequence[ColumnElement[bool]] = (),
) -> CTE:
    """The inquiries that count in a period: id, visit_id, at, kind, status, is_unique, is_target, and `more`.

    Args:
        more: columns or expressions of `Inquiry`.
        only: further conditions on `Inquiry`.
    """
    defined = quality.definitions(session)
    known = (Inquiry.id, Inquiry.visit_id, Inquiry.at, Inquiry.kind, Inquiry.status)
    judged = (quality.is_unique(defined).label("is_unique"), quality.is_target(defined).label("is_target"))
    return select(*known, *judged, *more).where(*of_period(question, period), *only).cte("facts")


def of_period(question: Question, period: Period) -> list[ColumnElement[bool]]:
    """What keeps inquiries to a period and to the site of a question."""
    wanted = [Inquiry.at >= period.since, Inquiry.at < period.until, *real_inquiries()]
    return [*wanted, Inquiry.site_id == question.site_id] if question.site_id is not None else wanted


def sums(rows: Any) -> list[ColumnElement[float]]:
    """What `FIGURES` are of rows with the columns of `facts` and a `credit`, in the same order."""
    is_call, is_letter = rows.kind == InquiryKind.CALL, rows.kind == InquiryKind.EMAIL
    which = (
        true(),
        rows.is_unique,
        rows.is_target,
        is_call,
        and_(is_call, rows.status.in_(LOST)),
        is_letter,
        ~or_(is_call, is_letter),
    )
    return [func.sum(case((each, rows.credit), else_=0.0)) for each in which]


def add(line: Line, figures: Sequence[float]) -> None:
    """Adds figures, in the order of `FIGURES`, to a line."""
    for name, figure in zip(FIGURES, figures, strict=True):
        setattr(line, name, getattr(line, name) + figure)


def total(lines: Sequence[Line], visitors: int) -> Line:
    """All lines together; a visitor who came from two sources is one, so the number of visitors is asked apart."""
    names = ("visits", "before", *FIGURES)
    return Line((), visitors, **{name: sum(getattr(line, name) for line in lines) for name in names})
