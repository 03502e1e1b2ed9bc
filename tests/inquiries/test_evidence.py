"""Single signals about a candidate, the memory of callers, and what a site learns of its own delays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracker.inquiries import curve, evidence
from tracker.inquiries.attribution import decide, strangers, weigh
from tracker.inquiries.evidence import Candidate, Mark, Rules, factors, marks, waking

CALL = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def held(name: str = "anna", idle: timedelta = MINUTE, **more: object) -> Candidate:
    seen = CALL - idle
    return replace(Candidate(name, f"{name}-visit", seen - 5 * MINUTE, seen, seen + 15 * MINUTE), **more)


SIGNALS: dict[str, tuple[dict[str, object], str, float]] = {
    "tapped a moment ago": ({"tapped_at": CALL - timedelta(seconds=20)}, "tap", evidence.DIALLED),
    "tapped a while ago": ({"tapped_at": CALL - 10 * MINUTE}, "tap", evidence.TAPPED),
    "the caller is he": ({"is_linked": True}, "caller", evidence.LINKED),
    "has another telephone": ({"is_somebody_else": True}, "caller", evidence.SOMEBODY_ELSE),
    "two others called": ({"other_callers": 2}, "other_callers", evidence.CALLED_ALREADY**2),
    "number of his city": ({"fits_region": True}, "region", evidence.SAME_REGION),
    "number of elsewhere": ({"fits_region": False}, "region", evidence.OTHER_REGION),
    "mobile and telephone": ({"fits_kind": True}, "device", evidence.SAME_KIND),
    "mobile and desktop": ({"fits_kind": False}, "device", evidence.OTHER_KIND),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_signal_is_one_factor(name: str) -> None:
    more, signal, value = SIGNALS[name]

    found = factors(held(**more), CALL, Rules())

    assert {key: found[key] for key in found if key != "time"} == {signal: value}


def test_unsure_memory_weighs_less_than_a_sure_one() -> None:
    sure, unsure = (held(remembered=one, remembered_at=CALL - timedelta(days=2)) for one in (1.0, 0.6))

    assert factors(sure, CALL, Rules())["caller"] > factors(unsure, CALL, Rules())["caller"] > 50


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_repetition_makes_nobody_surer_than_before(share: float) -> None:
    """The same unsure answer twice is one piece of evidence, not two."""
    week = timedelta(days=7)
    likely = held("anna", week, remembered=share, remembered_at=CALL - week)
    other = held("boris", week + MINUTE, remembered=1 - share - 0.02, remembered_at=CALL - week)
    nobody = evidence.again(0.0002, 0.02, week)

    verdict = decide([likely, other], CALL, 0.6, nobody)

    assert verdict.weighed[0].probability == pytest.approx(share, abs=0.05)


def test_stranger_who_calls_again_is_a_stranger_still() -> None:
    day = timedelta(days=1)

    verdict = decide([held(idle=day)], CALL, 0.6, evidence.again(0.0002, 1.0, day))

    assert verdict.winner is None


def test_redial_of_last_week_beats_who_holds_the_number_now() -> None:
    week = timedelta(days=7)
    before = held("boris", week, remembered=0.97, remembered_at=CALL - week)

    verdict = decide([held(idle=10 * MINUTE), before], CALL, 0.6)

    assert verdict.winner == before
    assert verdict.marks == (Mark.STALE, Mark.REMEMBERED)


@pytest.mark.parametrize(("others", "is_marked"), [(1, False), (2, True)])
def test_three_callers_in_one_lease_are_marked(others: int, is_marked: bool) -> None:
    assert (Mark.MANY_CALLERS in marks(held(other_callers=others), CALL)) == is_marked


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ((1, 10), (1, 12), 2.0),
        ((1, 21), (2, 9), 1 + 10 * 0.25 + 1),
        ((1, 23), (2, 3), 1.0),
        ((1, 12), (3, 12), 2 * (14 + 2.5)),
    ],
)
def test_night_passes_quicker(start: tuple[int, int], end: tuple[int, int], hours: float) -> None:
    first, last = (datetime(2026, 1, day, hour, tzinfo=UTC) for day, hour in (start, end))

    assert waking(first, last, "UTC") == timedelta(hours=hours)


def test_number_that_changes_hands_often_has_more_strangers() -> None:
    assert strangers(0) == strangers(0.1) < strangers(50) < strangers(100)
    [alone] = weigh([held()], CALL, strangers(500))
    assert alone.probability < weigh([held()], CALL, strangers(5))[0].probability


def test_few_cases_change_little_and_many_rule() -> None:
    late = [timedelta(hours=2)] * 5
    hour = timedelta(hours=2)

    few, many = curve.learn(late, MINUTE), curve.learn(late * 400, MINUTE)

    assert few.cases == 5
    assert few.density(hour) == pytest.approx(curve.PRIOR.density(hour), rel=1.0)
    assert many.density(hour) > 10 * curve.PRIOR.density(hour)
    assert sum(many.shares) == pytest.approx(1.0)


def test_density_never_rises_whatever_was_learnt() -> None:
    learnt = curve.learn([timedelta(hours=hours) for hours in (2, 30, 30, 30, 200)] * 300, MINUTE)

    found = [learnt.density(timedelta(minutes=minutes)) for minutes in (0, 1, 2, 7, 20, 100, 900, 5000, 40_000, 90_000)]

    assert found == sorted(found, reverse=True)
    assert found[0] == 1.0


def test_calls_while_looking_are_spread_over_the_time_of_looking() -> None:
    delays = [timedelta(0)] * 500 + [timedelta(minutes=2)] * 500

    short, long = curve.learn(delays, MINUTE), curve.learn(delays, 5 * MINUTE)

    assert short.shares[1:] == long.shares[1:]
    assert long.density(timedelta(minutes=2)) > 2 * short.density(timedelta(minutes=2))


def test_who_looks_on_a_telephone_and_does_not_tap_is_less_likely() -> None:
    just_now = timedelta(seconds=10)
    taps = {
        name: factors(one, CALL, Rules()).get("tap")
        for name, one in {
            "desktop": held(idle=just_now),
            "telephone": held(idle=just_now, is_on_telephone=True),
            "tapped": held(idle=just_now, is_on_telephone=True, tapped_at=CALL),
            "gone": held(idle=5 * MINUTE, is_on_telephone=True),
        }.items()
    }

    assert taps == {"desktop": None, "telephone": evidence.NOT_TAPPED, "tapped": evidence.DIALLED, "gone": None}
