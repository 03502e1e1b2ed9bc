"""Whose call it is: plain functions from evidence to a decision with a probability. Decision file: 0006.

Each candidate held the dialled number at some time before the call; `evidence` says how well the call fits him.
Somebody may also call who never saw the number on the site. The probability is the candidate's share of all
weights, so two live holders of a shared number halve each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import prod

from tracker.inquiries.curve import PRIOR, Curve
from tracker.inquiries.evidence import Candidate, Mark, Rules, factors, marks
from tracker.inquiries.models import AttributionStatus

STRANGERS = 0.03  # share of calls to leased numbers that come from people who noted them long ago, or misdial
QUIET_NUMBER = 0.0002  # the least weight of a stranger: even a number that nobody sees is dialled by mistake
MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Weighed:
    """A candidate, his probability 0..1, and the signals it was made of."""

    candidate: Candidate
    probability: float
    factors: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """The decision. `weighed` has every candidate, the likeliest first; `winner` None means nobody is named."""

    status: AttributionStatus
    winner: Candidate | None
    probability: float | None
    weighed: tuple[Weighed, ...]
    marks: tuple[Mark, ...] = ()


def strangers(shown_a_day: float, curve: Curve = PRIOR) -> float:
    """Returns the weight of everybody who was not shown the number.

    Args:
        shown_a_day: to how many visitors the number is leased in a day. A number that rarely changes hands also
            has few strangers who noted it.
        curve: its share of the first minute makes calls per minute out of weights.
    """
    return max(QUIET_NUMBER, STRANGERS * shown_a_day / MINUTES_A_DAY / curve.shares[0])


def decide(
    candidates: Sequence[Candidate],
    at: datetime,
    threshold: float,
    nobody: float = QUIET_NUMBER,
    rules: Rules | None = None,
) -> Verdict:
    """Decides a call by the holders of the dialled number.

    Args:
        at: when the call began, aware UTC.
        threshold: below this probability nobody is named.
        nobody: the weight of `strangers`.
    """
    weighed = weigh(candidates, at, nobody, rules)
    if not weighed:
        return Verdict(AttributionStatus.OTHER, None, None, ())
    best = weighed[0]
    marked = tuple(marks(best.candidate, at))
    if best.candidate.is_linked and best.candidate.holds(at) and not best.candidate.is_shared:
        return Verdict(AttributionStatus.CERTAIN, best.candidate, 1.0, weighed, marked)
    if best.probability < threshold:
        return Verdict(AttributionStatus.UNKNOWN, None, best.probability, weighed, marked)
    return Verdict(AttributionStatus.PROBABLE, best.candidate, best.probability, weighed, marked)


def weigh(
    candidates: Sequence[Candidate], at: datetime, nobody: float = QUIET_NUMBER, rules: Rules | None = None
) -> tuple[Weighed, ...]:
    """Returns the candidates with their probabilities, the likeliest first."""
    signals = [(candidate, factors(candidate, at, rules or Rules())) for candidate in candidates]
    weights = [prod(found.values()) for _, found in signals]
    total = nobody + sum(weights)
    weighed = [
        Weighed(candidate, min(round(weight / total, 4), 0.9999), found)
        for (candidate, found), weight in zip(signals, weights, strict=True)
    ]
    return tuple(sorted(weighed, key=lambda one: (-one.probability, -one.candidate.last_beat_at.timestamp())))
