"""`skvoz user`: people who log in to the admin, and a new password for whoever lost his."""

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
    given, password = _password()
    with writing(db.session()) as session:
        sites = {_site_id(session, key): Role(role) for key in keys}
        added = users.add(session, email, password, None if sites else Role(role))
        users.set_site_roles(session, added, sites)
        audit.record(session, audit.COMMAND_LINE, "user.add", added.email, {"role": role, "sites": list(keys)})
        where = f" on {', '.join(keys)}" if keys else ""
        click.echo(f"User {added.email}, {role}{where}." + ("" if given else f" Password: {password}"))


@user.command()
@click.argument("email")
@click.option("--without-second-factor", is_flag=True, help="Switch the second factor off too.")
@needs_database
def password(email: str, without_second_factor: bool) -> None:
    """Set a new password, and end the user's sessions. It comes from standard input, or is made and printed once."""
    given, new = _password()
    with writing(db.session()) as session:
        found = users.find(session, email)
        users.set_password(found, new)
        if without_second_factor:
            users.drop_second_factor(found)
        detail = {"second_factor": "off"} if without_second_factor else {}
        audit.record(session, audit.COMMAND_LINE, "user.password", found.email, detail)
        click.echo(f"New password of {found.email} is set." + ("" if given else f" Password: {new}"))


def _password() -> tuple[str, str]:
    """What was given on standard input (empty: nothing), and the password to use."""
    given = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    return given, given or secrets.token_urlsafe(12)


def _site_id(session: Session, key: str) -> int:
    found = session.scalar(select(Site.id).where(Site.key == key))
    if found is None:
        raise NotFound(f"There is no site {key}.")
    return found
