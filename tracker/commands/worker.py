"""`skvoz worker`: the background processes, each in a thread of its own."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Mapping, Sequence

import click
from flask import Flask, current_app

from tracker.commands import (
    alerts,
    background,
    close_calls,
    end_quarantines,
    ingest,
    learn,
    look_at_pages,
    note_visits,
    prune,
    recover,
    register_lines,
    reset_letters,
)
from tracker.commands.background import Chore
from tracker.commands.database import needs_database
from tracker.commands.deliver import Deliverer
from tracker.commands.listeners import Listeners
from tracker.commands.mailboxes import Watcher
from tracker.commands.polling import Poller
from tracker.commands.switchboards import Operator
from tracker.errors import InvalidInput

log = logging.getLogger(__name__)

GROUPS = ("ingest", "deliver", "recover", "mail", "calls", "alerts")


@click.command()
@click.option("--only", default=",".join(GROUPS), show_default=True, help="Which of them, comma-separated.")
@needs_database
def worker(only: str) -> None:
    """Run the background processes alone."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the app itself, for threads
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    deliverer, watcher, listeners = Deliverer(app), Watcher(app), Listeners(app)
    operator, poller = Operator(app), Poller(app)
    chores = {
        "ingest": [ingest.STORE_STREAMS, ingest.SUPPLY, end_quarantines.END_QUARANTINES],
        "deliver": [
            deliverer.chore,
            note_visits.NOTE_VISITS,
            register_lines.REGISTER_LINES,
            look_at_pages.LOOK_AT_PAGES,
        ],
        "recover": [recover.RECOVER, close_calls.CLOSE_CALLS, learn.LEARN, prune.PRUNE],
        "mail": [watcher.chore, listeners.chore],
        "calls": [operator.chore, poller.chore],
        "alerts": [alerts.Watchman().chore, reset_letters.SEND],
    }
    threads = [
        threading.Thread(target=background.run, args=(app, chore, stop), name=chore.name)
        for chore in _chosen(only, chores)
    ]
    for thread in threads:
        thread.start()
    log.info("the worker does %s", only)
    stop.wait()
    for thread in threads:
        thread.join()
    for part in (deliverer, watcher, listeners, operator, poller):
        part.stop()


def _chosen(only: str, chores: Mapping[str, Sequence[Chore]]) -> list[Chore]:
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    unknown = wanted - set(GROUPS)
    if unknown or not wanted:
        raise InvalidInput(f"--only takes {', '.join(GROUPS)}; not {', '.join(sorted(unknown)) or 'nothing'}", "only")
    return [chore for name in GROUPS if name in wanted for chore in chores[name]]
