"""What speaks for and against a candidate. Each signal is one factor of his weight, named as it is shown and stored.

A weight says how likely a call from him would look just like this one: 1.0 for one who is active right now and of
whom nothing else is known. `bench/attribution` measures the constants; decision 0006 tells why weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.inquiries.curve import PRIOR, Curve

LOOK_BACK = timedelta(days=30)
CLOCK_SKEW = timedelta(seconds=5)  # a PBX may be that much ahead of us
TAP_WINDOW = timedelta(minutes=30)
LOOKING = timedelta(minutes=1)  # since the last beat, of which there is one in 45 seconds
TAP_TO_RING = timedelta(minutes=1)  # a telephone dials at once when a number is tapped

DIALLED = 60.0  # he tapped or copied this very number within the minute before
TAPPED = 8.0  # he did so within half an hour
NOT_TAPPED = 0.5  # he looks at it on a telephone, whose owners tap rather than dial
LINKED = 1000.0  # the caller is known to be this visitor's person
REMEMBERED = 1000.0  # this caller, dialling this number, was he the last time; scaled by how likely that was
SOMEBODY_ELSE = 0.3  # he is known by another telephone; people have a second one
CALLED_ALREADY = 0.5  # for each other caller whom this lease has brought: he called, or lent the number to none
SAME_REGION, OTHER_REGION = 2.0, 0.6  # region of the caller's number and city of the visit; travellers are many
SAME_KIND, OTHER_KIND = 1.2, 0.8  # mobile number and telephone, landline and desktop; a weak hint
REDIAL = 0.01  # level of somebody who called a moment ago: the number stands in his telephone
REDIAL_SCALE = timedelta(hours=24)  # by then he is half as likely to call once more
NIGHT = (22, 8)  # local hours at which nobody calls a company,
NIGHT_PACE = 0.25  # so that time passes at this pace
DAY = timedelta(days=1)
WAKING_DAY = timedelta(hours=(NIGHT[0] - NIGHT[1]) * (1 - NIGHT_PACE) + 24 * NIGHT_PACE)

STALE_AFTER = timedelta(days=1)
MANY_CALLERS = 3


class Mark(StrEnum):
    """What makes a match worth a second look, or explains it."""

    MANY_CALLERS = "many_callers"  # three or more people called while one visitor held the number
    STALE = "stale"  # his last sign of life is more than a day old
    SHARED = "shared"  # others held the number at the same time
    REMEMBERED = "remembered"  # the caller is remembered from an earlier call to this number
    SAME_DEVICE = "same_device"  # remembered under another visitor with the same address and device


@dataclass(frozen=True)
class Candidate:
    """Somebody who held the dialled number before the call began.

    Args:
        tapped_at: when he last tapped or copied this number, None if never.
        is_linked: the caller's phone already belongs to his person.
        is_somebody_else: he is a known person, and the caller's phone is not his.
        remembered: how likely the latest call of this caller to this number was his, 0..1.
        remembered_at: when that call was.
        is_same_device: the memory is of another visitor with his address and device.
        other_callers: how many others called the number during his lease, before this call.
        is_shared: others held the number at the same time.
        is_on_telephone: he sees the number where a tap dials it.
        fits_region, fits_kind: whether his city and device go with the caller's number; None when nobody knows.
    """

    visitor: str
    visit: str
    started_at: datetime
    last_beat_at: datetime
    until: datetime
    is_shared: bool = False
    tapped_at: datetime | None = None
    is_linked: bool = False
    is_somebody_else: bool = False
    remembered: float = 0.0
    remembered_at: datetime | None = None
    is_same_device: bool = False
    other_callers: int = 0
    is_on_telephone: bool = False
    fits_region: bool | None = None
    fits_kind: bool | None = None

    @property
    def was_likely(self) -> bool:
        """True when the memory speaks for him rather than for anybody else."""
        return self.remembered >= 0.5

    def holds(self, at: datetime) -> bool:
        """True when he held the number at that instant."""
        return self.started_at - CLOCK_SKEW <= at < self.until


@dataclass(frozen=True)
class Rules:
    """What weighing takes from the site: its curve and its zone (IANA name)."""

    curve: Curve = PRIOR
    timezone: str = "UTC"


def factors(candidate: Candidate, at: datetime, rules: Rules) -> dict[str, float]:
    """Returns the signals about a candidate with their factors; the weight is their product."""
    found = {
        "time": _time(candidate, at, rules),
        "tap": _tap(candidate, at),
        "caller": _caller(candidate),
        "other_callers": CALLED_ALREADY**candidate.other_callers,
        "region": _fit(candidate.fits_region, SAME_REGION, OTHER_REGION),
        "device": _fit(candidate.fits_kind, SAME_KIND, OTHER_KIND),
    }
    return {name: value for name, value in found.items() if name == "time" or value != 1.0}


def marks(candidate: Candidate, at: datetime) -> list[Mark]:
    """Returns what should be shown beside a match with this candidate."""
    found = {
        Mark.MANY_CALLERS: candidate.other_callers + 1 >= MANY_CALLERS,
        Mark.STALE: at - candidate.last_beat_at > STALE_AFTER,
        Mark.SHARED: candidate.is_shared,
        Mark.REMEMBERED: candidate.was_likely and not candidate.is_same_device,
        Mark.SAME_DEVICE: candidate.was_likely and candidate.is_same_device,
    }
    return [mark for mark, holds in found.items() if holds]


def waking(start: datetime, end: datetime, timezone: str) -> timedelta:
    """Returns the time between two instants as callers feel it: the hours of the night count a quarter."""
    zone = ZoneInfo(timezone)
    whole = max((end - start) // DAY, 0)
    passed, now = whole * WAKING_DAY, (start + whole * DAY).astimezone(zone)
    end = end.astimezone(zone)
    while now < end:
        is_night = now.hour >= NIGHT[0] or now.hour < NIGHT[1]
        change = now.replace(hour=NIGHT[1] if is_night else NIGHT[0], minute=0, second=0, microsecond=0)
        change = change if change > now else change + timedelta(days=1)
        step = min(change, end) - now
        passed, now = passed + step * (NIGHT_PACE if is_night else 1.0), min(change, end)
    return passed


def _time(candidate: Candidate, at: datetime, rules: Rules) -> float:
    value = rules.curve.density(waking(candidate.last_beat_at, at, rules.timezone))
    if candidate.remembered and candidate.remembered_at:
        value = max(value, _redial(at - candidate.remembered_at))
    return value


def again(weight: float, share: float, since: timedelta) -> float:
    """Returns the weight of nobody for a caller of whom there is a memory.

    Args:
        weight: what it would be without.
        share: how likely he was nobody the last time.
        since: how long ago that was.
    """
    return max(weight, _redial(since)) * _tie(share) if share else weight


def _redial(since: timedelta) -> float:
    return REDIAL / (1 + max(since, timedelta(0)) / REDIAL_SCALE)


def _tie(share: float) -> float:
    """The same telephone as the last time: whoever was likely then is so now, in the same proportion."""
    return 1 + share * (REMEMBERED - 1)


def _tap(candidate: Candidate, at: datetime) -> float:
    since = at - candidate.tapped_at if candidate.tapped_at else None
    if since is not None and -CLOCK_SKEW <= since <= TAP_WINDOW:
        return DIALLED if since <= TAP_TO_RING else TAPPED
    is_looking = at - candidate.last_beat_at < LOOKING
    return NOT_TAPPED if candidate.is_on_telephone and is_looking else 1.0


def _caller(candidate: Candidate) -> float:
    """The caller is one human being: what ties him to the candidate counts once, the strongest of it."""
    remembered = _tie(candidate.remembered)
    if candidate.is_linked:
        return max(LINKED, remembered)
    return SOMEBODY_ELSE if candidate.is_somebody_else and not candidate.remembered else remembered


def _fit(fits: bool | None, same: float, other: float) -> float:
    return 1.0 if fits is None else same if fits else other
