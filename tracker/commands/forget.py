"""`skvoz forget`: erases a person everywhere we hold data."""

from __future__ import annotations

import click
from flask import current_app

from tracker import upkeep
from tracker.commands.database import needs_database
from tracker.errors import NotFound


@click.command()
@click.argument("who", metavar="PHONE-OR-EMAIL-OR-VISITOR")
@needs_database
def forget(who: str) -> None:
    """Erase a person everywhere we hold data."""
    counts = {what: count for what, count in upkeep.forget(current_app.extensions["services"], who).items() if count}
    if not counts:
        raise NotFound(f"Nothing is known of {who}.")
    for what, count in counts.items():
        click.echo(f"{what}: {count}")
    click.echo("Cards in CRMs and the cookie in his browser are out of our reach; erase the cards there.")
