"""One run: sets up, lets clients and killer loose, watches that it goes on, lets the worker finish, and judges."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError

from bench.chaos.killer import Killer
from bench.chaos.pages import Client
from bench.chaos.parts import PARTS, Parts
from bench.chaos.reckoning import Kills, Verdict, judge
from bench.chaos.seen import Seen
from bench.installation import Installation
from tracker.extensions import db
from tracker.pools.models import Overflow

HOLD_SECONDS = 3
TIMES = {"hold_seconds": HOLD_SECONDS, "max_age_seconds": 600}  # no page stays for ten minutes
STALLED_SECONDS = 60  # without a single decision: something is dead, and waiting would not help
SHARED = "+74951112244"
STREAM = "skv:{example}:stream"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much, how long at most, by how many; `pause` is the shortest and longest time between two kills."""

    operations: int
    minutes: float = 600
    clients: int = 32
    seed: int = 1
    pause: tuple[float, float] = (0.5, 3.0)
    report_seconds: float = 5
    database_url: str | None = None


class Stalled(Exception):
    """The run cannot go on; there is no verdict."""


def chaos(folder: Path, plan: Plan, report: Report) -> tuple[Verdict, dict[str, object]]:
    """Runs it all in an empty folder; returns the verdict, and what happened.

    Raises:
        Stalled: a part did not come back, or nothing was decided for a minute.
    """
    installation = Installation(folder, plan.database_url)
    installation.add_site(numbers=60, **TIMES)
    installation.add_pool("few", SHARED, 20, first=1000, overflow=Overflow.SHARED, **TIMES)
    parts = Parts(installation)
    killer = Killer(parts, plan.seed, plan.pause)
    began = time.monotonic()
    try:
        for name in PARTS:
            parts.start(name)
        killer.start()
        seen = asyncio.run(_operate(installation, plan, killer, report))
        killer.stop()
        if killer.failure:
            raise Stalled(killer.failure)
        _wait_until_stored(installation, parts, report)
        report("judging")
        with installation.app.app_context():
            verdict = judge(db.session(), seen, Kills(killer.store_kills))
    finally:
        killer.stop()
        parts.stop()
        installation.close()
    counted = _counted(seen, killer) | {"killed": killer.killed, "lost to kills of the store": dict(verdict.lost)}
    return verdict, counted | {"seconds": round(time.monotonic() - began)}


async def _operate(installation: Installation, plan: Plan, killer: Killer, report: Report) -> Sequence[Seen]:
    deadline = time.monotonic() + plan.minutes * 60
    clients: list[Client] = []

    def more() -> bool:
        return time.monotonic() < deadline and sum(client.seen.decided for client in clients) < plan.operations

    hold_ms = HOLD_SECONDS * 1000
    clients += [Client(installation.port, plan.seed * 1000 + n, hold_ms, more) for n in range(plan.clients)]
    running = asyncio.gather(*(client.run() for client in clients))
    watch = Watch([client.seen for client in clients], killer, report)
    while not running.done():
        await asyncio.wait([running], timeout=plan.report_seconds)
        try:
            watch.look()
        except Stalled:
            running.cancel()
            raise
    running.result()
    return [client.seen for client in clients]


class Watch:
    """Tells how far the run is, and notices when it goes on no more."""

    def __init__(self, seen: Sequence[Seen], killer: Killer, report: Report) -> None:
        self._seen, self._killer, self._report = seen, killer, report
        self._began = self._moved = time.monotonic()
        self._decided = 0

    def look(self) -> None:
        now, counted = time.monotonic(), _counted(self._seen, self._killer)
        decided = sum(one.decided for one in self._seen)
        self._report(f"{now - self._began:5.0f} s  " + ", ".join(f"{value} {name}" for name, value in counted.items()))
        if decided > self._decided:
            self._decided, self._moved = decided, now
        if self._killer.failure:
            raise Stalled(self._killer.failure)
        if now - self._moved > STALLED_SECONDS:
            raise Stalled(f"nothing was decided for {STALLED_SECONDS} s")


def _counted(seen: Sequence[Seen], killer: Killer) -> dict[str, object]:
    return {
        "operations": sum(one.decided for one in seen),
        "grants": sum(one.grants for one in seen),
        "views": sum(len(one.views) for one in seen),
        "refused": sum(one.refused for one in seen),
        "unanswered": sum(one.unanswered for one in seen),
        "kills": sum(killer.killed.values()),
    }


def _wait_until_stored(installation: Installation, parts: Parts, report: Report) -> None:
    """The workers finish; as long as they get on, they may take their time."""
    store = installation.app.extensions["services"].store.raw
    left, moved = -1, time.monotonic()
    while time.monotonic() - moved < STALLED_SECONDS:
        try:
            waiting = store.xlen(STREAM)
        except RedisError as error:
            raise Stalled(f"the store is away at the end: {error}") from error
        if not waiting:
            return
        if waiting != left:
            report(f"{waiting} entries wait to be stored")
            left, moved = waiting, time.monotonic()
        time.sleep(0.5)
    raise Stalled(f"{left} entries are not stored; dead: {parts.dead() or 'nobody'}")
