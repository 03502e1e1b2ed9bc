"""What a check works with and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sqlalchemy import Engine

from tracker.config import Config
from tracker.store import Store, connect


@dataclass(frozen=True)
class Context:
    """What checks look at."""

    settings: Config
    engine: Engine

    @cached_property
    def store(self) -> Store:
        """The fast store; a cluster client connects here and may fail here."""
        return connect(self.settings)

    def close(self) -> None:
        """Closes what was opened."""
        if "store" in self.__dict__:
            self.store.close()
        self.engine.dispose()


@dataclass(frozen=True)
class Finding:
    """One sentence about the installation, and what to do if it is not well."""

    level: Literal["ok", "warn", "fail"]
    sentence: str
    remedy: str | None = None


@dataclass(frozen=True)
class Check:
    """A named check. `needs` names those before it that must not have failed."""

    name: str
    look: Callable[[Context], Finding]
    needs: tuple[str, ...] = ()


def ok(sentence: str) -> Finding:
    return Finding("ok", sentence)


def warn(sentence: str, remedy: str) -> Finding:
    return Finding("warn", sentence, remedy)


def fail(sentence: str, remedy: str) -> Finding:
    return Finding("fail", sentence, remedy)


CLOCK_WARN_SECONDS = 2.0
CLOCK_FAIL_SECONDS = 30.0


def clock_finding(whose: str, ahead_seconds: float) -> Finding:
    """Judges a clock that is `ahead_seconds` (negative: behind) of ours; leases and calls meet by time."""
    off = abs(ahead_seconds)
    sentence = f"The clock of {whose} is {off:.1f} s {'ahead of' if ahead_seconds > 0 else 'behind'} ours."
    remedy = "Switch on time synchronisation (NTP) on both machines."
    if off >= CLOCK_FAIL_SECONDS:
        return fail(sentence, remedy)
    if off >= CLOCK_WARN_SECONDS:
        return warn(sentence, remedy)
    return ok(f"The clock of {whose} agrees with ours.")
