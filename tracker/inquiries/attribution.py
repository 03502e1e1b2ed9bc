"""Whose call it is: plain functions from evidence to a decision with a probability. Decision file: 0006.

Each candidate held the dialled number at some time before the call. His weight says how likely a call from him
would look just like this one; `NOBODY` is the weight of somebody who never saw the number on the site. The
probability is the candidate's share of all weights, so two live holders of a shared number halve each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.inquiries.models import AttributionStatus

LOOK_BACK = timedelta(days=30)
CLOCK_SKEW = timedelta(seconds=5)  # a PBX may be that much ahead of us
NOBODY = 0.03  # about 3 % of calls to a leased number come from people who noted it long ago, or misdial
HALF_LIFE = timedelta(minutes=20)  # of the weight while the visitor may still be looking at the page
AFTER_HOURS = 6.0  # scale of the slow decay once he has left
TAPPED = 8.0  # he tapped or copied this very number shortly before
LINKED = 20.0  # the caller is known to be this visitor's person
TAP_WINDOW = timedelta(minutes=30)


@dataclass(frozen=True)
class Candidate:
    """Somebody who held the dialled number before the call began.

    Args:
        tapped_at: when he last tapped or copied this number, None if never.
        is_linked: the caller's phone already belongs to his person.
        is_shared: others held the number at the same time.
    """

    visitor: str
    visit: str
    started_at: datetime
    last_beat_at: datetime
    until: datetime
    is_shared: bool = False
    tapped_at: datetime | None = None
    is_linked: bool = False

    def holds(self, at: datetime) -> bool:
        """True when he held the number at that instant."""
        return self.started_at - CLOCK_SKEW <= at < self.until


@dataclass(frozen=True)
class Weighed:
    """A candidate and his probability, 0..1."""

    candidate: Candidate
    probability: float


@dataclass(frozen=True)
class Verdict:
    """The decision. `weighed` has every candidate, the likeliest first; `winner` None means nobody is named."""

    status: AttributionStatus
    winner: Candidate | None
    probability: float | None
    weighed: tuple[Weighed, ...]


def decide(candidates: Sequence[Candidate], at: datetime, threshold: float) -> Verdict:
    """Decides a call by the holders of the dialled number.

    Args:
        at: when the call began, aware UTC.
        threshold: below this probability nobody is named.
    """
    weighed = weigh(candidates, at)
    if not weighed:
        return Verdict(AttributionStatus.OTHER, None, None, ())
    best = weighed[0]
    if best.candidate.is_linked and best.candidate.holds(at) and not best.candidate.is_shared:
        return Verdict(AttributionStatus.CERTAIN, best.candidate, 1.0, weighed)
    if best.probability < threshold:
        return Verdict(AttributionStatus.UNKNOWN, None, best.probability, weighed)
    return Verdict(AttributionStatus.PROBABLE, best.candidate, best.probability, weighed)


def weigh(candidates: Sequence[Candidate], at: datetime) -> tuple[Weighed, ...]:
    """Returns the candidates with their probabilities, the likeliest first."""
    weights = [(candidate, weight(candidate, at)) for candidate in candidates]
    total = NOBODY + sum(value for _, value in weights)
    weighed = [Weighed(candidate, round(value / total, 4)) for candidate, value in weights]
    return tuple(sorted(weighed, key=lambda one: (-one.probability, -one.candidate.last_beat_at.timestamp())))


def weight(candidate: Candidate, at: datetime) -> float:
    """Returns how well the call fits the candidate, 1.0 for one who is looking at the number right now."""
    value = _by_time(candidate, at)
    if candidate.tapped_at and timedelta(0) <= at - candidate.tapped_at + CLOCK_SKEW <= TAP_WINDOW + CLOCK_SKEW:
        value *= TAPPED
    return value * LINKED if candidate.is_linked else value


def _by_time(candidate: Candidate, at: datetime) -> float:
    idle = max(at - candidate.last_beat_at, timedelta(0))
    if candidate.holds(at):
        return float(0.5 ** (idle / HALF_LIFE))
    hours = idle / timedelta(hours=1)
    return float(0.3 / (1 + hours / AFTER_HOURS) ** 1.3)
