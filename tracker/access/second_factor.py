"""The second factor of a login: a code that changes every half minute (RFC 6238), or one of ten recovery codes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp

STEP_SECONDS = 30
ISSUER = "Skvoz"
RECOVERY_CODES = 10


def new_secret() -> str:
    """Makes the secret that the user's application shares with us, in base32."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """Returns the `otpauth://` address that the application reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """Returns the time step whose code this is; None: it is no code of now, or one that was used before.

    Args:
        code: as typed; spaces do not matter. The step before and after count too: clocks differ.
        last: the step of the code that was accepted last.
    """
    typed = "".join(code.split())
    present = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in (present - 1, present, present + 1):
        fits = typed.isascii() and secrets.compare_digest(generator.generate_otp(step), typed)
        if fits and (last is None or step > last):
            return step
    return None


def recovery_codes() -> list[str]:
    """Makes new recovery codes, each good for one login: `abcde-fghij-klmno`."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()[:15]
    return "-".join(letters[start : start + 5] for start in (0, 5, 10))


def hashed(code: str) -> str:
    """What is kept of a recovery code; 75 random bits need no salt."""
    return hashlib.sha256("".join(char for char in code.lower() if char.isalnum()).encode()).hexdigest()


def without(kept: Sequence[str], code: str) -> list[str] | None:
    """Returns the hashes that are left once this recovery code is spent; None: it is none of them."""
    spent = hashed(code)
    return [one for one in kept if one != spent] if spent in kept else None
