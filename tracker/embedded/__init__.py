"""The private Valkey of an installation that names no `REDIS_URL`.

`address.py` says where it listens, `binary.py` finds a server program, `store.py` starts, adopts and stops
it. Only `skvoz run` (and its demo) starts one; everybody else connects to `socket_url(instance)`.
"""

from __future__ import annotations

from tracker.embedded.address import socket_url
from tracker.embedded.store import CLEAN_MARK, EmbeddedStore

__all__ = ["CLEAN_MARK", "EmbeddedStore", "socket_url"]
