"""The visitor goes over to another domain of the site: a signed parameter `_skv=` carries him there.

A token is good for two minutes and one site; who lacks the secret can neither make one nor change the visitor in it.
"""

from __future__ import annotations

import base64
import hmac
import re

VALID_SECONDS = 120
_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{8,12})\.([\w-]{22})")


def token(visitor: str, site: str, secret: str, now: float) -> str:
    """Returns the token: visitor, last second of its life in hexadecimal, signature; 64 characters.

    Args:
        visitor: 32 hex.
        site: the site's key.
        secret: the installation's.
        now: Unix seconds.
    """
    expires = f"{int(now) + VALID_SECONDS:x}"
    return f"{visitor}.{expires}.{_signature(visitor, expires, site, secret)}"


def visitor_of(text: str | None, site: str, secret: str, now: float) -> str | None:
    """Returns the visitor whom a token carries, None for one that is absent, forged, of another site, or too old."""
    found = _TOKEN.fullmatch(text or "")
    if found is None:
        return None
    visitor, expires, signature = found.groups()
    if not hmac.compare_digest(signature, _signature(visitor, expires, site, secret)):
        return None
    return visitor if now <= int(expires, 16) <= now + VALID_SECONDS else None


def _signature(visitor: str, expires: str, site: str, secret: str) -> str:
    text = f"link\n{site}\n{visitor}\n{expires}"
    digest = hmac.digest(secret.encode(), text.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
