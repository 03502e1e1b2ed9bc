"""Random histories of one site against a model: the promises of a pool hold after every step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from lease_stage import NUMBERS, Stage, a_pool
from redis import Redis

from tracker import clock
from tracker.leases.leasing import Granted

HOLD = 900_000
LONGEST = 3 * HOLD
VISITORS = st.sampled_from("abcdefgh")
EXTENT = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
WAITS = st.sampled_from([1_000, 60_000, 600_000, HOLD - 2_000, HOLD + 1_000, 4 * HOLD])


@dataclass
class Held:
    """What the model believes: instants in milliseconds of the story's own clock."""

    number: str
    since: int
    until: int
    shared: bool


@dataclass
class Model:
    """Who holds what, and since when each number rests."""

    held: dict[str, Held] = field(default_factory=dict)
    free_from: dict[str, int] = field(default_factory=dict)

    def live(self, now: int) -> dict[str, Held]:
        return {who: held for who, held in self.held.items() if held.until > now}

    def free(self, now: int) -> list[str]:
        """Free numbers, the longest idle first."""
        return sorted((n for n in self.free_from if self.free_from[n] <= now), key=lambda n: (self.free_from[n], n))


class Leases(RuleBasedStateMachine):
    """One pool of three numbers, eight visitors, and time that passes in jumps."""

    client: Redis
    overflow: str

    @initialize()
    def open(self) -> None:
        self.client.flushall()
        pool = a_pool(hold_ms=HOLD, max_age_ms=LONGEST, overflow=self.overflow)
        self.stage = Stage(self.client, [pool])
        self.stage.put(*NUMBERS[:3])
        self.model = Model(free_from={number: place for place, number in enumerate(NUMBERS[:3])})

    @rule(who=VISITORS, beats=st.booleans())
    def shows_life(self, who: str, beats: bool) -> None:
        before = self._now()
        granted = self.stage.beat(who) if beats else self.stage.view(who)
        if not (beats and granted.reason == "no-pool"):
            self._check(who, granted, before)

    @rule(who=VISITORS)
    def leaves(self, who: str) -> None:
        before = self._now()
        granted = self.stage.leave(who)
        if granted.numbers:
            self._check(who, granted, before)

    @rule(wait=WAITS)
    def time_passes(self, wait: int) -> None:
        self.stage.wait(timedelta(milliseconds=wait))

    @invariant()
    def store_and_model_agree_who_is_free(self) -> None:
        if not hasattr(self, "stage"):
            return
        now = self._now()
        scores = self.client.zrange(self.stage.keys.pool("1"), 0, -1, withscores=True)
        found = {member.decode() for member, score in scores if score > now - self.stage.passed_ms}
        assert found == {held.number for held in self.model.live(now).values()}

    def _check(self, who: str, granted: Granted, before: int) -> None:
        now = self._now()
        mine, free = self.model.live(now).get(who), self.model.free(before)
        others = {held.number for name, held in self.model.live(now).items() if name != who}
        stays = mine is not None and before - mine.since < LONGEST
        if not granted.numbers:
            assert not stays and not free and self.overflow == "original"
            assert granted.reason == "exhausted"
            return
        shown = granted.numbers[0]
        assert shown.until is not None
        now = clock.to_millis(shown.until) - HOLD + self.stage.passed_ms
        if stays:
            assert mine is not None
            assert shown.number == mine.number
            since = mine.since
        elif free:
            former = self.model.held[who].number if who in self.model.held else None
            assert shown.number == (former if former in free else free[0])
            assert not shown.is_shared
            since = now
        else:
            assert self.overflow == "shared"
            assert shown.is_shared
            since = now
        assert shown.number not in others or shown.is_shared
        shared = shown.is_shared
        self.model.held[who] = Held(shown.number, since, now + HOLD, shared)
        self.model.free_from[shown.number] = max(self.model.free_from[shown.number], now + HOLD)

    def _now(self) -> int:
        seconds, micros = self.client.time()
        return seconds * 1000 + micros // 1000 + self.stage.passed_ms


@pytest.mark.parametrize("overflow", ["original", "shared"])
def test_promises_hold_in_any_history(valkey: Redis, overflow: str) -> None:
    machine = type("Machine", (Leases,), {"client": valkey, "overflow": overflow})
    run_state_machine_as_test(machine, settings=EXTENT)
