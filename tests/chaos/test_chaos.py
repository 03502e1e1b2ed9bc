"""A short run of what `make chaos` does at length."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.chaos import KILLED, chaos


def test_kills_at_random_moments_break_no_promise() -> None:
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        violations, counted = chaos(Path(folder), operations=2_000, clients=16, pause=(0.5, 1.5))

    assert violations == []
    assert counted["killed"] != dict.fromkeys(KILLED, 0)
    assert counted["grants"]
