"""Lets the test modules of this folder import its fakes, and connects our providers to sandboxes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crm_fakes import NOON, FakeCrm, Memory
from crm_worlds import Amo, Bitrix, World

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.bitrix24 import create_app, demo_portal


@pytest.fixture
def crm() -> FakeCrm:
    return FakeCrm()


@pytest.fixture
def memory() -> Memory:
    return Memory()


class Clock:
    """A clock that a test moves; every reading takes a little time, so that rate limits let tests pass."""

    def __init__(self, step: timedelta = timedelta(seconds=0.2)) -> None:
        self.at = NOON
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


@pytest.fixture
def amo(serve: Callable[[Any], str]) -> Amo:
    account = Account(now=Clock(), sleep=lambda seconds: None)
    return Amo(serve(create_sandbox(account)), account)


@pytest.fixture
def bitrix(serve: Callable[[Any], str]) -> Bitrix:
    portal = demo_portal(now=Clock(), sleep=lambda seconds: None)
    portal.bucket.per_second = 1000
    return Bitrix(serve(create_app(portal)), portal)


@pytest.fixture(params=["amo", "bitrix"])
def sandbox(request: pytest.FixtureRequest) -> World:
    """Each of the two CRMs."""
    chosen: World = request.getfixturevalue(request.param)
    return chosen
