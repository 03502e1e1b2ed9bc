"""`skvoz user add`: people who log in to the admin."""

from __future__ import annotations

import secrets
import sys

import click

from tracker.access import audit, users
from tracker.access.models import Role
from tracker.commands.database import needs_database
from tracker.database import writing
from tracker.extensions import db


@click.group()
def user() -> None:
    """People who log in to the admin."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value, show_default=True)
@needs_database
def add(email: str, role: str) -> None:
    """Add a user. The password comes from standard input; on a terminal one is made and printed once."""
    given = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    password = given or secrets.token_urlsafe(12)
    with writing(db.session()) as session:
        added = users.add(session, email, password, Role(role))
        audit.record(session, audit.COMMAND_LINE, "user.add", added.email, {"role": role})
        click.echo(f"User {added.email}, {role}." + ("" if given else f" Password: {password}"))
