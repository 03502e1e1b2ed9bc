"""Predicted against observed, on the calls of which the truth is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import World

from tracker import clock, upkeep
from tracker.extensions import db
from tracker.reports.accuracy import Case, accuracy, summarised

NUMBER = "+74957770001"


def test_figures_of_known_cases() -> None:
    cases = [Case(0.95, True, "tap"), Case(0.9, True, "correction"), Case(0.95, False, "tap"), Case(0.3, False, "tap")]

    found = summarised(cases)

    assert (found.cases, found.by_source, found.right) == (4, {"tap": 3, "correction": 1}, 0.5)
    assert found.brier == pytest.approx((0.05**2 + 0.1**2 + 0.95**2 + 0.3**2) / 4)
    assert [(one.low, one.calls) for one in found.bins] == [(0.3, 1), (0.9, 3)]
    assert found.bins[1].observed == pytest.approx(2 / 3)


def test_no_case_is_no_figure() -> None:
    found = summarised([])

    assert (found.cases, found.right, found.brier, found.bins) == (0, None, None, ())


def test_corrections_and_taps_tell_the_truth(world: World) -> None:
    anna = world.browser()
    anna.open()
    anna.event("tel_click", {"number": NUMBER})
    world.call("tapped", "ringing", **{"from": "+79160000001", "to": NUMBER})
    wrong = world.call("wrong", "ringing", **{"from": "+79160000002", "to": NUMBER}).get_json()["inquiry"]
    upkeep.correct(wrong, None, None, "boss")
    now = clock.now()

    found = accuracy(db.session(), 1, now - timedelta(days=1), now + timedelta(days=1))

    assert (found.cases, found.by_source) == (2, {"tap": 1, "correction": 1})
    assert found.right == 0.5
    assert accuracy(db.session(), 1, now + timedelta(days=1), now + timedelta(days=2)).cases == 0
