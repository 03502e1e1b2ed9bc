"""How well a pool serves and how large it should be: by hour of the day, by time to the call, by replayed traffic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.inquiries import curve
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease
from tracker.pools.capacity import expected_coverage, replayed_coverage, smallest_size
from tracker.pools.models import Number, Pool, PoolHour
from tracker.reports.counting import real_inquiries, real_visits

HOUR = timedelta(hours=1)
LOOKED_AT = timedelta(days=7)  # whole weeks, so that every weekday counts alike
CALLS_FROM = timedelta(days=90)
MOST_LEASES = 200_000  # of the latest are replayed; a second of work
TARGETS = (0.9, 0.95, 0.98, 0.99)

Stay = tuple[datetime, datetime]


@dataclass(frozen=True)
class DayHour:
    """One hour of the day over the days looked at.

    `usual` and `most`: numbers taken at the same time, the median and the highest of the days.
    """

    hour: int
    usual: int
    most: int
    wanted: int
    granted: int

    @property
    def coverage(self) -> float | None:
        """Share of wanted leases that were granted; None when nobody wanted one."""
        return self.granted / self.wanted if self.wanted else None


@dataclass(frozen=True)
class Size:
    """A size and the coverage it would have given: by the site's own traffic, and by the queueing model."""

    size: int
    replayed: float | None
    modelled: float | None


@dataclass(frozen=True)
class TimeToCall:
    """Calls by the time since the caller's last sign of life.

    `counts` belong to the spans between `curve.EDGES` (minutes); `within_hold` is the share of calls that came
    while the number still was the caller's.
    """

    counts: tuple[int, ...]
    within_hold: float | None


@dataclass(frozen=True)
class Health:
    """One dynamic pool over the last seven days. `ambiguous`: share of calls that fitted more than one visitor."""

    size: int
    wanted: int
    granted: int
    hours: tuple[DayHour, ...]
    sizes: tuple[Size, ...]
    recommended: int | None
    calls: int
    ambiguous: float | None
    to_call: TimeToCall


def health(session: Session, pool: Pool, zone: str, now: datetime) -> Health:
    """Everything about how a pool serves.

    Args:
        zone: IANA name of the time zone whose hours are meant.
    """
    since = now - LOOKED_AT
    served = _served(session, pool.id, since)
    leases = _leases(session, pool.id, since)
    size = _size(session, pool.id)
    stays = _demand(leases, served)
    sizes = _sizes(stays, served, size)
    called, ambiguous = _ambiguity(session, pool.id, now - CALLS_FROM)
    return Health(
        size,
        sum(hour.wanted for hour in served),
        sum(hour.granted for hour in served),
        tuple(_by_hour(leases, served, ZoneInfo(zone), since, now)),
        tuple(sizes),
        smallest_size(lambda each: replayed_coverage(stays, each), 0.98),
        called,
        ambiguous,
        _time_to_call(session, pool, now - CALLS_FROM),
    )


def _size(session: Session, pool_id: int) -> int:
    usable = (Number.pool_id == pool_id, Number.enabled, ~Number.quarantined)
    return session.scalar(select(func.count()).select_from(Number).where(*usable)) or 0


def _served(session: Session, pool_id: int, since: datetime) -> Sequence[PoolHour]:
    return session.scalars(select(PoolHour).where(PoolHour.pool_id == pool_id, PoolHour.hour >= since)).all()


def _leases(session: Session, pool_id: int, since: datetime) -> list[tuple[str, datetime, datetime]]:
    """Number, start and end of the leases, by their start; tests left out."""
    found = (
        select(Lease.number, Lease.started_at, Lease.until)
        .join(Lease.visit)
        .where(Lease.pool_id == pool_id, Lease.started_at >= since, *real_visits())
        .order_by(Lease.started_at.desc())
        .limit(MOST_LEASES)
    )
    return [(number, start, end) for number, start, end in session.execute(found)][::-1]


def _demand(leases: Sequence[tuple[str, datetime, datetime]], served: Sequence[PoolHour]) -> list[Stay]:
    """Stays as they were, and those of visitors who got nothing: spread over their hour, as long as the others'."""
    stays = [(start, end) for _number, start, end in leases]
    usual = _mean_stay(stays)
    for hour in served:
        missed = max(hour.wanted - hour.granted, 0)
        for place in range(missed):
            start = hour.hour + HOUR * (place + 0.5) / missed
            stays.append((start, start + usual))
    return sorted(stays)


