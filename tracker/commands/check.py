"""`skvoz check`: is everything well, and if not, what to do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from sqlalchemy import create_engine

from tracker import config
from tracker.commands import checks
from tracker.commands.checks.finding import Context, Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def check(as_json: bool) -> None:
    """Look whether store, database, workers and machine are well; exit code 1 if something is not."""
    found = _look()
    is_well = all(finding.level != "fail" for _, finding in found)
    if as_json:
        rows = [{"name": name, **asdict(finding)} for name, finding in found]
        click.echo(json.dumps({"ok": is_well, "findings": rows}, indent=2))
    else:
        for name, finding in found:
            _print(name, finding)
    sys.exit(0 if is_well else 1)


def _look() -> list[tuple[str, Finding]]:
    settings = config.load()
    waits = {} if settings.sqlalchemy_url.startswith("sqlite") else {"connect_timeout": 3}
    engine = create_engine(settings.sqlalchemy_url, connect_args=waits)
    context = Context(settings, engine)
    try:
        return list(checks.run(context))
    finally:
        context.close()


def _print(name: str, finding: Finding) -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[finding.level]
    click.echo(f"{click.style(f'{finding.level:<5}', fg=colour)}{name + ':':<19}{finding.sentence}")
    if finding.remedy:
        click.echo(f"{'':<24}→ {finding.remedy}")
