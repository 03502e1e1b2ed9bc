"""A small run of `bench.chaos` with real parts and real kills; and that its reckoning notices what is wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.chaos import reckoning
from bench.chaos.reckoning import Kills, Row
from bench.chaos.run import Plan, chaos
from bench.chaos.seen import Holding

NONE_KILLED = Kills([])
STORE_DIES_THIRD = 5  # a seed; after its return nothing is leased anew for three seconds


def held(visitor: str, since: int, until: int, number: str = "+74950000001", shared: bool = False) -> Holding:
    return Holding(number, visitor, shared, since, since, until)


def test_parts_killed_at_random_break_no_promise(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(operations=500, pause=(0.1, 0.4), minutes=1, seed=STORE_DIES_THIRD)

    verdict, counted = chaos(tmp_path, plan, said.append)

    assert verdict.violations == []
    assert counted["grants"] and counted["kills"], said


def test_second_holder_is_noticed() -> None:
    apart = [held("ann", 0, 3000), held("bob", 3000, 6000)]
    together = [held("ann", 0, 3000), held("bob", 2999, 6000)]

    assert list(reckoning.told_alone(apart, set())) == []
    assert len(list(reckoning.told_alone(together, set()))) == 1


def test_shared_number_is_no_violation_where_it_may_be_shared() -> None:
    told = [held("ann", 0, 3000), held("bob", 1000, 4000, shared=True)]

    assert list(reckoning.told_alone(told, {"+74950000001"})) == []
    assert len(list(reckoning.told_alone(told, set()))) == 1


def test_another_number_during_a_stay_is_noticed() -> None:
    told = [held("ann", 0, 3000), held("ann", 2000, 5000, number="+74950000002")]

    assert len(list(reckoning.kept(told, set()))) == 1


def test_leases_that_overlap_unmarked_in_the_database_are_noticed() -> None:
    first, second = Row("+1", "ann", 0, 3000, False), Row("+1", "bob", 2000, 5000, True)

    assert len(list(reckoning.stored_alone([first, second], {"+1"}))) == 1
    assert list(reckoning.stored_alone([first._replace(is_shared=True), second], {"+1"})) == []


def test_number_taken_before_its_turn_is_noticed() -> None:
    pool = ["+1", "+2"]
    rows = [Row("+1", "ann", 10, 3000, False), Row("+1", "bob", 4000, 7000, False)]

    assert len(list(reckoning.longest_idle_first(rows, dict.fromkeys(pool, pool)))) == 1
    assert list(reckoning.longest_idle_first([rows[0]], dict.fromkeys(pool, pool))) == []


def test_lease_that_the_database_lacks_is_noticed_unless_a_kill_excuses_it() -> None:
    told = [held("ann", 10_000, 13_000)]
    lost: Counter[str] = Counter()

    assert len(list(reckoning.recorded([], told, NONE_KILLED, lost))) == 1
    assert len(list(reckoning.recorded([], told, Kills([12_001]), lost))) == 1
    assert list(reckoning.recorded([], told, Kills([12_000]), lost)) == []
    assert lost == {"leases": 1}
