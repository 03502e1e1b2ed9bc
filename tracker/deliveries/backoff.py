"""When to try again: soon at first, then ever more rarely, with jitter so that many do not come together."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=30)
SPREAD = 0.2


def wait(attempts: int, asked: timedelta | None = None, spread: float | None = None) -> timedelta:
    """Returns how long to wait after the given number of failed attempts (1 or more).

    Args:
        asked: what the other side asked for; never shorter than that.
        spread: -1..1, where in the jitter; None draws it.
    """
    place = random.uniform(-1, 1) if spread is None else spread  # noqa: S311  not a secret
    doubled = min(FIRST * float(2 ** min(attempts - 1, 20)), LONGEST)
    return max(doubled * (1 + SPREAD * place), asked or timedelta(0))