def _mean_stay(stays: Sequence[Stay]) -> timedelta:
    if not stays:
        return timedelta(minutes=20)
    return sum((end - start for start, end in stays), timedelta()) / len(stays)


def _sizes(stays: Sequence[Stay], served: Sequence[PoolHour], present: int) -> list[Size]:
    """The present size, and the smallest that would have reached each target."""
    hours = [(hour.wanted, hour.wanted * (_mean_stay(stays) / HOUR)) for hour in served]
    wanted = {smallest_size(lambda each: replayed_coverage(stays, each), target) for target in TARGETS}
    return [
        Size(each, replayed_coverage(stays, each), expected_coverage(hours, each))
        for each in sorted({each for each in wanted if each} | ({present} if present and stays else set()))
    ]


def _by_hour(
    leases: Sequence[tuple[str, datetime, datetime]],
    served: Sequence[PoolHour],
    zone: ZoneInfo,
    since: datetime,
    now: datetime,
) -> Iterator[DayHour]:
    peaks: dict[int, list[int]] = defaultdict(list)
    for start, taken in _peaks(leases, since, now).items():
        peaks[start.astimezone(zone).hour].append(taken)
    wanted: Counter[int] = Counter()
    granted: Counter[int] = Counter()
    for row in served:
        wanted[row.hour.astimezone(zone).hour] += row.wanted
        granted[row.hour.astimezone(zone).hour] += row.granted
    for hour in range(24):
        known = sorted(peaks[hour]) or [0]
        yield DayHour(hour, known[len(known) // 2], known[-1], wanted[hour], granted[hour])


def _peaks(leases: Sequence[tuple[str, datetime, datetime]], since: datetime, now: datetime) -> dict[datetime, int]:
    """Beginning of every hour to the most numbers that were taken at one time in it."""
    changes = sorted(
        (at, is_start, number) for number, start, end in leases for at, is_start in ((start, True), (end, False))
    )
    held: Counter[str] = Counter()
    peaks: dict[datetime, int] = {}
    hour = since.replace(minute=0, second=0, microsecond=0)
    place = 0
    while hour < now:
        peaks[hour] = len(held)
        while place < len(changes) and changes[place][0] < hour + HOUR:
            _at, is_start, number = changes[place]
            held[number] += 1 if is_start else -1
            if not held[number]:
                del held[number]
            peaks[hour] = max(peaks[hour], len(held))
            place += 1
        hour += HOUR
    return peaks


def _time_to_call(session: Session, pool: Pool, since: datetime) -> TimeToCall:
    """From the last sign of life of whoever called to his call; a call from the page itself counts as none."""
    found = (
        select(Inquiry.id, Inquiry.at, func.max(Lease.last_beat_at), func.max(Lease.until))
        .join(Lease, (Lease.visitor_id == Inquiry.visitor_id) & (Lease.number == Inquiry.called))
        .where(
            Inquiry.site_id == pool.site_id,
            Inquiry.kind == InquiryKind.CALL,
            Inquiry.at >= since,
            *real_inquiries(),
            Lease.pool_id == pool.id,
            Lease.started_at <= Inquiry.at,
        )
        .group_by(Inquiry.id, Inquiry.at)
    )
    calls = session.execute(found).all()
    delays = [max(at - beat, timedelta()) for _id, at, beat, _until in calls]
    held = sum(at <= until for _id, at, _beat, until in calls)
    return TimeToCall(tuple(curve.counted(delays)), held / len(calls) if calls else None)


def _ambiguity(session: Session, pool_id: int, since: datetime) -> tuple[int, float | None]:
    """Calls to the pool's numbers, and the share of them that fitted more than one visitor."""
    numbers = select(Number.e164).where(Number.pool_id == pool_id)
    found = select(Inquiry.candidates).where(
        Inquiry.kind == InquiryKind.CALL, Inquiry.called.in_(numbers), Inquiry.at >= since, *real_inquiries()
    )
    candidates = session.scalars(found).all()
    known = [each for each in candidates if each]
    return len(candidates), sum(len(each) > 1 for each in known) / len(known) if known else None
