from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine
from world import World

from tracker import clock
from tracker.checks import backlog
from tracker.checks.finding import Context
from tracker.leases.redis_store import SiteKeys

STREAM = SiteKeys("example").stream


@pytest.fixture
def installation(world: World) -> Iterator[Context]:
    settings = world.services.config
    context = Context(settings, create_engine(settings.sqlalchemy_url))
    yield context
    context.close()


def test_nothing_waits_once_page_views_are_stored(world: World, installation: Context) -> None:
    world.browser().open()
    before = backlog.page_views(installation).sentence
    world.store_visits()

    assert before.startswith("Page views and other signs that wait to be stored: 1 (example), the oldest for ")
    assert backlog.page_views(installation).sentence == "No page view waits to be stored."


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("seconds", "level"), [(5, "ok"), (90, "warn"), (900, "fail")])
def test_backlog_is_judged_by_its_age(
    world: World, installation: Context, monkeypatch: pytest.MonkeyPatch, seconds: int, level: str
) -> None:
    world.browser().open()
    later = clock.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert backlog.page_views(installation).level == level


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("warn", "fail", "level"), [(3, 4, "ok"), (2, 3, "warn"), (1, 2, "fail")])
def test_backlog_is_judged_by_its_length(
    world: World, installation: Context, monkeypatch: pytest.MonkeyPatch, warn: int, fail: int, level: str
) -> None:
    monkeypatch.setattr(backlog, "WARN_COUNT", warn)
    monkeypatch.setattr(backlog, "FAIL_COUNT", fail)
    for _ in range(2):
        world.browser().open()

    assert backlog.page_views(installation).level == level


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_stored_but_not_trimmed_does_not_wait(world: World, installation: Context) -> None:
    world.browser().open()
    entries = world.services.store.raw.xrange(STREAM)
    world.store_visits()
    world.services.store.raw.delete(STREAM)
    for entry_id, fields in entries:
        world.services.store.raw.xadd(STREAM, fields, id=entry_id)

    assert backlog.page_views(installation).sentence == "No page view waits to be stored."
