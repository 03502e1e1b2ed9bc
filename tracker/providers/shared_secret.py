"""Authentication of our own webhooks: a bearer secret, or a signature of the body made with it."""

from __future__ import annotations

import hashlib
import hmac

from tracker.errors import NotAuthentic
from tracker.providers.settings import SettingField
from tracker.providers.webhook import WebhookRequest

SECRET = SettingField(
    "secret",
    "Secret",
    kind="secret",
    help="A long random text; the sender repeats it in `Authorization: Bearer …` or signs the body with it.",
)

SIGNATURE_HEADER = "X-Skvoz-Signature"


def require_secret(request: WebhookRequest, secret: str) -> None:
    """Accepts `Authorization: Bearer <secret>` or `X-Skvoz-Signature: sha256=<hex hmac of the body>`.

    Raises:
        NotAuthentic: neither proof is right, or the connection has no secret.
    """
    if not secret:
        raise NotAuthentic("this connection has no secret")
    if not (_bears(request, secret) or _signed(request, secret)):
        raise NotAuthentic("the secret or the signature is wrong")


def signature(body: bytes, secret: str) -> str:
    """Returns the value of `X-Skvoz-Signature`, for example `sha256=5d41…` (64 hex digits)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _bears(request: WebhookRequest, secret: str) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _same(token.strip(), secret)


def _signed(request: WebhookRequest, secret: str) -> bool:
    given = request.headers.get(SIGNATURE_HEADER, "").strip().lower()
    return _same(given, signature(request.body, secret))


def _same(given: str, wanted: str) -> bool:
    # Bytes, because compare_digest refuses texts that are not ASCII.
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
