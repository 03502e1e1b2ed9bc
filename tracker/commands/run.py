"""`skvoz run` and `skvoz demo`: everything in one go, in this order: instance lock, port, embedded store,
database, web and worker. The way back is the reverse.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from tracker import config, database, instance_lock
from tracker.access import first_user
from tracker.commands import web_server
from tracker.commands.children import Child
from tracker.commands.listening import is_loopback, listen
from tracker.commands.supervisor import Orders, Supervisor, answers
from tracker.config import Config
from tracker.embedded import EmbeddedStore
from tracker.instance_lock import Hold

# The pretend CRMs live in the memory of the web process, so there is one, and it is never replaced.
DEMO_WEB = ["--workers", "1", "--threads", "16", "--max-requests", "0"]
LOOPBACK = "127.0.0.0/8,::1/128"


@dataclass(frozen=True)
class Plan:
    """What to run where.

    `workers` are web processes, None for as many as suit the machine; `app` is what gunicorn serves and
    `worker` the words after `python` that start the background processes.
    """

    host: str
    port: int
    workers: int | None = None
    demo: bool = False
    app: str = "wsgi:app"
    worker: tuple[str, ...] = ("-m", "tracker.commands", "worker")


_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
_port = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
_workers = click.option("--workers", type=click.IntRange(1, 64), help="Web processes.  [default: 2 per core, up to 4]")


@click.command()
@_host
@_port
@_workers
def run(host: str, port: int, workers: int | None) -> None:
    """Run everything: store, database, web and worker."""
    serve(config.load(), Plan(host, port, workers))


@click.command()
@_host
@_port
def demo(host: str, port: int) -> None:
    """Run everything, with the demo company at /demo/."""
    serve(config.load(), Plan(host, port, demo=True))


def serve(settings: Config, plan: Plan) -> None:
    """Runs until SIGTERM or SIGINT and returns when everything has stopped.

    Raises:
        ConfigurationError: the instance is in use, the port is busy, a store or the database cannot be used.
    """
    orders = Orders()
    with instance_lock.hold(settings.instance) as lock, _listening(plan, lock) as door:
        orders.listen()
        lock.announce(*_address(door))
        with _store(settings) as store:
            is_new = settings.database_url is None and not (settings.instance / "skvoz.db").exists()
            database.upgrade(settings)
            children = [_web(settings, plan, door), _worker(settings, plan)]
            Supervisor(
                children,
                store,
                is_ready=lambda: answers(*_reachable(door)),
                on_ready=lambda: _welcome(settings, plan, door, is_new),
                say=_say,
            ).run(orders)
    _say("Stopped.")


@contextlib.contextmanager
def _listening(plan: Plan, lock: Hold) -> Iterator[socket.socket]:
    # The web server of a killed predecessor finishes its requests before it lets the port go.
    follows = lock.killed is not None and lock.killed.port == plan.port
    with listen(plan.host, plan.port, web_server.graceful_timeout + 5 if follows else 0) as door:
        yield door


@contextlib.contextmanager
def _store(settings: Config) -> Iterator[EmbeddedStore | None]:
    if settings.redis_url is not None:
        yield None
        return
    store = EmbeddedStore(settings.instance)
    if store.start():
        _say(f"Took over the embedded store (process {store.pid}) of a run that was killed.")
    try:
        yield store
    finally:
        store.stop()


def _web(settings: Config, plan: Plan, door: socket.socket) -> Child:
    # By its path, not as a module: gunicorn's own process then need not load the application.
    command = [sys.executable, "-m", "gunicorn", "-c", str(web_server.__file__)]
    command += ["--bind", f"fd://{door.fileno()}"]
    if plan.demo:
        command += DEMO_WEB
    elif plan.workers is not None:
        command += ["--workers", str(plan.workers)]
    return Child("web", [*command, plan.app], _environ(settings, plan), [door.fileno()], _say)


def _worker(settings: Config, plan: Plan) -> Child:
    return Child("worker", [sys.executable, *plan.worker], _environ(settings, plan), say=_say)


def _environ(settings: Config, plan: Plan) -> dict[str, str]:
    environ = dict(os.environ)
    if is_loopback(plan.host) and not settings.trusted_proxies:
        environ["SKVOZ_TRUSTED_PROXIES"] = LOOPBACK
    if plan.demo:
        environ["SKVOZ_DEMO"] = "1"
    return environ


def _address(door: socket.socket) -> tuple[str, int]:
    host, port, *_ = door.getsockname()
    return f"[{host}]" if ":" in host else host, port


def _reachable(door: socket.socket) -> tuple[str, int]:
    """The address by which this machine itself reaches a socket that may listen on all addresses."""
    host, port, *_ = door.getsockname()
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


def _welcome(settings: Config, plan: Plan, door: socket.socket, is_new: bool) -> None:
    host, port = _reachable(door)
    url = settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    _say(f"Skvoz is ready: {url}/admin/")
    if plan.demo:
        _say(f"The demo company: {url}/demo/")
    if is_new:
        _say(f"All its state is in {settings.instance}.")
    if code := first_user.setup_code(settings):
        _say(f"Nobody can log in yet. Make the first login at {url}/admin/setup with the code {code}")
    _say("Ctrl-C stops it.")


def _say(sentence: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone; that must not stop an orderly stop
        click.echo(sentence)
