"""Reports as bars, each with its way to the inquiries that it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tracker.reports import breakdown
from tracker.reports.lines import Line, Question
from tracker.reports.periods import Period
from tracker.web.admin.report_tables import CALL, named
from tracker.web.admin.showing import day_and_year, short_day

Behind = Mapping[str, str | date]


@dataclass(frozen=True)
class Bar:
    """One figure, and the same one of the period before; filters of the journal show what is behind either."""

    label: str
    now: float
    before: float
    behind: Behind
    behind_before: Behind


@dataclass(frozen=True)
class Chart:
    """Bars of the period, and the period before as a line over them."""

    bars: Sequence[Bar]

    @property
    def top(self) -> float:
        return max([1.0, *(max(bar.now, bar.before) for bar in self.bars)])


def over_time(session: Session, question: Question) -> Chart:
    """Inquiries by days, or by as many days as the period asks for."""
    period, before = question.period, question.period.before()
    now, then = (breakdown.by_day(session, question, one) for one in (period, before))
    say = short_day if period.first.year == period.last.year else day_and_year
    labels = [say(start) for start in period.bar_starts()]
    return Chart([Bar(*bar) for bar in zip(labels, now, then, _days(period), _days(before), strict=True)])


def _days(period: Period) -> list[Behind]:
    return [{"since": bar.first, "until": bar.last} for bar in period.every_bar()]


def of_lines(question: Question, lines: Sequence[Line]) -> Chart:
    """Calls by the values of one dimension."""
    [name], before = question.by, question.period.before()
    then = {"since": before.first, "until": before.last}
    bars = []
    for line in lines:
        behind = {**CALL, name: line.keys[0]}
        bars.append(Bar(named(name, line.keys[0]), line.calls, line.before, behind, {**behind, **then}))
    return Chart(bars)
