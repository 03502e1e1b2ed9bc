"""When the certificate of our own public address ends, as a visitor's browser would see it."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

CONNECT_SECONDS = 2  # the overview waits for it once a minute


def ends_at(public_url: str | None) -> tuple[str, datetime] | None:
    """Returns the host and the end of its certificate; None without https, or when nobody answers there."""
    parts = urlsplit(public_url or "")
    if parts.scheme != "https" or not parts.hostname:
        return None
    try:
        return parts.hostname, _end(parts.hostname, parts.port or 443)
    except (OSError, ValueError):
        return None


def ends_soon(end: datetime, now: datetime, days: float) -> bool:
    """Says whether so few days are left, or none, that people should hear of it."""
    return end - now < timedelta(days=days)


def _end(host: str, port: int) -> datetime:
    # Whoever it belongs to: an expired or foreign certificate is what we look for.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        certificate = x509.load_der_x509_certificate(connection.getpeercert(binary_form=True) or b"")
    return certificate.not_valid_after_utc.astimezone(UTC)
