"""People who log in to the admin."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import Role, User
from tracker.access.passwords import hash_password, is_outdated, is_right
from tracker.errors import InvalidInput

EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def add(session: Session, email: str, password: str, role: Role) -> User:
    """Adds a user; the email is lower-cased.

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


def log_in(session: Session, email: str, password: str, now: datetime) -> User | None:
    """Returns the user if email and password fit and he is enabled, else None; notes the time."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if not is_right(user.password_hash if user else None, password) or user is None or not user.enabled:
        return None
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(password)
    user.last_login_at = now
    return user
