"""What signatures of several providers have in common."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from tracker.errors import NotAuthentic
from tracker.providers.shared_secret import same

FRESH = timedelta(minutes=5)  # older messages may be recordings of genuine ones


def require(given: str, wanted: str) -> None:
    """Compares two signatures in constant time.

    Raises:
        NotAuthentic: they differ, or none was given.
    """
    if not given or not same(given, wanted):
        raise NotAuthentic("the signature is wrong")


def require_fresh(signed_at: float, received_at: datetime) -> None:
    """Makes sure the signed time (Unix seconds) is near the time of arrival.

    Raises:
        NotAuthentic: more than five minutes apart.
    """
    if abs(received_at.timestamp() - signed_at) > FRESH.total_seconds():
        raise NotAuthentic("the message is too old, or a clock is wrong")


def hmac_base64(secret: str, text: str | bytes, digest: Callable[..., object] = hashlib.sha256) -> str:
    """Returns base64 of the HMAC's bytes."""
    return base64.b64encode(_hmac(secret, text, digest)).decode()


def hmac_hex(secret: str, text: str | bytes, digest: Callable[..., object] = hashlib.sha256) -> str:
    """Returns the HMAC as lower-case hex."""
    return _hmac(secret, text, digest).hex()


def _hmac(secret: str, text: str | bytes, digest: Callable[..., object]) -> bytes:
    written = text.encode() if isinstance(text, str) else text
    return hmac.new(secret.encode(), written, digest).digest()  # type: ignore[arg-type]
