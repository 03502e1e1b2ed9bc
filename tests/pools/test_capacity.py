"""How many numbers a pool needs, against published tables and by counting on one's fingers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.pools.capacity import LARGEST, blocking, expected_coverage, replayed_coverage, smallest_size

START = datetime(2026, 11, 1, tzinfo=UTC)


def minutes(first: int, last: int) -> tuple[datetime, datetime]:
    return START + timedelta(minutes=first), START + timedelta(minutes=last)


# Offered traffic in erlangs for a number of circuits and a blocking, from the published Erlang B table.
ERLANG_TABLE = [
    (1, 0.01, 0.0101),
    (5, 0.01, 1.36),
    (10, 0.01, 4.46),
    (20, 0.01, 12.0),
    (50, 0.01, 37.9),
    (100, 0.01, 84.1),
    (10, 0.05, 6.22),
    (10, 0.001, 3.09),
]


@pytest.mark.parametrize(("circuits", "lost", "load"), ERLANG_TABLE)
def test_model_agrees_with_the_published_table(circuits: int, lost: float, load: float) -> None:
    assert blocking(load, circuits) == pytest.approx(lost, rel=0.03)


def test_pool_without_numbers_loses_everybody() -> None:
    assert blocking(3.0, 0) == 1.0
    assert blocking(0.0, 0) == 1.0
    assert blocking(0.0, 1) == 0.0


@given(st.floats(0.01, 200), st.integers(0, 100))
def test_another_number_never_loses_more(load: float, size: int) -> None:
    assert 0 <= blocking(load, size + 1) <= blocking(load, size) <= 1


def test_busy_hours_weigh_by_their_visitors() -> None:
    hours = [(10, 1.0), (90, 9.0)]

    assert expected_coverage(hours, 9) == pytest.approx(1 - (0.1 * blocking(1.0, 9) + 0.9 * blocking(9.0, 9)))
    assert expected_coverage([], 9) is None


STAYS = [minutes(0, 20), minutes(5, 25), minutes(10, 30), minutes(20, 40)]
REPLAYS = [(0, 0.0), (1, 0.5), (2, 0.75), (3, 1.0), (9, 1.0)]


@pytest.mark.parametrize(("size", "served"), REPLAYS)
def test_replay_serves_whoever_finds_a_number_free(size: int, served: float) -> None:
    assert replayed_coverage(STAYS, size) == served


def test_number_is_free_again_at_the_very_end_of_a_stay() -> None:
    assert replayed_coverage([minutes(0, 20), minutes(20, 40)], 1) == 1.0


def test_replay_of_nothing_says_nothing() -> None:
    assert replayed_coverage([], 5) is None
    assert smallest_size(lambda size: replayed_coverage([], size), 0.9) is None


@pytest.mark.parametrize("target", [0.5, 0.9, 0.98, 0.999])
def test_smallest_size_reaches_the_target_and_one_less_does_not(target: float) -> None:
    hours = [(100, 12.0), (300, 31.5)]

    size = smallest_size(lambda size: expected_coverage(hours, size), target)

    assert size is not None
    assert (expected_coverage(hours, size) or 0) >= target > (expected_coverage(hours, size - 1) or 0)


def test_what_no_pool_can_reach_has_no_size() -> None:
    assert smallest_size(lambda size: 0.5 if size <= LARGEST else 1.0, 0.9) is None
