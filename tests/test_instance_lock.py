from __future__ import annotations

import os
from pathlib import Path

import pytest

from tracker import instance_lock
from tracker.errors import ConfigurationError
from tracker.instance_lock import Holder


def test_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with instance_lock.hold(tmp_path) as lock:
        lock.announce("127.0.0.1", 8000)

        with pytest.raises(ConfigurationError) as refused, instance_lock.hold(tmp_path):
            pass

    assert f"process {os.getpid()}, http://127.0.0.1:8000/" in str(refused.value)
    assert f"kill {os.getpid()}" in str(refused.value)


def test_clean_predecessor_leaves_no_trace(tmp_path: Path) -> None:
    with instance_lock.hold(tmp_path) as lock:
        lock.announce("127.0.0.1", 8000)

    with instance_lock.hold(tmp_path) as lock:
        assert lock.killed is None


def test_killed_predecessor_is_known(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text('{"pid": 4000000, "host": "127.0.0.1", "port": 8000}')

    with instance_lock.hold(tmp_path) as lock:
        assert lock.killed == Holder(4000000, "127.0.0.1", 8000)


def test_half_written_record_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text('{"pid": 40')

    with instance_lock.hold(tmp_path) as lock:
        assert lock.killed is None


def test_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(ConfigurationError, match="SKVOZ_INSTANCE"),
        instance_lock.hold(tmp_path / "file" / "instance"),
    ):
        pass
