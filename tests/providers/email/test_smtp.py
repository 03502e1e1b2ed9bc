"""Letters sent by real SMTP and LMTP clients are stored before they are answered, and never bounced by our faults."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from letters import RECEIVED_AT, RULES, found, raw

from tracker import clock
from tracker.errors import ConfigurationError
from tracker.inquiries.events import LetterClass
from tracker.providers.email import smtp
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.smtp import LmtpListener, SmtpListener

TAGGED = "sales+k3v9xq@example.com"
OTHER = "zzzzzz@in.example.com"


class Store:
    """Keeps letters, unless it is told to be away."""

    def __init__(self) -> None:
        self.letters: list[tuple[bytes, list[str]]] = []
        self.failure: Exception | None = None

    def receive(self, raw: bytes, envelope_to: list[str]) -> None:
        if self.failure:
            raise self.failure
        self.letters.append((raw, envelope_to))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def port(store: Store) -> Iterator[int]:
    listener = SmtpListener({"listen": "127.0.0.1:0"}, store.receive, RULES.takes)
    listener.start()
    yield listener.port
    listener.stop()


@pytest.fixture
def client(port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as connection:
        connection.ehlo()
        yield connection


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with a key and a certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    today = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    encodings = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(key.private_bytes(*encodings) + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def lmtp(store: Store) -> Iterator[smtplib.LMTP]:
    # A Unix socket needs a short path.
    with TemporaryDirectory(prefix="lmtp-") as folder:
        path = str(Path(folder) / "socket")
        listener = LmtpListener({"listen": path}, store.receive, RULES.takes)
        listener.start()
        connection = smtplib.LMTP(path)
        connection.sock.settimeout(20)
        connection.ehlo()
        yield connection
        connection.close()
        listener.stop()


def begun(client: smtplib.SMTP, *recipients: str, sender: str = "ivan@client.example") -> None:
    client.mail(sender)
    for recipient in recipients:
        assert client.rcpt(recipient)[0] == 250
    assert client.docmd("DATA")[0] == 354


def replies(client: smtplib.SMTP, count: int) -> list[int]:
    return [client.getreply()[0] for _ in range(count)]


def test_letter_is_stored_with_its_envelope(client: smtplib.SMTP, store: Store) -> None:
    client.sendmail("ivan@client.example", [TAGGED, OTHER], raw("To: undisclosed-recipients:;"))

    ((letter, envelope_to),) = store.letters
    assert letter == b"Return-Path: <ivan@client.example>\r\n" + raw("To: undisclosed-recipients:;")
    assert envelope_to == [TAGGED, OTHER]
    event = read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT, envelope_to=envelope_to)
    assert found(event) == [("k3v9xq", "envelope"), ("zzzzzz", "envelope")]


def test_null_sender_makes_a_bounce(client: smtplib.SMTP, store: Store) -> None:
    client.sendmail("", [TAGGED], raw())

    ((letter, _),) = store.letters
    assert letter.startswith(b"Return-Path: <>\r\n")
    assert read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT).letter_class is LetterClass.BOUNCE


def test_foreign_domain_is_refused_and_ours_taken(client: smtplib.SMTP, store: Store) -> None:
    refused = client.sendmail("ivan@client.example", ["x@gmail.example", TAGGED], raw())

    assert {address: code for address, (code, _) in refused.items()} == {"x@gmail.example": 550}
    assert store.letters[0][1] == [TAGGED]


@pytest.mark.parametrize(
    "address", ["sales+unknwn@example.com", "nobody@example.com", "sales@zzzzzz.in.example.com", "A@EXAMPLE.COM"]
)
def test_any_address_of_our_domains_is_taken(client: smtplib.SMTP, store: Store, address: str) -> None:
    client.sendmail("ivan@client.example", [address], raw())

    assert store.letters[0][1] == [address]


def test_failure_to_store_asks_to_come_again(client: smtplib.SMTP, store: Store) -> None:
    store.failure = OSError("database away")

    with pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail("ivan@client.example", [TAGGED], raw())
    store.failure = None
    client.sendmail("ivan@client.example", [TAGGED], raw())

    assert caught.value.smtp_code == 451
    assert len(store.letters) == 1


def test_letter_too_large_is_refused_for_good(
    client: smtplib.SMTP, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused) as caught:
        client.sendmail("ivan@client.example", [TAGGED], raw(body="x" * 1000), ["SIZE=99999999"])

    assert caught.value.smtp_code == 552
    assert store.letters == []


def test_lines_no_standard_allows_are_taken_as_they_are(client: smtplib.SMTP, store: Store) -> None:
    letter = raw(body=b"x" * 5000 + b"\x00\xff bare\nfeed\r\n..dot\r\n")

    begun(client, TAGGED)
    client.send(letter.replace(b"\r\n..dot", b"\r\n...dot") + b".\r\n")

    assert replies(client, 1) == [250]
    assert store.letters[0][0].endswith(letter)


def test_bare_line_feeds_around_a_dot_end_nothing(client: smtplib.SMTP, store: Store) -> None:
    smuggled = b"\n.\nMAIL FROM:<x@evil.example>\nRCPT TO:<sales@example.com>\nDATA\nforged\r\n"

    begun(client, TAGGED)
    client.send(raw(body=smuggled) + b".\r\n")

    assert replies(client, 1) == [250]
    assert len(store.letters) == 1


def test_recipients_beyond_the_limit_are_asked_to_wait(
    client: smtplib.SMTP, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "MAX_RECIPIENTS", 1)

    refused = client.sendmail("ivan@client.example", [TAGGED, OTHER], raw())

    assert refused[OTHER][0] == 452
    assert store.letters[0][1] == [TAGGED]


def test_international_address_is_taken(store: Store) -> None:
    rules = type(RULES).of_addresses(["отдел@пример.рф"])
    listener = SmtpListener({"listen": "127.0.0.1:0"}, store.receive, rules.takes)
    listener.start()
    try:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            client.ehlo()
            client.sendmail("ivan@client.example", ["отдел@пример.рф"], raw(), ["SMTPUTF8"])
    finally:
        listener.stop()

    assert store.letters[0][1] == ["отдел@пример.рф"]


def test_lmtp_answers_once_per_recipient(lmtp: smtplib.LMTP, store: Store) -> None:
    begun(lmtp, TAGGED, OTHER)
    lmtp.send(raw() + b".\r\n")

    assert replies(lmtp, 2) == [250, 250]
    assert lmtp.noop()[0] == 250
    assert store.letters[0][1] == [TAGGED, OTHER]


def test_lmtp_failure_is_told_per_recipient(lmtp: smtplib.LMTP, store: Store) -> None:
    store.failure = OSError("database away")

    begun(lmtp, TAGGED, OTHER)
    lmtp.send(raw() + b".\r\n")

    assert replies(lmtp, 2) == [451, 451]
    assert lmtp.noop()[0] == 250


def test_lmtp_connection_serves_letter_after_letter(lmtp: smtplib.LMTP, store: Store) -> None:
    for recipients in ([TAGGED], [TAGGED, OTHER], [OTHER]):
        begun(lmtp, *recipients)
        lmtp.send(raw() + b".\r\n")
        assert replies(lmtp, len(recipients)) == [250] * len(recipients)

    assert [envelope_to for _, envelope_to in store.letters] == [[TAGGED], [TAGGED, OTHER], [OTHER]]


def test_stop_may_be_repeated_and_come_before_the_start(store: Store) -> None:
    SmtpListener({"listen": "127.0.0.1:0"}, store.receive, RULES.takes).stop()
    listener = SmtpListener({"listen": "127.0.0.1:0"}, store.receive, RULES.takes)
    listener.start()
    address = ("127.0.0.1", listener.port)
    for _ in range(2):
        listener.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=20)


def test_stop_waits_for_the_letter_being_stored() -> None:
    is_storing, may_end = threading.Event(), threading.Event()
    stored = []

    def receive(raw: bytes, envelope_to: list[str]) -> None:
        is_storing.set()
        may_end.wait(20)
        stored.append(raw)

    listener = SmtpListener({"listen": "127.0.0.1:0"}, receive, RULES.takes)
    listener.start()
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
        client.ehlo()
        begun(client, TAGGED)
        client.send(raw() + b".\r\n")
        is_storing.wait(20)
        stopping = threading.Thread(target=listener.stop)
        stopping.start()
        may_end.set()
        stopping.join()

        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
            client.noop()
    assert len(stored) == 1


def test_lmtp_letter_too_large_is_told_per_recipient(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MAX_BYTES", 1000)
    listener = LmtpListener({"listen": "127.0.0.1:0"}, store.receive, RULES.takes)
    listener.start()
    try:
        with smtplib.LMTP("127.0.0.1", listener.port) as client:
            client.ehlo()
            begun(client, TAGGED, OTHER)
            client.send(raw(body="x" * 2000) + b"\r\n.\r\n")

            assert replies(client, 2) == [552, 552]
            assert client.noop()[0] == 250
    finally:
        listener.stop()


def test_encryption_is_offered_when_there_is_a_certificate(store: Store, certificate: Path) -> None:
    listener = SmtpListener({"listen": "127.0.0.1:0", "certificate": str(certificate)}, store.receive, RULES.takes)
    listener.start()
    try:
        with smtplib.SMTP("127.0.0.1", listener.port, timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(certificate)))
            client.sendmail("ivan@client.example", [TAGGED], raw())
    finally:
        listener.stop()

    assert store.letters[0][1] == [TAGGED]


def test_missing_certificate_is_said(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="/nowhere"):
        SmtpListener({"listen": "127.0.0.1:0", "certificate": "/nowhere"}, store.receive, RULES.takes)


def test_address_in_use_is_said(store: Store) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        listener = SmtpListener({"listen": f"127.0.0.1:{number}"}, store.receive, RULES.takes)

        with pytest.raises(ConfigurationError, match=str(number)):
            listener.start()


@pytest.mark.parametrize("address", ["8025", ":8025", "127.0.0.1:smtp", ""])
def test_what_is_no_address_is_said(store: Store, address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"127\.0\.0\.1:8025"):
        SmtpListener({"listen": address}, store.receive, RULES.takes)
