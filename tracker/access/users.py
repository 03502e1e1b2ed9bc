"""People who log in to the admin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker.access.models import Role, SiteRole, User
from tracker.access.passwords import hash_password, is_outdated, is_right
from tracker.errors import InvalidInput, NotFound

EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def add(session: Session, email: str, password: str, role: Role | None) -> User:
    """Adds a user; the email is lower-cased.

    Args:
        role: on every site; None: on none but those of `set_site_roles`.

    Raises:
        InvalidInput: not an address, already a user, or a password too short; `field` is `email` or `password`.
    """
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise InvalidInput(f"{email!r} is not an email address.", "email")
    if session.scalar(select(User.id).where(User.email == email)):
        raise InvalidInput(f"{email} is a user already.", "email")
    user = User(email=email, password_hash=hash_password(password), role=role)
    session.add(user)
    session.flush()
    return user


def find(session: Session, email: str) -> User:
    """The user with this email.

    Raises:
        NotFound: there is none.
    """
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise NotFound(f"There is no user {email}.")
    return user


def set_password(user: User, password: str) -> None:
    """Sets a new password; every session of the user ends with the old one.

    Raises:
        InvalidInput: too short or too long.
    """
    user.password_hash = hash_password(password)


def drop_second_factor(user: User) -> None:
    """Lets the password alone be enough."""
    user.totp_secret, user.totp_step, user.recovery_codes = None, None, []


def set_site_roles(session: Session, user: User, roles: Mapping[int, Role]) -> None:
    """Replaces what the user may do on single sites (site id to role).

    Raises:
        InvalidInput: no role at all, or an owner of a single site.
    """
    if Role.OWNER in roles.values():
        raise InvalidInput("An owner is one of the whole installation; choose another role for a site.", "role")
    if user.role is None and not roles:
        raise InvalidInput("Choose a role, on every site or on one.", "role")
    session.execute(delete(SiteRole).where(SiteRole.user_id == user.id))
    session.add_all(SiteRole(user_id=user.id, site_id=site_id, role=role) for site_id, role in roles.items())
    session.flush()


def site_roles(session: Session, user: User) -> dict[int, Role]:
    """What the user may do on single sites: site id to role."""
    named = select(SiteRole.site_id, SiteRole.role).where(SiteRole.user_id == user.id)
    return dict(session.execute(named).all())


def log_in(session: Session, email: str, password: str, now: datetime) -> User | None:
    """Returns the user if email and password fit and he is enabled, else None; notes the time."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if not is_right(user.password_hash if user else None, password) or user is None or not user.enabled:
        return None
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    user.last_login_at = now
    return user
