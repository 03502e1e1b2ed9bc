"""Simulated traffic with known truth: visits, leases, and calls of which it is known who made them.

Whoever visits may call: while he looks, soon after he has left, or days later; from his telephone or another one;
once or again. Some calls come from strangers. Nobody calls at night; a call that would fall there comes in the morning.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE, HOUR, DAY = 1.0, 60.0, 1440.0  # the unit of time is the minute
HOLD = 15.0
BEAT = 0.75


@dataclass(frozen=True)
class Town:
    """How people behave. Delays are minutes; `later` are shares and means of exponential delays after leaving."""

    days: int = 16
    visits_a_day: float = 250
    calls: float = 0.08
    while_there: float = 0.5
    later: tuple[tuple[float, float], ...] = ((0.2, 6.0), (0.12, 1.5 * HOUR), (0.12, 20 * HOUR), (0.06, 6 * DAY))
    redials: float = 0.3
    redial_mean: float = 1 * DAY
    returns: float = 0.15
    return_mean: float = 3 * DAY
    mobile: float = 0.65
    taps: float = 0.6  # of those who call from the page of a telephone
    idle_taps: float = 0.02  # of visits on a telephone: tapped and not called
    other_phone: float = 0.1
    strangers: float = 0.03


@dataclass
class Visit:
    """One stay; `number` is what he was shown, None when the pool was exhausted."""

    visitor: int
    start: float
    end: float
    mobile: bool
    number: int | None = None
    held_from: float = 0.0
    tap: float | None = None


@dataclass(frozen=True)
class Call:
    """`truth`: the visitor, None for a stranger. `phone` identifies the telephone."""

    at: float
    visit: Visit | None
    phone: str
    is_mobile: bool
    number: int
    truth: int | None


@dataclass
class Traffic:
    """What one run of the town gave: visits in order, calls in order, and how many found no number."""

    town: Town
    pool: int
    visits: list[Visit]
    calls: list[Call]
    uncovered: int
    by_number: dict[int, list[Visit]] = field(default_factory=dict)

    def shown(self, number: int, before: float) -> list[Visit]:
        """Visits that were shown a number and had begun by then, latest first."""
        visits = self.by_number.get(number, [])
        place = bisect_right(visits, before, key=lambda visit: visit.start)
        return visits[:place][::-1]


def simulate(town: Town, pool: int, seed: int, fixed_lease: float | None = None) -> Traffic:
    """Runs a town.

    Args:
        fixed_lease: None: our rules (longest idle first, hold after the last beat, a former number if free); else
            minutes for which a random free number is given.
    """
    rng = random.Random(seed)
    visits = _visits(town, rng)
    wishes = [_wishes(town, visit, rng) for visit in visits]
    _lease(visits, pool, fixed_lease, random.Random(seed + 1))
    calls = [call for visit, wish in zip(visits, wishes, strict=True) if visit.number is not None
             for call in _made(visit, wish)]  # fmt: skip
    uncovered = sum(len(wish) for visit, wish in zip(visits, wishes, strict=True) if visit.number is None)
    for _ in range(round(len(calls) * town.strangers / (1 - town.strangers))):
        at = awake(rng.uniform(0, town.days * DAY), rng)
        calls.append(Call(at, None, f"s{rng.random()}", True, rng.randrange(pool), None))
    traffic = Traffic(town, pool, visits, sorted(calls, key=lambda call: call.at), uncovered)
    for visit in visits:
        if visit.number is not None:
            traffic.by_number.setdefault(visit.number, []).append(visit)
    return traffic


def moment(minutes: float) -> datetime:
    """Returns an instant of the simulation as a time."""
    return START + timedelta(minutes=minutes)


def is_night(at: float) -> bool:
    hour = at % DAY / HOUR
    return hour < 8 or hour >= 22


def awake(at: float, rng: random.Random) -> float:
    """Moves what falls into the night to the next morning."""
    if not is_night(at):
        return at
    morning = math.floor(at / DAY) * DAY + 8 * HOUR
    return (morning if morning > at else morning + DAY) + rng.expovariate(1 / HOUR)


def _visits(town: Town, rng: random.Random) -> list[Visit]:
    found, visitor = [], 0
    at = 0.0
    while at < town.days * DAY:
        rate = town.visits_a_day / DAY * (0.3 if is_night(at) else 1.5)
        at += rng.expovariate(rate)
        visitor += 1
        mobile, begin = rng.random() < town.mobile, at
        while begin < town.days * DAY:
            found.append(Visit(visitor, begin, begin + min(rng.lognormvariate(1.3, 0.9), 60), mobile))
            if rng.random() >= town.returns:
                break
            begin += 60 + rng.expovariate(1 / town.return_mean)
    return sorted(found, key=lambda visit: visit.start)


@dataclass(frozen=True)
class Wish:
    at: float
    phone: str
    is_mobile: bool
    taps: bool


def _wishes(town: Town, visit: Visit, rng: random.Random) -> list[Wish]:
    """When and from what the visitor wants to call because of this visit."""
    if visit.mobile and rng.random() < town.idle_taps:
        visit.tap = rng.uniform(visit.start, visit.end)
    if rng.random() >= town.calls:
        return []
    there = rng.random() < town.while_there
    at = rng.uniform(visit.start, visit.end) if there else awake(visit.end + _delay(town, rng), rng)
    phone = f"v{visit.visitor}" if rng.random() >= town.other_phone else f"o{rng.random()}"
    is_mobile = rng.random() < (0.97 if visit.mobile else 0.75)
    found = [Wish(at, phone, is_mobile, there and visit.mobile and rng.random() < town.taps)]
    while rng.random() < town.redials:
        at = awake(at + rng.expovariate(1 / town.redial_mean), rng)
        found.append(replace(found[0], at=at, taps=False))
    return found


def _delay(town: Town, rng: random.Random) -> float:
    [(_, mean)] = rng.choices(town.later, [share for share, _ in town.later])
    return rng.expovariate(1 / mean)


def _lease(visits: list[Visit], pool: int, fixed: float | None, rng: random.Random) -> None:
    free_from = [0.0] * pool
    former: dict[int, int] = {}
    held: dict[int, tuple[int, float, float]] = {}  # visitor -> number, from, until
    for visit in visits:
        number, since, until = held.get(visit.visitor, (-1, 0.0, -1.0))
        if until <= visit.start:
            free = [one for one in range(pool) if free_from[one] <= visit.start]
            if not free:
                continue
            since = visit.start
            number = rng.choice(free) if fixed else min(free, key=free_from.__getitem__)
            if not fixed and former.get(visit.visitor) in free:
                number = former[visit.visitor]
        visit.number, visit.held_from = number, since
        end = visit.start + fixed if fixed else visit.end + HOLD
        free_from[number] = max(free_from[number], end)
        held[visit.visitor], former[visit.visitor] = (number, since, free_from[number]), number


def _made(visit: Visit, wishes: list[Wish]) -> list[Call]:
    assert visit.number is not None
    if wishes and wishes[0].taps:
        visit.tap = wishes[0].at - 0.2
    return [Call(one.at, visit, one.phone, one.is_mobile, visit.number, visit.visitor) for one in wishes]
