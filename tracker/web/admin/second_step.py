"""Between password and code: who is half-way in, for a few minutes, remembered in his own signed cookie."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import session
from sqlalchemy.orm import Session

from tracker import clock
from tracker.access import second_factor
from tracker.access.models import User
from tracker.sites.secrets import unseal
from tracker.web.admin.identity import LoggedIn

HALF_WAY = "half_way"
PATIENCE = timedelta(minutes=5)
SECRET = "totp"  # noqa: S105  the name under which the secret is sealed


def ask_for_code(user: User) -> None:
    """Remembers that the user's password was right."""
    session[HALF_WAY] = [LoggedIn(user).get_id(), int((clock.now() + PATIENCE).timestamp())]


def half_way(now: datetime) -> str | None:
    """Returns the session id of who is half-way in; None: nobody, or it took too long."""
    name, until = session.get(HALF_WAY) or (None, 0)
    return name if now.timestamp() < until else None


def is_proved(writer: Session, user_id: int, code: str, secret_key: str, now: datetime) -> bool:
    """Accepts a code of the user's application or one of his recovery codes, each once; part of a transaction.

    Raises:
        ConfigurationError: the secret was encrypted with another SECRET_KEY.
    """
    user = writer.get_one(User, user_id, with_for_update=True)
    secret = unseal(user.totp_secret, secret_key)[SECRET] if user.totp_secret else ""
    step = second_factor.step_of(secret, code, now, user.totp_step) if secret else None
    if step is not None:
        user.totp_step = step
        return True
    left = second_factor.without(user.recovery_codes, code)
    if left is None:
        return False
    user.recovery_codes = left
    return True
