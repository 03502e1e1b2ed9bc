"""The example site of nginx, running, before a small upstream."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from nginx_site import Site, Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(tmp_path: Path, upstream: Upstream) -> Iterator[Site]:
    if shutil.which("nginx") is None:
        pytest.fail("nginx is missing; `make test` installs it")
    running = Site(tmp_path, upstream)
    running.start()
    yield running
    running.stop()
