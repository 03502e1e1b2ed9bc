from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import create_engine

from tracker import config, database
from tracker.checks.finding import Context


@pytest.fixture
def context(
    tmp_path: Path, valkey: Redis, redis_url: str, database_url: str, make_context: Callable[..., Context]
) -> Context:
    """An installation whose stores are up; the test runs with each kind of database."""
    return make_context(REDIS_URL=redis_url, DATABASE_URL=database_url)


@pytest.fixture
def make_context(tmp_path: Path) -> Iterator[Callable[..., Context]]:
    made: list[Context] = []

    def make(**environ: str) -> Context:
        settings = config.load({"SKVOZ_INSTANCE": str(tmp_path), "SECRET_KEY": "test", **environ})
        engine = create_engine(settings.sqlalchemy_url)
        database.prepare_engine(engine)
        made.append(Context(settings, engine))
        return made[-1]

    yield make
    for context in made:
        context.close()
