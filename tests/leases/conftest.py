"""Lets the test modules of this folder import its stage, and sets it up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

sys.path.insert(0, str(Path(__file__).parent))

from lease_stage import NUMBERS, Stage, a_pool


@pytest.fixture
def stage(valkey: Redis) -> Stage:
    """A site with one pool of five numbers that gives on arrival, holding for 15 minutes."""
    made = Stage(valkey, [a_pool()])
    made.put(*NUMBERS)
    return made


@pytest.fixture
def make_stage(valkey: Redis) -> Callable[..., Stage]:
    """Makes a site with one pool of the given settings and number of numbers."""

    def make(size: int = 5, facts: dict[str, str] | None = None, **changes: Any) -> Stage:
        made = Stage(valkey, [a_pool(**changes)], **(facts or {}))
        made.put(*NUMBERS[:size])
        return made

    return make
