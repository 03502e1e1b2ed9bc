"""Processes and chores: the console script `skvoz`, also reachable through `flask --app wsgi`."""

from __future__ import annotations

import sys

import click
from flask import Flask

from tracker.commands import (
    apply,
    check,
    db,
    docs,
    export,
    forget,
    import_calls,
    prune,
    rematch,
    replay,
    run,
    simulate,
    token,
    user,
    worker,
)
from tracker.errors import SkvozError


@click.group()
def cli() -> None:
    """Self-hosted call and email tracking."""


for command in (
    run.run, run.demo, worker.worker, check.check, db.db, apply.apply, export.export, user.user, token.token,
    simulate.simulate_call, simulate.simulate_email, import_calls.import_calls,
    forget.forget, prune.prune, rematch.rematch, replay.replay, docs.docs,
):  # fmt: skip
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
