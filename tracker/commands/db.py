"""`skvoz db upgrade`: migrations, under a lock."""

from __future__ import annotations

import click

from tracker import config, database


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the schema up to date; safe to repeat, and to start on several machines at once."""
    database.upgrade(config.load())
    click.echo("The database is up to date.")
