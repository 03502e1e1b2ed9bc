"""Who is said to have called: by us, by two simple rules, and by somebody who knows how the town was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from math import exp
from random import Random
from statistics import median

from street import BEAT, DAY, HOLD, HOUR, Call, Traffic, Visit, is_night, moment

from tracker.inquiries import attribution, evidence
from tracker.inquiries.curve import MINUTE, PRIOR, Curve, learn
from tracker.inquiries.evidence import Candidate, Rules
from tracker.inquiries.gathering import MOST_CANDIDATES
from tracker.inquiries.memory import LEAST

Answer = dict[int, float]  # visitor to probability; what is left is nobody
LOOK_BACK = evidence.LOOK_BACK / timedelta(minutes=1)


def last_holder(traffic: Traffic, call: Call) -> Answer:
    """Whoever was shown the number last, always."""
    shown = traffic.shown(call.number, call.at)
    return {shown[0].visitor: 1.0} if shown else {}


def fixed_lease(minutes: float) -> Callable[[Traffic, Call], Answer]:
    """Whoever holds a lease of fixed length, else nobody."""

    def match(traffic: Traffic, call: Call) -> Answer:
        shown = traffic.shown(call.number, call.at)
        return {shown[0].visitor: 1.0} if shown and call.at < shown[0].start + minutes else {}

    return match


@dataclass
class Ours:
    """The product's own functions; it remembers callers by its own earlier answers."""

    curve: Curve = PRIOR
    threshold: float = 0.6
    _memory: dict[tuple[str, int], tuple[Answer, float]] = field(default_factory=dict)
    _calls: dict[int, list[Call]] = field(default_factory=dict)

    def __call__(self, traffic: Traffic, call: Call) -> Answer:
        remembered, when = self._memory.get((call.phone, call.number), ({}, None))
        found = self._candidates(traffic, call, remembered, when)
        recent = sum(1 for visit in traffic.shown(call.number, call.at) if visit.start > call.at - 7 * DAY)
        nobody = attribution.strangers(recent / 7, self.curve)
        if when is not None:
            nobody = evidence.again(nobody, max(0.0, 1 - sum(remembered.values())), moment(call.at) - moment(when))
        verdict = attribution.decide(found, moment(call.at), self.threshold, nobody, Rules(self.curve))
        self._calls.setdefault(call.number, []).append(call)
        answer = {int(one.candidate.visitor): one.probability for one in verdict.weighed}
        likely = {visitor: share for visitor, share in answer.items() if share >= LEAST}
        self._memory[call.phone, call.number] = likely, call.at
        return answer

    def _candidates(self, traffic: Traffic, call: Call, remembered: Answer, when: float | None) -> list[Candidate]:
        latest: dict[int, Visit] = {}
        shown = [one for one in traffic.shown(call.number, call.at) if one.end + HOLD > call.at - LOOK_BACK]
        for visit in shown[:MOST_CANDIDATES]:
            latest.setdefault(visit.visitor, visit)
        for visit in shown:
            if visit.visitor in remembered:
                latest.setdefault(visit.visitor, visit)
        return [self._candidate(one, call, remembered.get(one.visitor, 0.0), when) for one in latest.values()]

    def _candidate(self, visit: Visit, call: Call, remembered: float, when: float | None) -> Candidate:
        others = {
            one.phone for one in self._calls.get(call.number, [])
            if visit.held_from <= one.at < visit.end + HOLD and one.phone != call.phone
        }  # fmt: skip
        fits = visit.mobile if call.is_mobile else not visit.mobile
        tapped = visit.tap if visit.tap is not None and visit.tap <= call.at else None
        return Candidate(
            visitor=str(visit.visitor),
            visit="",
            started_at=moment(visit.held_from),
            last_beat_at=moment(_last_beat(visit, call)),
            until=moment(visit.end + HOLD),
            tapped_at=moment(tapped) if tapped is not None else None,
            remembered=remembered,
            remembered_at=moment(when) if remembered and when is not None else None,
            other_callers=len(others),
            is_on_telephone=visit.mobile,
            fits_kind=fits,
        )


