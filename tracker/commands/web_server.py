"""Settings of gunicorn: `gunicorn -c python:tracker.commands.web_server wsgi:app`, as `skvoz run` starts it.

A command line option of gunicorn wins over what stands here.
Source: https://docs.gunicorn.org/en/stable/settings.html (read 2026-11).
"""

from __future__ import annotations

import os

workers = min(4, 2 * (os.cpu_count() or 1))
# Threads, because one slow caller would block a worker of the plain kind until it is killed for its silence.
worker_class = "gthread"
threads = 4

timeout = 30  # seconds until a silent worker is replaced
graceful_timeout = 20  # seconds a request may still take once a stop or reload is asked for
max_requests = 20_000  # bounds what a slow memory leak can take
max_requests_jitter = 2_000

# The heartbeat file of a worker must not wait for a busy disk.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None  # noqa: S108

control_socket_disable = True  # one path for all users of the machine: two installations would quarrel
loglevel = "warning"
