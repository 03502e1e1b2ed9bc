"""An amoCRM sandbox on a real socket, and our provider connected to it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from connected_account import Connected
from moved_clock import Clock

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.amocrm.account import Application

CALLBACK = "https://track.example.com/oauth/crm/amocrm/callback"


@pytest.fixture
def amo(serve: Callable[[Any], str]) -> Connected:
    clock = Clock()
    account = Account(now=clock, sleep=lambda seconds: None)
    account.limit.per_second = 0
    account.application = Application("id", "secret", CALLBACK)
    return Connected(serve(create_sandbox(account)), account, clock)
