"""Authentication by a secret that both sides know: sent along, or used to sign the body."""

from __future__ import annotations

import base64
import binascii
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

SECRET_PARAMETER = "secret"  # noqa: S105 - in the query of an address; never stored with the raw message

# For senders that sign nothing: the secret is a part of the address they are given.
ADDRESS_SECRET = SettingField(
    "secret",
    "Secret",
    kind="secret",
    help="A long random text. Append it to the address: `?secret=…`, or send it as `Authorization: Bearer …` "
    "or as the password of basic authentication.",
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


def require_address_secret(request: WebhookRequest, secret: str) -> None:
    """Accepts the secret in the query (`?secret=…`), as bearer, as password of basic authentication, or a signature.

    Raises:
        NotAuthentic: none of them is right, or the connection has no secret.
    """
    in_query = any(name == SECRET_PARAMETER and same(value, secret) for name, value in request.query)
    if not (secret and (in_query or same(_password(request), secret))):
        require_secret(request, secret)


def signature(body: bytes, secret: str) -> str:
    """Returns the value of `X-Skvoz-Signature`, for example `sha256=5d41…` (64 hex digits)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _bears(request: WebhookRequest, secret: str) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and same(token.strip(), secret)


def _password(request: WebhookRequest) -> str:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _signed(request: WebhookRequest, secret: str) -> bool:
    given = request.headers.get(SIGNATURE_HEADER, "").strip().lower()
    return same(given, signature(request.body, secret))


def same(given: str, wanted: str) -> bool:
    """Compares in constant time."""
    # Bytes, because compare_digest refuses texts that are not ASCII.
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
