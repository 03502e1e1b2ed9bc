"""`skvoz prune`: deletes what has been kept long enough, then has the rest counted; the worker does so once a day."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import timedelta

import click
from flask import current_app

from tracker import upkeep
from tracker.commands.background import Chore
from tracker.commands.database import needs_database
from tracker.services import Services

log = logging.getLogger(__name__)

BETWEEN_SECONDS = 0.1  # lets others write to SQLite


@click.command()
@needs_database
def prune() -> None:
    """Delete what is older than SKVOZ_KEEP_VISITS and SKVOZ_KEEP_INQUIRIES allow; renew statistics of the tables."""
    counts = _prune(current_app.extensions["services"])
    for what, count in counts.items():
        click.echo(f"{what}: {count}")
    if not counts:
        click.echo("Nothing is older than it is kept.")


def _prune(services: Services) -> Counter[str]:
    counts = Counter(upkeep.turn_months(services))
    while batch := upkeep.prune(services):
        counts.update({what: count for what, count in batch.items() if count})
        time.sleep(BETWEEN_SECONDS)
    upkeep.renew_statistics()
    return counts


def prune_daily(services: Services) -> int:
    counts = _prune(services)
    if counts:
        log.info("deleted what was kept long enough: %s", dict(counts))
    return 0


PRUNE = Chore("prune", prune_daily, timedelta(days=1))
