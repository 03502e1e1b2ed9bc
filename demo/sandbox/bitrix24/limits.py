"""The two limits of a portal: a leaky bucket of requests and a budget of working time per method."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

BASKET = timedelta(minutes=1)
BASKETS = 10


@dataclass
class Bucket:
    """Counts requests per source address; leaks `per_second`, refuses above `capacity`.

    The ordinary tariff leaks 2 a second and holds 50, Enterprise 5 and 250.
    """

    per_second: float = 2.0
    capacity: int = 50
    refused: int = 0
    _levels: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def admits(self, source: str, at: datetime) -> bool:
        """Counts one request and says whether it is served; a refused one is not counted."""
        level, seen = self._levels.get(source, (0.0, at))
        level = max(0.0, level - self.per_second * (at - seen).total_seconds())
        if level + 1 > self.capacity:
            self._levels[source] = (level, at)
            self.refused += 1
            return False
        self._levels[source] = (level + 1, at)
        return True


@dataclass
class OperatingBudget:
    """Sums working time per caller and method over ten baskets of a minute.

    `costs` are seconds per call by method, `usual_cost` for all others; `limit` is in seconds.
    """

    limit: float = 480.0
    usual_cost: float = 0.05
    costs: dict[str, float] = field(default_factory=dict)
    _baskets: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)

    def spent(self, caller: str, method: str, at: datetime) -> float:
        """Seconds used within the last ten minutes."""
        return sum(self._live(caller, method, at).values())

    def is_over(self, caller: str, method: str, at: datetime) -> bool:
        """True when the next call of this method is refused."""
        return self.spent(caller, method, at) > self.limit

    def spend(self, caller: str, method: str, at: datetime) -> float:
        """Books one call and returns its seconds."""
        cost = self.costs.get(method, self.usual_cost)
        baskets = self._live(caller, method, at)
        basket = _basket(at)
        baskets[basket] = baskets.get(basket, 0.0) + cost
        return cost

    def resets_at(self, caller: str, method: str, at: datetime) -> int:
        """Unix seconds when the oldest basket drops out."""
        oldest = min(self._live(caller, method, at), default=_basket(at))
        return (oldest + BASKETS) * int(BASKET.total_seconds())

    def _live(self, caller: str, method: str, at: datetime) -> dict[int, float]:
        baskets = self._baskets.setdefault((caller, method), {})
        for basket in [basket for basket in baskets if basket <= _basket(at) - BASKETS]:
            del baskets[basket]
        return baskets


def _basket(at: datetime) -> int:
    return int(at.timestamp() // BASKET.total_seconds())
