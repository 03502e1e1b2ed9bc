"""Settings of connections, encrypted at rest with a key derived from SECRET_KEY.

Beside the settings stands what a configuration file gave, so that tokens which the program has renewed since
are not put back to the stale ones when the same file is applied again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tracker.errors import ConfigurationError

PURPOSE = b"skvoz connection settings"  # another purpose derives another key from the same secret


@dataclass(frozen=True)
class Sealed:
    """What stands in the encrypted text: the settings in force, and what a file gave (empty: no file did)."""

    settings: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)


def seal(settings: Mapping[str, str], secret_key: str, given: Mapping[str, str] | None = None) -> str:
    """Returns the settings as encrypted text, different every time."""
    content = json.dumps(asdict(Sealed(dict(settings), dict(given or {}))))
    return _fernet(secret_key).encrypt(content.encode()).decode()


def unseal(sealed: str, secret_key: str) -> dict[str, str]:
    """Returns the settings in force.

    Raises:
        ConfigurationError: sealed with another SECRET_KEY, or damaged.
    """
    return dict(open_sealed(sealed, secret_key).settings)


def reseal(sealed: str, renewed: Mapping[str, str], secret_key: str) -> str:
    """Replaces settings that the program itself has renewed, such as a rotated token; the others stay.

    Raises:
        ConfigurationError: as `unseal`.
    """
    content = open_sealed(sealed, secret_key)
    content = replace(content, settings={**content.settings, **renewed})
    return seal(content.settings, secret_key, content.given)


def open_sealed(sealed: str, secret_key: str) -> Sealed:
    """Returns everything that was sealed.

    Raises:
        ConfigurationError: as `unseal`.
    """
    try:
        return Sealed(**json.loads(_fernet(secret_key).decrypt(sealed)))
    except InvalidToken as error:
        raise ConfigurationError(
            "Settings of a connection cannot be decrypted: SECRET_KEY is not the one they were saved with. "
            "Put the former SECRET_KEY back (in the environment, or in secret_key of the instance folder), "
            "or apply a file with all secrets written out."
        ) from error


@lru_cache(maxsize=4)  # one key per installation; tests use a few
def _fernet(secret_key: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
