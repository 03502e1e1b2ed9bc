"""Processes and chores: the console script `skvoz`, also reachable through `flask --app wsgi`."""

from __future__ import annotations

import sys

import click
from flask import Flask

from tracker.commands import apply, db, docs, export, token, user
from tracker.errors import SkvozError


@click.group()
def cli() -> None:
    """Self-hosted call and email tracking."""


for command in (apply.apply, export.export, db.db, user.user, token.token, docs.docs):
    cli.add_command(command)


def main() -> None:
    """Runs `skvoz`; an expected error becomes one sentence on stderr and exit code 1."""
    try:
        cli()
    except SkvozError as error:
        click.echo(f"skvoz: {error}", err=True)
        sys.exit(1)


def register(app: Flask) -> None:
    """Adds the same commands to `flask --app wsgi`."""
    for added in cli.commands.values():
        app.cli.add_command(added)
