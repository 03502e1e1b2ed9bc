"""A lost password: a letter with a link that is good for an hour, until the password changes."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import ResetLetter, User

GOOD_FOR = timedelta(hours=1)
NOT_AGAIN_FOR = timedelta(minutes=5)  # whoever presses the button in anger gets one letter


def ask(session: Session, email: str, now: datetime) -> bool:
    """Leaves a letter for the worker; False when there is no such user, he may not log in, or one is on its way."""
    user = session.scalar(select(User).where(User.email == email.strip().lower(), User.enabled))
    if user is None:
        return False
    lately = select(ResetLetter.id).where(ResetLetter.user_id == user.id, ResetLetter.asked_at > now - NOT_AGAIN_FOR)
    if session.scalar(lately.limit(1)) is not None:
        return False
    session.add(ResetLetter(user_id=user.id, asked_at=now, next_at=now))
    session.flush()
    return True


def token(user: User, secret_key: str) -> str:
    """What the link carries: who it is, and which password it replaces."""
    return _signer(secret_key).dumps([user.id, _mark(user)])


def user_of(session: Session, text: str, secret_key: str) -> User | None:
    """Returns the user whose password may be set with this token; None: it is too old, used, or none of ours."""
    try:
        number, mark = _signer(secret_key).loads(text, max_age=int(GOOD_FOR.total_seconds()))
    except BadSignature:
        return None
    user = session.get(User, number)
    return user if user is not None and user.enabled and _mark(user) == mark else None


def _mark(user: User) -> str:
    return hashlib.sha256(b"reset " + user.password_hash.encode()).hexdigest()[:24]


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="password reset")
