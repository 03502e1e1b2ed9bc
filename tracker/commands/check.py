"""`skvoz check`: is everything well, and if not, what to do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from tracker import checks, config
from tracker.checks.finding import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def check(as_json: bool) -> None:
    """Look whether store, database, workers and machine are well; exit code 1 if something is not."""
    found = checks.look(config.load())
    is_well = all(finding.level != "fail" for _, finding in found)
    if as_json:
        rows = [{"name": name, **asdict(finding)} for name, finding in found]
        click.echo(json.dumps({"ok": is_well, "findings": rows}, indent=2))
    else:
        for name, finding in found:
            _print(name, finding)
    sys.exit(0 if is_well else 1)


def _print(name: str, finding: Finding) -> None:
    colour = {"ok": "green", "warn": "yellow", "fail": "red"}[finding.level]
    click.echo(f"{click.style(f'{finding.level:<5}', fg=colour)}{name + ':':<19}{finding.sentence}")
    if finding.remedy:
        click.echo(f"{'':<24}→ {finding.remedy}")
