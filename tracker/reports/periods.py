"""The stretch of time a report is about, in whole days of the reader's zone, and the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
MOST_BARS = 62  # of a chart; beyond that each stands for a week, and beyond that for thirty days


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included, in an IANA zone."""

    first: date
    last: date
    zone: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        """When the first day begins, aware UTC."""
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When the last day is over, aware UTC; not part of the period."""
        return _midnight(self.last + DAY, self.zone)

    def before(self) -> Period:
        """As many days right before it."""
        return Period(self.first - self.days * DAY, self.first - DAY, self.zone)

    @property
    def days_a_bar(self) -> int:
        """How many days one bar of a chart stands for."""
        return next(step for step in (1, 7, 30, 365) if self.days <= MOST_BARS * step or step == 365)

    def bars(self, amounts: Iterable[tuple[int, float]]) -> list[float]:
        """Adds up amounts in the bars of a chart.

        Args:
            amounts: the day, within the period and counted from 1970-01-01, and how much.
        """
        first, step = (self.first - EPOCH).days, self.days_a_bar
        sums = [0.0] * (-(-self.days // step))
        for day, amount in amounts:
            sums[(day - first) // step] += amount
        return sums

    def bar_starts(self) -> list[date]:
        """The first day of each bar."""
        return [self.first + number * DAY for number in range(0, self.days, self.days_a_bar)]

    def every_bar(self) -> list[Period]:
        """The days of each bar; those of the last one may be fewer."""
        rest = (self.days_a_bar - 1) * DAY
        return [Period(start, min(start + rest, self.last), self.zone) for start in self.bar_starts()]


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
