"""The decision whose call it is, as a table: evidence in, verdict out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracker.inquiries.attribution import Candidate, Verdict, Weighed, decide, weigh
from tracker.inquiries.models import AttributionStatus
from tracker.inquiries.sentences import explain_call

CALL = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def live(name: str = "anna", idle: timedelta = timedelta(seconds=20), **more: object) -> Candidate:
    """Holds the number when the call begins; his page spoke last `idle` before it."""
    seen = CALL - idle
    return replace(Candidate(name, f"{name}-visit", seen - 5 * MINUTE, seen, seen + 15 * MINUTE), **more)


def left(name: str = "boris", ago: timedelta = timedelta(hours=2), **more: object) -> Candidate:
    """Held the number some time ago."""
    return live(name, ago, **more)


TABLE: dict[str, tuple[list[Candidate], AttributionStatus, str | None]] = {
    "nobody": ([], AttributionStatus.OTHER, None),
    "the live holder": ([live()], AttributionStatus.PROBABLE, "anna"),
    "the live one before all who left": (
        [left(), left("clara", MINUTE * 30), live()],
        AttributionStatus.PROBABLE,
        "anna",
    ),
    "who left a moment ago": ([left(ago=MINUTE * 20)], AttributionStatus.PROBABLE, "boris"),
    "who left in the morning, alone": ([left(ago=timedelta(hours=5))], AttributionStatus.PROBABLE, "boris"),
    "who left four weeks ago": ([left(ago=timedelta(days=28))], AttributionStatus.UNKNOWN, None),
    "two who left alike": ([left(), left("clara")], AttributionStatus.UNKNOWN, None),
    "two live on a shared number": (
        [live(is_shared=True), live("boris", is_shared=True)],
        AttributionStatus.UNKNOWN,
        None,
    ),
    "of two on a shared number the one who tapped": (
        [live(is_shared=True), live("boris", is_shared=True, tapped_at=CALL - timedelta(seconds=9))],
        AttributionStatus.PROBABLE,
        "boris",
    ),
    "a tap long ago tells nothing": (
        [live(is_shared=True), live("boris", is_shared=True, tapped_at=CALL - timedelta(hours=1))],
        AttributionStatus.UNKNOWN,
        None,
    ),
    "a tap after the call tells nothing": (
        [live(is_shared=True), live("boris", is_shared=True, tapped_at=CALL + MINUTE)],
        AttributionStatus.UNKNOWN,
        None,
    ),
    "the known caller who holds it": ([live(is_linked=True)], AttributionStatus.CERTAIN, "anna"),
    "the known caller before another": ([left(is_linked=True), left("clara")], AttributionStatus.PROBABLE, "boris"),
    "the known caller on a shared number": (
        [live(is_linked=True, is_shared=True), live("boris", is_shared=True)],
        AttributionStatus.PROBABLE,
        "anna",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_call_is_decided(name: str) -> None:
    candidates, status, winner = TABLE[name]

    verdict = decide(candidates, CALL, 0.6)

    assert verdict.status == status
    assert (verdict.winner.visitor if verdict.winner else None) == winner
    assert [one.candidate.visitor for one in verdict.weighed] == sorted(
        [one.visitor for one in candidates], key=lambda who: -_share(verdict, who)
    )


def _share(verdict: Verdict, visitor: str) -> float:
    return next(one.probability for one in verdict.weighed if one.candidate.visitor == visitor)


def test_threshold_decides_between_a_name_and_unknown() -> None:
    [weighed] = weigh([left(ago=timedelta(hours=20))], CALL)

    assert decide([weighed.candidate], CALL, weighed.probability).winner is not None
    assert decide([weighed.candidate], CALL, weighed.probability + 0.01).winner is None


def test_probabilities_leave_something_for_strangers() -> None:
    weighed = weigh([live(), left(), left("clara")], CALL)

    assert 0.9 < sum(one.probability for one in weighed) < 1


def test_longer_silence_never_makes_a_call_likelier() -> None:
    idle = [timedelta(minutes=minutes) for minutes in (0, 1, 5, 14, 16, 60, 600, 6000, 40_000)]

    found = [weigh([live(idle=one), left("other", timedelta(hours=3))], CALL) for one in idle]

    shares = [next(w.probability for w in one if w.candidate.visitor == "anna") for one in found]
    assert shares == sorted(shares, reverse=True)


def test_lease_that_begins_with_the_call_counts_within_the_skew_of_clocks() -> None:
    begins = replace(live(), started_at=CALL + timedelta(seconds=3), last_beat_at=CALL + timedelta(seconds=3))

    assert begins.holds(CALL)
    assert not replace(begins, started_at=CALL + timedelta(seconds=9)).holds(CALL)


@pytest.mark.parametrize(
    ("others", "told"),
    {
        "hardly anybody else": ([0.02, 0.01], None),
        "two who may be meant, and a crowd": ([0.2, 0.03, *[0.001] * 60], "; 2 more could have called"),
        "a crowd of whom nobody is": ([0.002] * 66, None),
    }.values(),
)
def test_sentence_counts_only_those_who_could_be_meant(others: list[float], told: str | None) -> None:
    weighed = tuple(Weighed(live(), share) for share in (1 - sum(others), *others))
    verdict = Verdict(AttributionStatus.PROBABLE, weighed[0].candidate, weighed[0].probability, weighed)

    sentence = explain_call(verdict, "+74957770001", CALL, "en", "UTC")

    assert sentence.endswith(told) if told else "more could have called" not in sentence
