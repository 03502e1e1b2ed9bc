"""Settings of connections, encrypted at rest with a key derived from SECRET_KEY."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracker.errors import ConfigurationError

PURPOSE = b"skvoz connection settings"  # another purpose derives another key from the same secret


def seal(settings: Mapping[str, str], secret_key: str) -> str:
    """Returns the settings as encrypted text, different every time."""
    return _fernet(secret_key).encrypt(json.dumps(dict(settings)).encode()).decode()


def unseal(sealed: str, secret_key: str) -> dict[str, str]:
    """Returns the settings that `seal` was given.

    Raises:
        ConfigurationError: sealed with another SECRET_KEY, or damaged.
    """
    try:
        settings: dict[str, str] = json.loads(_fernet(secret_key).decrypt(sealed))
    except InvalidToken as error:
        raise ConfigurationError(
            "Settings of a connection cannot be decrypted: SECRET_KEY is not the one they were saved with. "
            "Put the former SECRET_KEY back (the environment or the instance folder's secret_key), "
            "or apply a file with all secrets written out."
        ) from error
    return settings


@lru_cache(maxsize=4)  # one key per installation; tests use a few
def _fernet(secret_key: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
