"""The connection to the fast store: Redis or Valkey, single or cluster."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.retry import Retry

from tracker.config import Config
from tracker.embedded.address import socket_url

CONNECT_SECONDS = 0.3
ANSWER_SECONDS = 1.0  # the page waits 1.5 s; a store that is slower counts as down

Store = Redis | RedisCluster


def connect(config: Config) -> Store:
    """Returns a client that connects when first used; commands are not repeated, they may have been done.

    `redis+cluster://host:port` makes a cluster client, which needs one reachable node at once.
    """
    url = config.redis_url or socket_url(config.instance)
    limits = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}
    if "+cluster" in url:
        return RedisCluster.from_url(url.replace("+cluster", ""), **limits)
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1), health_check_interval=0, **limits)
