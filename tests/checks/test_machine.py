from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tracker import clock
from tracker.checks import machine
from tracker.checks.finding import Context


def certificate(path: Path, days: float) -> Path:
    """Writes a certificate of its own making, and its key, that ends in so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=90)).not_valid_after(now + timedelta(days=days))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = path / "certificate.pem"
    file.write_bytes(key.private_bytes(*plain) + made.sign(key, hashes.SHA256()).public_bytes(plain[0]))
    return file


@contextmanager
def web_server(file: Path) -> Iterator[str]:
    """Shows the certificate to one visitor; yields its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def greet() -> None:
        with suppress(OSError):
            context.wrap_socket(listening.accept()[0], server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        thread = threading.Thread(target=greet)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("days", "before", "level", "verb"),
    [(60, "14", "ok", "ends"), (60, "70", "warn", "ends"), (10, "14", "warn", "ends"), (-1, "14", "fail", "ended")],
)
def test_certificate_is_judged_by_its_end(
    make_context: Callable[..., Context], tmp_path: Path, days: int, before: str, level: str, verb: str
) -> None:
    with web_server(certificate(tmp_path, days)) as url:
        finding = machine.public_certificate(make_context(SKVOZ_PUBLIC_URL=url, SKVOZ_CERTIFICATE_DAYS=before))

    assert finding.level == level
    assert f"127.0.0.1 {verb} on {clock.now() + timedelta(days=days):%Y-%m-%d}" in finding.sentence


@pytest.mark.parametrize(("url", "level"), [("", "ok"), ("http://skvoz.test", "ok"), ("https://127.0.0.1:1", "warn")])
def test_certificate_that_nobody_shows(make_context: Callable[..., Context], url: str, level: str) -> None:
    assert machine.public_certificate(make_context(SKVOZ_PUBLIC_URL=url)).level == level
