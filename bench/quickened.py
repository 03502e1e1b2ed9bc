"""The server and the worker with a short time of adopting, so that chaos spends its time on leases."""

from __future__ import annotations

from typing import Any

from tracker import commands, create_app
from tracker.leases import publishing, redis_store

ADOPT_MS = 1_000

redis_store.ADOPT_MS = publishing.ADOPT_MS = ADOPT_MS


def web(environ: Any, start_response: Any) -> Any:
    """Makes the application with the first request, so that the worker need not."""
    global _app
    _app = _app or create_app()
    return _app(environ, start_response)


_app: Any = None

if __name__ == "__main__":
    commands.main()
