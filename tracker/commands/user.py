"""`skvoz user add`: people who log in to the admin."""

from __future__ import annotations

import secrets
import sys

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access import audit, users
from tracker.access.models import Role
from tracker.commands.database import needs_database
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.sites.models import Site


@click.group()
def user() -> None:
    """People who log in to the admin."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value, show_default=True)
@click.option("--site", "keys", metavar="KEY", multiple=True, help="The role is for this site only; repeatable.")
@needs_database
def add(email: str, role: str, keys: tuple[str, ...]) -> None:
    """Add a user. The password comes from standard input; on a terminal one is made and printed once."""
    given = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    password = given or secrets.token_urlsafe(12)
    with writing(db.session()) as session:
        sites = {_site_id(session, key): Role(role) for key in keys}
        added = users.add(session, email, password, None if sites else Role(role))
        users.set_site_roles(session, added, sites)
        audit.record(session, audit.COMMAND_LINE, "user.add", added.email, {"role": role, "sites": list(keys)})
        where = f" on {', '.join(keys)}" if keys else ""
        click.echo(f"User {added.email}, {role}{where}." + ("" if given else f" Password: {password}"))


def _site_id(session: Session, key: str) -> int:
    found = session.scalar(select(Site.id).where(Site.key == key))
    if found is None:
        raise NotFound(f"There is no site {key}.")
    return found
