"""Lets the test modules of this folder import `letters`, and starts a real Dovecot for those that need one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mail_servers import dovecot as dovecot
from mail_servers import free_port


@pytest.fixture
def unused_port() -> Callable[[], int]:
    return free_port