@dataclass
class Taught(Ours):
    """The same, told of one call in five whose it was; it learns the town's own curve from these every day."""

    share: float = 0.2
    _delays: list[timedelta] = field(default_factory=list)
    _known: set[tuple[str, int]] = field(default_factory=set)
    _day: float = -1.0
    _chance: Random = field(default_factory=lambda: Random(1))

    def __call__(self, traffic: Traffic, call: Call) -> Answer:
        if call.at // DAY != self._day:
            self._day = call.at // DAY
            stays = [visit.end - visit.start for visit in traffic.visits if visit.start < call.at]
            self.curve = learn(self._delays, timedelta(minutes=median(stays)) if stays else MINUTE)
        answer = super().__call__(traffic, call)
        is_first = (call.phone, call.number) not in self._known
        self._known.add((call.phone, call.number))
        if is_first and call.truth is not None and self._chance.random() < self.share:
            visit = next(one for one in traffic.shown(call.number, call.at) if one.visitor == call.truth)
            self._delays.append(evidence.waking(moment(_last_beat(visit, call)), moment(call.at), "UTC"))
        return answer


@dataclass
class Knowing:
    """Knows every rate of the town, but as little as we who made the calls before; nobody can do much better."""

    _earlier: dict[tuple[str, int], Answer] = field(default_factory=dict)

    def __call__(self, traffic: Traffic, call: Call) -> Answer:
        remembered = self._earlier.get((call.phone, call.number))
        if remembered:  # strangers call once, and whoever has this telephone called with it before
            total = sum(remembered.values())
            answer = {visitor: share / total for visitor, share in remembered.items()}
        else:
            answer = self._first(traffic, call)
        self._earlier[call.phone, call.number] = answer
        return answer

    def _first(self, traffic: Traffic, call: Call) -> Answer:
        weights: Answer = {}
        for visit in traffic.shown(call.number, call.at):
            weights[visit.visitor] = weights.get(visit.visitor, 0.0) + _first_call(traffic, visit, call)
        count = len(traffic.calls) * traffic.town.strangers
        total = sum(weights.values()) + count / traffic.pool / (traffic.town.days * DAY) * 24 / 14
        return {visitor: weight / total for visitor, weight in weights.items() if weight > total * 1e-6}


def _last_beat(visit: Visit, call: Call) -> float:
    return min(visit.end, visit.start + (call.at - visit.start) // BEAT * BEAT)


def _first_call(traffic: Traffic, visit: Visit, call: Call) -> float:
    town = traffic.town
    there = town.while_there / (visit.end - visit.start) if visit.start <= call.at < visit.end else 0.0
    later = (1 - town.while_there) * _density(call.at, visit.end, tuple((s / 0.5, m) for s, m in town.later))
    if visit.mobile and there:
        just = visit.tap is not None and 0 <= call.at - visit.tap < 0.3
        there *= town.taps * 1e4 if just else 1 - town.taps
    kind = (0.97 if visit.mobile else 0.75) if call.is_mobile else (0.03 if visit.mobile else 0.25)
    return town.calls * (there + later) * kind


def _density(at: float, start: float, parts: tuple[tuple[float, float], ...]) -> float:
    """Of a call at an instant, when nobody calls at night and the morning makes up for it."""
    if at <= start or is_night(at):
        return 0.0
    now = sum(share / mean * exp(-(at - start) / mean) for share, mean in parts)
    morning = at // DAY * DAY + 8 * HOUR
    night = max(morning - 10 * HOUR, start)
    if night >= morning:
        return now
    put_off = sum(s * (exp(-(night - start) / mean) - exp(-(morning - start) / mean)) for s, mean in parts)
    return now + put_off * exp(-(at - morning) / HOUR) / HOUR
