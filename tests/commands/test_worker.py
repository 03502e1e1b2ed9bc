"""The background processes: which are chosen, and that a failure ends none of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from world import EXAMPLE, World

from tracker.commands import background
from tracker.commands.background import Chore
from tracker.commands.deliver import Deliverer
from tracker.errors import StoreDown
from tracker.services import Services


@pytest.mark.parametrize("only", ["none", "", "ingest,none"])
def test_unknown_part_is_refused_with_the_known_ones(skvoz: Callable[..., Any], only: str) -> None:
    done = skvoz("worker", "--only", only)

    assert done.code != 0
    assert "ingest" in done.err


def test_chore_outlives_every_failure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AFTER_FAILURE", timedelta(0))
    stop, turns = threading.Event(), []
    failures = [StoreDown("away"), OperationalError("", {}, Exception("away")), KeyError("a mistake of ours")]

    def turn(services: Services) -> int:
        turns.append(services)
        if len(turns) > len(failures):
            stop.set()
            return 0
        raise failures[len(turns) - 1]

    background.run(world.app, Chore("test", turn, timedelta(0)), stop)

    assert turns == [world.services] * 4


def test_delivery_that_fails_in_our_own_code_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    crm = "      - {key: b24, provider: crm/bitrix24, settings: {webhook_url: 'https://x.bitrix24.ru/rest/1/s/'}}\n"
    world.apply(EXAMPLE + crm)
    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+74957770001"})
    monkeypatch.setattr("tracker.deliveries.ownership.claim", lambda *_: 1 / 0)
    deliverer = Deliverer(world.app)

    with caplog.at_level(logging.ERROR):
        deliverer.turn(world.services)
        for future in deliverer._busy.values():
            future.result(30)

    assert "could not be served" in caplog.text
