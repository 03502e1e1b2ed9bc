"""Who is said to have called: by us, by two simple rules, and by somebody who knows how the town was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from math import exp

from street import BEAT, DAY, HOLD, HOUR, Call, Traffic, Visit, is_night, moment

from tracker.inquiries import attribution, evidence
from tracker.inquiries.curve import PRIOR, Curve
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
        nobody = attribution.strangers(recent / 7)
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
        beat = min(visit.end, visit.start + (call.at - visit.start) // BEAT * BEAT)
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
            last_beat_at=moment(beat),
            until=moment(visit.end + HOLD),
            tapped_at=moment(tapped) if tapped is not None else None,
            remembered=remembered,
            remembered_at=moment(when) if remembered and when is not None else None,
            other_callers=len(others),
            fits_kind=fits,
        )


@dataclass
class Knowing:
    """Knows every rate of the town, and who made each earlier call: nobody can do better."""

    _calls: dict[str, list[Call]] = field(default_factory=dict)

    def __call__(self, traffic: Traffic, call: Call) -> Answer:
        earlier = self._calls.get(call.phone, [])
        weights: Answer = {}
        for visit in traffic.shown(call.number, call.at):
            weights[visit.visitor] = weights.get(visit.visitor, 0.0) + _first_call(traffic, visit, call, bool(earlier))
        for one in earlier[-1:]:
            if one.truth is not None and one.number == call.number:
                again = traffic.town.redials * _density(call.at, one.at, ((1.0, traffic.town.redial_mean),))
                weights[one.truth] = weights.get(one.truth, 0.0) + again * 1e6  # nobody else has his telephone
        self._calls.setdefault(call.phone, []).append(call)
        count = len(traffic.calls) * traffic.town.strangers
        total = sum(weights.values()) + (0.0 if earlier else count / traffic.pool / (traffic.town.days * DAY) * 24 / 14)
        return {visitor: weight / total for visitor, weight in weights.items() if weight > total * 1e-6}


def _first_call(traffic: Traffic, visit: Visit, call: Call, is_known: bool) -> float:
    town = traffic.town
    there = town.while_there / (visit.end - visit.start) if visit.start <= call.at < visit.end else 0.0
    later = (1 - town.while_there) * _density(call.at, visit.end, tuple((s / 0.5, m) for s, m in town.later))
    if visit.mobile and there:
        just = visit.tap is not None and 0 <= call.at - visit.tap < 0.3
        there *= town.taps * 1e4 if just else 1 - town.taps
    kind = (0.97 if visit.mobile else 0.75) if call.is_mobile else (0.03 if visit.mobile else 0.25)
    return town.calls * (there + later) * kind * (0.01 if is_known else 1.0)


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
