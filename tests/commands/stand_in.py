"""What the tests of `skvoz run` start in place of the application (`stand_in:app`) and the worker.

Imports nothing of ours, so that it starts quickly; finds its store in `STAND_IN_STORE`.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from redis import Redis


def app(environ, start_response):
    """Tells who serves and what it was given; `/store` counts in the store."""
    answer = {"pid": os.getpid(), "master": os.getppid()}
    answer |= {name: os.environ.get(name) for name in ("SKVOZ_DEMO", "SKVOZ_TRUSTED_PROXIES")}
    if environ["PATH_INFO"] == "/store":
        with Redis.from_url(os.environ["STAND_IN_STORE"]) as store:
            answer["count"] = store.incr("count")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def work():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    written = Path(os.environ["SKVOZ_INSTANCE"]) / "worker.new"
    written.write_text(str(os.getpid()))
    written.rename(written.with_name("worker.pid"))
    signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    work()
