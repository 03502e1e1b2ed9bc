"""`skvoz export`: the configuration as a file; secrets as `***`, which on `apply` means keep."""

from __future__ import annotations

import click

from tracker.commands.database import needs_database, settings
from tracker.commands.providers import PROVIDER_RULES
from tracker.configuration.export import export as export_sites
from tracker.extensions import db


@click.command()
@click.option("--site", "key", metavar="KEY", help="This site only; apply it with --site too.")
@needs_database
def export(key: str | None) -> None:
    """Write the configuration as YAML to standard output."""
    click.echo(export_sites(db.session(), PROVIDER_RULES, settings().secret_key, only=key), nl=False)
