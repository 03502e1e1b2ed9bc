"""Kills one part after the other at random moments and starts it again."""

from __future__ import annotations

import random
import threading
import time

from bench.chaos.parts import PARTS, Parts
from tracker import clock

WEB_PROCESS = "one web process"
# How often each dies, relatively: what comes back fast may die more often.
TURNS = (WEB_PROCESS,) * 3 + ("web",) + ("worker-1",) * 2 + ("worker-2",) * 2 + ("store",)


class Killer(threading.Thread):
    """Runs until stopped.

    Args:
        pause: shortest and longest time between two kills, seconds.
    """

    def __init__(self, parts: Parts, seed: int, pause: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self._parts, self._random, self._pause = parts, random.Random(seed), pause
        self._turns: list[str] = []
        self._over = threading.Event()
        self.killed = dict.fromkeys((*PARTS, WEB_PROCESS), 0)
        self.store_kills: list[int] = []  # Unix milliseconds
        self.failure: str | None = None  # a part that did not come back

    def run(self) -> None:
        try:
            while not self._over.wait(self._random.uniform(*self._pause)):
                self._kill(self._next())
        except Exception as error:
            self.failure = f"a part does not come back: {error!r}"

    def stop(self) -> None:
        """Returns when the part killed last is up again; stopping twice is harmless."""
        self._over.set()
        if self.is_alive():
            self.join()

    def _next(self) -> str:
        """Everybody's turn comes, in an order that nobody knows."""
        if not self._turns:
            self._turns = self._random.sample(TURNS, len(TURNS))
        return self._turns.pop()

    def _kill(self, name: str) -> None:
        if name == WEB_PROCESS:
            self.killed[name] += self._parts.kill_web_process(self._random.choice)
            return
        if name == "store":
            self.store_kills.append(clock.to_millis(clock.now()))
        self._parts.kill(name)
        self.killed[name] += 1
        time.sleep(self._random.uniform(0, 0.5))
        self._parts.start(name)
