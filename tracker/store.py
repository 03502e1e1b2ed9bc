"""The connection to the fast store: Redis or Valkey, single or cluster."""

from __future__ import annotations

import os
import threading
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError, RedisClusterException, ResponseError
from redis.retry import Retry

from tracker.config import Config
from tracker.embedded.address import socket_url

CONNECT_SECONDS = 0.3
ANSWER_SECONDS = 1.0  # the page waits 1.5 s; a store that is slower counts as down

Store = Redis | RedisCluster


def connect(config: Config) -> Store:
    """Returns a client that connects when first used.

    A command whose connection broke is sent once more, over a new one: nearly always the old one had died while idle.
    So a command may be done twice, if the server died between doing and answering it and was back at once. Our
    scripts bear that: a lease is prolonged, a page view has its key; only an event of the page may count twice.

    `redis+cluster://host:port` makes a cluster client.
    """
    url = config.redis_url or socket_url(config.instance)
    limits = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}
    if "+cluster" in url:
        return Cluster(url=url.replace("+cluster", ""), **limits)
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1), health_check_interval=0, **limits)


class Cluster(RedisCluster):
    """A cluster client that asks for the nodes when first used, and not when made, so that we start without them.

    What it lacks until then is what the client's own constructor sets; whoever asks for it brings it about.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._opening = threading.RLock()
        self._is_opening = self._is_open = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_is_open" not in self.__dict__:
            raise AttributeError(name)
        with self._opening:
            if self._is_opening:  # the constructor itself looks whether it is there
                raise AttributeError(name)
            if not self._is_open:
                self._open()
        return object.__getattribute__(self, name)

    def _open(self) -> None:
        self._is_opening = True
        try:
            super().__init__(**self._options)
            self._is_open = True
        except RedisClusterException as error:
            raise ConnectionError(f"the cluster does not answer: {error}") from error
        finally:
            self._is_opening = False

    def close(self) -> None:
        """Closes all connections; one that was never opened is not opened for this."""
        if self._is_open:
            super().close()

    def execute_command(self, *words: Any, **options: Any) -> Any:
        """As the client does; that all nodes are away is said like any other loss of connection."""
        execute: Any = super().execute_command  # the client leaves it without types
        try:
            return execute(*words, **options)
        except RedisClusterException as error:
            raise ConnectionError(f"the cluster does not answer: {error}") from error


class Lane:
    """One connection per thread, for the command that every sign of life sends.

    The client's own way through its pool, its retries and its counting costs 0.08 ms of CPU, a fifth of what a
    page view costs altogether.
    """

    def __init__(self, client: Redis) -> None:
        self._pool = client.connection_pool
        self._thread = threading.local()

    def send(self, *words: str | bytes | int) -> Any:
        """Sends a command and returns the answer; once more when the connection had died since the last one.

        Raises:
            redis.exceptions.RedisError: the store does not answer, or answers with an error.
        """
        connection = self._connection()
        try:
            return self._exchange(connection, words)
        except ConnectionError:
            return self._exchange(connection, words)

    def _exchange(self, connection: Any, words: tuple[str | bytes | int, ...]) -> Any:
        try:
            connection.send_command(*words)
            return connection.read_response()
        except ResponseError:
            raise
        except BaseException:
            connection.disconnect()  # a late answer must not be taken for that of the next command
            raise

    def _connection(self) -> Any:
        connection = getattr(self._thread, "connection", None)
        if connection is None or connection.pid != os.getpid():
            connection = self._thread.connection = self._pool.connection_class(**self._pool.connection_kwargs)
        return connection
