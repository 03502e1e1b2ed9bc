"""The way in for the very first user: a code that is printed in the terminal and works until a user exists."""

from __future__ import annotations

import base64
import hashlib
import hmac

from sqlalchemy import create_engine, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker.access.models import User
from tracker.config import Config


def setup_code(config: Config) -> str | None:
    """Returns the code to print at the start, e.g. `k4vx2-m7qta`; None once there is a user or no schema yet."""
    engine = create_engine(config.sqlalchemy_url)
    try:
        with Session(engine) as session:
            return None if has_user(session) else code(config.secret_key)
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def has_user(session: Session) -> bool:
    """True once somebody can log in."""
    return bool(session.scalar(select(exists().where(User.id.is_not(None)))))


def code(secret_key: str) -> str:
    """Derives the code from the secret of the installation: nothing to store, the same for every process."""
    digest = hmac.new(secret_key.encode(), b"first user", hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode().lower()
    return f"{letters[:5]}-{letters[5:10]}"


def is_code(text: str, secret_key: str) -> bool:
    """True when the text is the code; capitals, spaces and dashes do not matter."""
    given = "".join(char for char in text.lower() if char.isalnum())
    return hmac.compare_digest(given.encode(), code(secret_key).replace("-", "").encode())
