"""How good the matching of calls is: what was predicted against what turned out, where something else tells the truth.

Truth comes from corrections, from calls of test telephones and pretend calls, and from taps: somebody who tapped the
number within the minute before. A tap is weighed by the matching too, so of tapped calls the time counts alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session, joinedload

from tracker.inquiries import evidence
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry

BINS = 10


@dataclass(frozen=True)
class Case:
    """One call: how probable the likeliest visitor was, whether it was he, and who told the truth."""

    probability: float
    is_right: bool
    told_by: str  # correction or tap


@dataclass(frozen=True)
class Bin:
    """Calls whose probability fell into one tenth; perfect calibration has `observed` equal to `predicted`."""

    low: float
    high: float
    calls: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Accuracy:
    """Calibration of a site over a period. `brier`: mean squared error, 0 is perfect; None without a case."""

    cases: int
    by_source: dict[str, int]
    right: float | None
    brier: float | None
    bins: tuple[Bin, ...]

    @property
    def range(self) -> tuple[float, float] | None:
        """Where the share of right answers lies with 95 % certainty (Wilson); None without a case."""
        return wilson(self.right, self.cases) if self.right is not None else None


def accuracy(session: Session, site_id: int | None, since: datetime, until: datetime) -> Accuracy:
    """Returns how the matching fared on calls of which the truth is known.

    Args:
        site_id: None takes all sites together.
        since, until: aware UTC, `until` excluded.
    """
    is_told = or_(Inquiry.correction.is_not(None), cast(Inquiry.evidence, String).contains('"tap"'))
    calls = select(Inquiry).where(Inquiry.kind == InquiryKind.CALL, Inquiry.at >= since, Inquiry.at < until, is_told)
    calls = calls.where(Inquiry.site_id == site_id) if site_id is not None else calls
    calls = calls.options(joinedload(Inquiry.visitor))
    return summarised(list(_cases(session.scalars(calls))))


def wilson(share: float, cases: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share, also for few cases.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927.
    """
    z = 1.96
    middle = (share + z * z / (2 * cases)) / (1 + z * z / cases)
    half = z * sqrt(share * (1 - share) / cases + z * z / (4 * cases * cases)) / (1 + z * z / cases)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def summarised(cases: list[Case]) -> Accuracy:
    """Returns the figures of some cases."""
    by_source: dict[str, int] = defaultdict(int)
    for case in cases:
        by_source[case.told_by] += 1
    if not cases:
        return Accuracy(0, {}, None, None, ())
    errors = [(case.probability - case.is_right) ** 2 for case in cases]
    right = sum(case.is_right for case in cases) / len(cases)
    return Accuracy(len(cases), dict(by_source), right, sum(errors) / len(cases), tuple(_bins(cases)))


def _bins(cases: Iterable[Case]) -> Iterator[Bin]:
    tenths: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        tenths[min(int(case.probability * BINS), BINS - 1)].append(case)
    for tenth, found in sorted(tenths.items()):
        predicted = sum(case.probability for case in found) / len(found)
        observed = sum(case.is_right for case in found) / len(found)
        yield Bin(tenth / BINS, (tenth + 1) / BINS, len(found), predicted, observed)


def _cases(calls: Iterable[Inquiry]) -> Iterator[Case]:
    for call in calls:
        case = _corrected(call) if call.correction else _tapped(call)
        if case is not None:
            yield case


def _corrected(call: Inquiry) -> Case | None:
    before = (call.correction or {})["before"]
    if before["probability"] is None or before["visitor"] is None:
        return None
    return Case(before["probability"], call.visitor is not None and call.visitor.key == before["visitor"], "correction")


def _tapped(call: Inquiry) -> Case | None:
    """One visitor tapped a moment before the call: without that signal, would he have been the likeliest?"""
    signals: dict[str, dict[str, float]] = call.evidence.get("factors", {})
    tapped = [visitor for visitor, found in signals.items() if found.get("tap", 0) >= evidence.DIALLED]
    if len(tapped) != 1:
        return None
    weights = {visitor: _without_tap(found) for visitor, found in signals.items()}
    best = max(weights, key=lambda visitor: weights[visitor])
    total = sum(weights.values()) + call.evidence.get("nobody", 0.0)
    return Case(weights[best] / total, best == tapped[0], "tap")


def _without_tap(factors: dict[str, float]) -> float:
    weight = 1.0
    for name, value in factors.items():
        weight *= 1.0 if name == "tap" else value
    return weight
