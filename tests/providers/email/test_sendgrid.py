"""SendGrid: each field has a charset of its own; a signature is asked for when there is a key."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from email_contract import EmailContract, Recorded, letter

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import LetterClass
from tracker.providers.email.sendgrid import SIGNATURE, TIMESTAMP, SendGrid
from tracker.providers.settings import read_settings
from tracker.providers.webhook import WebhookRequest

KEY = derive_private_key(7, SECP256R1())
PUBLIC = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def form(**fields: str) -> bytes:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    return ("".join(parts) + "--x--\r\n").encode()


class TestContract(EmailContract):
    name = "email/sendgrid"
    docs = "sendgrid.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("parsed.txt", [letter()]),
        Recorded("raw.txt", [letter()]),
        Recorded("spam.txt", [letter(letter_class=LetterClass.SPAM)]),
    ]
    malformed = [
        (form(text="hello"), "headers"),
        (form(headers="To: a@b.example", envelope="{"), "envelope"),
        (form(headers="To: a@b.example", envelope="[]"), "envelope"),
        (form(headers="To: a@b.example", charsets="1"), "charsets"),
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, query=f"secret={self.settings['secret']}")


class TestSigned(TestContract):
    settings = {"secret": "s3cr3t", "public_key": base64.b64encode(PUBLIC).decode()}
    stale_after = timedelta(days=3, hours=1, seconds=1)

    def signed(self, body: bytes) -> WebhookRequest:
        key = KEY if self.settings == TestSigned.settings else derive_private_key(8, SECP256R1())
        at = str(int(self.received_at.timestamp()))
        proof = base64.b64encode(key.sign(at.encode() + body, ECDSA(SHA256()))).decode()
        return self.request(body, query="secret=s3cr3t", **{SIGNATURE: proof, TIMESTAMP: at})


@pytest.mark.parametrize("changes", [{SIGNATURE: "AAAA"}, {SIGNATURE: "%"}, {TIMESTAMP: "1773480601"}, {TIMESTAMP: ""}])
def test_signature_over_something_else_is_refused(changes: dict[str, str]) -> None:
    contract = TestSigned()
    genuine = contract.received("parsed.txt")
    headers = {**dict(genuine.headers), **changes}

    with pytest.raises(NotAuthentic):
        contract.make().verify(contract.request(genuine.body, "secret=s3cr3t", **headers))


@pytest.mark.parametrize("key", ["abc", "AAAA", "ключ"])
def test_what_is_no_public_key_is_refused_when_it_is_set(key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(SendGrid.SETTINGS, {"secret": "s", "public_key": key})

    assert caught.value.field == "settings.public_key"


def test_broken_addresses_in_the_envelope_do_not_lose_the_letter() -> None:
    contract = TestContract()
    body = form(headers="To: sales+k3v9xq@example.com", text="Hi", envelope='{"to": null, "from": 1}', spam_score="?")

    (event,) = contract.make().parse(contract.signed(body))

    assert [(one.tag, one.place) for one in event.candidates] == [("k3v9xq", "to")]
