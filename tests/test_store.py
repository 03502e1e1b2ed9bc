"""The client connects when first used, so that nothing needs the store in order to start."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError

from tracker import config
from tracker.store import connect

NOBODY = "127.0.0.1:1"  # no program listens on port 1


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_store_that_is_away_is_missed_only_when_it_is_needed(tmp_path: Path, scheme: str) -> None:
    settings = config.load({"SKVOZ_INSTANCE": str(tmp_path), "REDIS_URL": f"{scheme}://{NOBODY}", "SECRET_KEY": "test"})

    client = connect(settings)

    assert isinstance(client, RedisCluster) == (scheme == "redis+cluster")
    for _ in range(2):
        with pytest.raises(ConnectionError):
            client.get("key")
