from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tracker.embedded import CLEAN_MARK, EmbeddedStore
from tracker.errors import ConfigurationError


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., EmbeddedStore]]:
    made: list[EmbeddedStore] = []

    def begin(folder: Path = tmp_path) -> EmbeddedStore:
        made.append(EmbeddedStore(folder))
        return made[-1]

    yield begin
    for store in made:
        if store.is_alive():
            store.stop()


def test_store_keeps_everything_and_evicts_nothing(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()

    with Redis.from_url(store.url, decode_responses=True) as client:
        found = client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save", "port", "maxmemory")

    assert found == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "port": "0",
        "maxmemory": "0",
    }


def test_files_are_closed_to_others(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()

    files = [store.folder, store.socket, *store.folder.glob("appendonlydir/*")]

    assert len(files) >= 4
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def test_clean_stop_leaves_its_mark_and_all_data(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()
    with Redis.from_url(store.url) as client:
        client.set("lease", "+74957770001")

    store.stop()
    was_alive = store.is_alive()
    store.start()

    assert not was_alive
    with Redis.from_url(store.url) as client:
        assert client.mget("lease", CLEAN_MARK) == [b"+74957770001", b"1"]


def test_killed_store_starts_again_without_the_mark(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()
    with Redis.from_url(store.url) as client:
        client.set("lease", "+74957770001")
        assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1

    kill(store)
    adopted = store.start()

    assert not adopted
    with Redis.from_url(store.url) as client:
        assert client.mget("lease", CLEAN_MARK) == [b"+74957770001", None]


def kill(store: EmbeddedStore) -> None:
    assert store.pid is not None
    os.kill(store.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while store.is_alive():
        assert time.monotonic() < deadline


def test_rewriting_process_of_a_killed_store_delays_nobody(make: Callable[..., EmbeddedStore]) -> None:
    store, successor = make(), make()
    store.start()
    with Redis.from_url(store.url) as client:
        client.set("lease", "+74957770001")
        client.config_set("rdb-key-save-delay", 60_000_000)  # microseconds a key
        client.bgrewriteaof()
        assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1
        assert client.info("persistence")["aof_rewrite_in_progress"] == 1

    kill(store)
    successor.start()

    with Redis.from_url(store.url) as client:
        assert client.get("lease") == b"+74957770001"


def test_living_store_of_a_predecessor_is_adopted(make: Callable[..., EmbeddedStore]) -> None:
    predecessor, successor = make(), make()
    predecessor.start()
    pid = predecessor.pid

    adopted = successor.start()

    assert adopted
    assert successor.pid == pid
    successor.stop()
    assert not predecessor.is_alive()


def test_deep_instance_folder_works(make: Callable[..., EmbeddedStore], tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    store = make(deep)

    store.start()

    with Redis.from_url(store.url) as client:
        assert client.ping()
    assert (deep / "valkey" / "appendonlydir").is_dir()


def test_half_written_last_command_is_dropped_not_fatal(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()
    with Redis.from_url(store.url) as client:
        client.set("lease", "+74957770001")
    store.stop()
    (file,) = store.folder.glob("appendonlydir/*.incr.aof")
    with file.open("ab") as tail:
        tail.write(b"*3\r\n$3\r\nSET\r\n$5\r\nlea")

    store.start()

    with Redis.from_url(store.url) as client:
        assert client.get("lease") == b"+74957770001"


def test_spoilt_file_is_reported_with_the_words_of_the_server(make: Callable[..., EmbeddedStore]) -> None:
    store = make()
    store.start()
    store.stop()
    (file,) = store.folder.glob("appendonlydir/*.incr.aof")
    file.write_bytes(b"this is no append-only file\r\n" * 50)

    with pytest.raises(ConfigurationError, match=r"does not start.*valkey.log.*Bad file format"):
        store.start()


def test_stop_goes_on_when_the_server_does_not_listen(make: Callable[..., EmbeddedStore], tmp_path: Path) -> None:
    store = make()
    store.start()
    store.socket.unlink()

    store.stop()

    assert not store.is_alive()
