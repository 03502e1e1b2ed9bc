"""Serves a pretend company's WSGI application on a loopback port, as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class Silent(WSGIRequestHandler):
    """Serves without a log line per request, and without waiting for the client's acknowledgements."""

    disable_nagle_algorithm = True

    def log_request(self, *args: Any) -> None:
        pass


@contextmanager
def serving(app: Any, **words: Any) -> Iterator[str]:
    """Yields the address `127.0.0.1:40123`; `words` are for `make_server`."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent, **words)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
