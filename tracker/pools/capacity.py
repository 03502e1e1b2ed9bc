"""How many numbers a pool needs: by the queueing model of telephone lines, and by letting its own traffic run again.

A visitor who finds no number free goes without (the original number stays), so a pool is a loss system. The share
of visitors lost is Erlang's B formula, which holds for any distribution of stays.

Source: A. K. Erlang 1917; ITU-T E.501 (read 2026-11) for the recursion and for loads that change by the hour.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

LARGEST = 10_000  # numbers; nobody rents more for one pool


def blocking(load: float, size: int) -> float:
    """Erlang B: the share of visitors who find every number taken.

    Args:
        load: in erlangs: visitors per hour times the hours each keeps a number.
    """
    if load <= 0:
        return 0.0 if size else 1.0
    lost = 1.0
    for number in range(1, size + 1):
        lost = load * lost / (number + load * lost)
    return lost


def expected_coverage(hours: Iterable[tuple[int, float]], size: int) -> float | None:
    """Share of visitors who get a number, by the model, over hours of different load.

    Args:
        hours: visitors who wanted a number in an hour, and the load of that hour in erlangs.

    Returns:
        0 to 1; None when nobody wanted one.
    """
    known = list(hours)
    wanted = sum(count for count, _load in known)
    if not wanted:
        return None
    return sum(count * (1 - blocking(load, size)) for count, load in known) / wanted


def replayed_coverage(stays: Sequence[tuple[datetime, datetime]], size: int) -> float | None:
    """Share of stays that a pool of another size would have served; the others are lost.

    Args:
        stays: when each visitor wanted a number and until when he would have kept it, by the first of both.

    Returns:
        0 to 1; None when there are none.
    """
    if not stays:
        return None
    taken: list[datetime] = []
    served = 0
    for start, end in stays:
        while taken and taken[0] <= start:
            heapq.heappop(taken)
        if len(taken) < size:
            heapq.heappush(taken, end)
            served += 1
    return served / len(stays)


def smallest_size(coverage: Callable[[int], float | None], target: float) -> int | None:
    """The smallest pool whose coverage reaches the target; None when nothing was wanted, or LARGEST does not do.

    Args:
        coverage: rises with the size.
    """
    low, high = 0, 1
    while (reached := coverage(high)) is not None and reached < target:
        low, high = high, high * 2
        if high > LARGEST:
            return None
    if reached is None:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if (coverage(middle) or 0) >= target:
            high = middle
        else:
            low = middle
    return high
