"""`skvoz apply FILE`: configuration as code, into the database."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import click
from flask import current_app
from redis.exceptions import RedisError

from tracker import config, flow
from tracker.commands.database import needs_database, settings
from tracker.commands.providers import PROVIDER_RULES
from tracker.configuration.apply import apply as apply_document
from tracker.configuration.difference import Change
from tracker.configuration.reading import Document, read, read_file
from tracker.database import writing
from tracker.errors import StoreDown
from tracker.extensions import db
from tracker.services import Services


@click.command()
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--site", "sites", multiple=True, metavar="KEY", help="Apply this site only; leave all others alone.")
@needs_database
def apply(file: str, dry_run: bool, sites: tuple[str, ...]) -> None:
    """Make the configuration be what FILE says (- reads standard input); twice changes nothing.

    Within a list that FILE names, what is absent is switched off, never deleted.
    """
    document = _read(file)
    with writing(db.session()) as session:
        changes = apply_document(session, document, PROVIDER_RULES, settings().secret_key, only=sites or None)
        if dry_run:
            session.rollback()
    if not dry_run:
        _publish({change.site for change in changes})
    _show(changes, dry_run, len(document.configuration.sites) > 1)


def _publish(keys: Collection[str]) -> None:
    """Shows the change to the web processes at once; while the store is away the worker does it later."""
    services: Services = current_app.extensions["services"]
    for key in sorted(keys):
        try:
            flow.publish(services, key)
        except (RedisError, StoreDown):
            click.echo("The fast store does not answer: the change takes effect when it does.", err=True)
            return


def _read(file: str) -> Document:
    environ = config.environment()
    return read(sys.stdin.read(), environ, "standard input") if file == "-" else read_file(file, environ)


def _show(changes: Sequence[Change], dry_run: bool, name_sites: bool) -> None:
    for change in changes:
        is_about_site = change.subject == f"site {change.site}"
        click.echo(f"{change.site}: {change}" if name_sites and not is_about_site else str(change))
    if not changes:
        click.echo("Nothing to change.")
    elif dry_run:
        click.echo("Dry run: nothing was written.", err=True)
