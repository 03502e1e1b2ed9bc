"""`skvoz token add`: keys to the server-side API."""

from __future__ import annotations

import click
from sqlalchemy import select

from tracker.access import audit, tokens
from tracker.commands.database import needs_database
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.sites.models import Site


@click.group()
def token() -> None:
    """Keys to the server-side API."""


@token.command()
@click.argument("name")
@click.option("--scope", default="read", show_default=True, help="read, write or read,write")
@click.option("--site", "key", metavar="KEY", help="Good for this site only.")
@needs_database
def add(name: str, scope: str, key: str | None) -> None:
    """Make a token and print it, once and alone, on standard output."""
    with writing(db.session()) as session:
        site = session.scalar(select(Site).where(Site.key == key)) if key else None
        if key and site is None:
            raise NotFound(f"There is no site {key}.")
        text = tokens.add(session, name, tokens.read_scopes(scope), site.id if site else None)
        audit.record(session, audit.COMMAND_LINE, "token.add", name, {"scope": scope, "site": key})
    click.echo(text)
