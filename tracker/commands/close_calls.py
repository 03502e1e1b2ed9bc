"""Ends calls that nobody ends: after hours without a word their end counts as unknown."""

from __future__ import annotations

from datetime import timedelta

from tracker import upkeep
from tracker.commands.background import Chore

CLOSE_CALLS = Chore("close-calls", upkeep.close_calls, timedelta(minutes=5))
