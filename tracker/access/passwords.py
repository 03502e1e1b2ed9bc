"""Passwords of users: argon2id with the library's current parameters."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracker.errors import InvalidInput

SHORTEST = 8  # NIST SP 800-63B; longer is better, composition rules are not
LONGEST = 256  # hashing a megabyte is a way to keep us busy

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Returns the hash to keep.

    Raises:
        InvalidInput: too short or too long; `field` is `password`.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.", "password")
    return _hasher.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Says whether the password fits.

    Args:
        password_hash: None when there is no such user; it takes as long, so nobody learns who has an account.
    """
    if len(password) > LONGEST:
        return False
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """True when the hash was made with weaker parameters; hash the password again at the next login."""
    return _hasher.check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
