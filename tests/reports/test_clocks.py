"""A wrong clock is noticed by many calls, not by one late message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World, iso

from tracker import clock
from tracker.extensions import db
from tracker.reports.clocks import Skew, judge, skew_of, wrong_clocks
from tracker.sites.models import Connection


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        ([40.0] * 4, None),  # too few
        ([-1.0, -2.0, 0.0, -1.0, -3.0], None),
        ([-1.0, -1.0, -1.0, -600.0, -600.0], None),  # two that came late
        ([45.0, 46.0, 44.0, 45.0, -900.0], Skew(45.0, 5, 0)),
        ([-120.0] * 6, Skew(-120.0, 6, 0)),
        ([10_799.0] * 5, Skew(10_799.0, 5, 3)),
        ([-7_260.0] * 5, Skew(-7_260.0, 5, -2)),
        ([5_400.0] * 5, Skew(5_400.0, 5, 0)),
    ],
)
def test_median_decides(ahead: list[float], found: Skew | None) -> None:
    assert judge(ahead) == found


def ring(world: World, number: int, ahead: timedelta) -> None:
    world.call(f"c{number}", "ringing", at=iso(clock.now() + ahead), to="+74957770001", **{"from": "+79160000001"})


def test_clock_of_a_connection_is_judged_by_its_calls(world: World) -> None:
    for number in range(5):
        ring(world, number, timedelta(hours=3))
        world.call(
            f"c{number}", "recorded", at=iso(clock.now() - timedelta(days=2)), recording_url="https://x.example/1"
        )

    db.session.rollback()
    skew = wrong_clocks(db.session())["pbx"]
    assert (skew.hours, skew.events) == (3, 5)


def test_right_clock_is_no_news(world: World) -> None:
    for number in range(5):
        ring(world, number, timedelta(0))

    db.session.rollback()
    pbx = db.session.scalars(select(Connection.id).where(Connection.key == "pbx")).one()
    assert skew_of(db.session(), pbx) is None
