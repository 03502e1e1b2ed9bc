"""How long after a visitor's last activity his call comes: the curve time weighs by, and how a site learns its own.

A curve is the share of calls that fall into each span between `EDGES`. What counts is the density (share per
minute): a visitor of an hour ago is far less likely to call in this very minute than one who is looking now. Every
visitor passes through a span once, but stays in the first one for as long as he looks: of the calls that come then,
only those of one minute of looking count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from math import exp, log

MINUTE = timedelta(minutes=1)
EDGES = (0, 1, 3, 5, 10, 15, 30, 60, 180, 720, 1440, 4320, 10_080, 43_200)  # minutes, up to 30 days
# Half the people call while they look or within a quarter of an hour; two in five later than an hour.
PRIOR_SHARES = (0.20, 0.12, 0.06, 0.08, 0.05, 0.06, 0.05, 0.08, 0.10, 0.08, 0.07, 0.03, 0.02)
PRIOR_CASES = 100.0  # as many cases of its own outweigh what we assume of every site


@dataclass(frozen=True)
class Curve:
    """Shares of calls per span, in the first one per minute of looking. `cases`: how many calls stand behind it."""

    shares: tuple[float, ...] = PRIOR_SHARES
    cases: int = 0

    def density(self, idle: timedelta) -> float:
        """Returns how likely a call in this minute is, 1.0 for somebody active just now; it never rises with time."""
        minutes = max(idle / MINUTE, 0.0)
        knots = self._knots
        place = bisect_right(knots, (minutes, 1.0))
        if place == 0:
            return 1.0
        (left, low), (right, high) = knots[place - 1], knots[min(place, len(knots) - 1)]
        if right <= left:
            return exp(low) * left / minutes  # beyond the last span
        return exp(low + (high - low) * (minutes - left) / (right - left))

    @cached_property
    def _knots(self) -> list[tuple[float, float]]:
        """Middle of each span and the logarithm of its density, the first one being 0."""
        spans = list(pairwise(EDGES))
        densities = [share / (end - start) for share, (start, end) in zip(self.shares, spans, strict=True)]
        levels = [max(densities[place:]) for place in range(len(densities))]
        return [((start + end) / 2, log(level / levels[0])) for level, (start, end) in zip(levels, spans, strict=True)]


PRIOR = Curve()


def learn(delays: Iterable[timedelta], stay: timedelta) -> Curve:
    """Returns the curve of a site from the delays of its certain calls; few of them change little.

    Args:
        stay: how long visitors look as a rule.
    """
    counts = counted(delays)
    cases = sum(counts)
    per_minute = [counts[0] / max(stay / MINUTE, 1.0), *counts[1:]]
    shares = (
        (n + PRIOR_CASES * prior) / (cases + PRIOR_CASES) for n, prior in zip(per_minute, PRIOR_SHARES, strict=True)
    )
    return Curve(tuple(shares), cases)


def counted(delays: Iterable[timedelta]) -> list[int]:
    """Returns how many delays fall into each span; later than the last edge is left out."""
    counts = [0] * len(PRIOR_SHARES)
    for delay in delays:
        place = bisect_right(EDGES, max(delay / MINUTE, 0.0)) - 1
        if place < len(counts):
            counts[place] += 1
    return counts
