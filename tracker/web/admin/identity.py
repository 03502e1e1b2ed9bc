"""The user of the present request, as Flask-Login knows him."""

from __future__ import annotations

import hashlib

from flask_login import LoginManager, UserMixin
from sqlalchemy import select

from tracker.access.models import Role, SiteRole, User
from tracker.access.rights import Access
from tracker.extensions import db
from tracker.sites.models import Site


class LoggedIn(UserMixin):  # type: ignore[misc]
    """A user with a session. The session ends when his password changes."""

    def __init__(self, user: User) -> None:
        self.user_id = user.id
        self.email = user.email
        self.access = Access(user.role, _site_roles(user.id))
        self.language = user.language
        self._mark = _mark(user)

    def get_id(self) -> str:
        """What the session cookie carries."""
        return f"{self.user_id}:{self._mark}"


def _site_roles(user_id: int) -> dict[str, Role]:
    named = select(Site.key, SiteRole.role).join(Site, Site.id == SiteRole.site_id).where(SiteRole.user_id == user_id)
    return dict(db.session.execute(named).all())


def _mark(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


def load(session_id: str) -> LoggedIn | None:
    """The user a session cookie names; None when he is gone, disabled, or has a new password."""
    number, _, mark = session_id.partition(":")
    user = db.session.get(User, int(number)) if number.isdigit() else None
    if user is None or not user.enabled or _mark(user) != mark:
        return None
    return LoggedIn(user)


def register(login: LoginManager) -> None:
    """Tells Flask-Login how to load users."""
    login.user_loader(load)
