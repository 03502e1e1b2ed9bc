"""Mailgun: parsed and raw letters; the token counts once, the time is believed for half a day."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from email_contract import EmailContract, Recorded, letter
from letters import RECEIVED_AT, RULES

from tracker.errors import NotAuthentic
from tracker.inquiries.events import TagCandidate
from tracker.providers.email.fields import form_of
from tracker.providers.email.mailgun import Mailgun
from tracker.providers.signatures import hmac_hex
from tracker.providers.webhook import WebhookRequest

KEY = "mg-signing-key-0001"
FORWARDED = letter(
    message_id="m2@example.com",
    sender="anna@client.example",
    sender_name="Anna",
    recipients=("sales@example.com",),
    candidates=(TagCandidate("k3v9xq", "example.com", "forward"),),
    subject="Fwd: Old",
    text="see below",
    references=(),
)


class TestContract(EmailContract):
    name = "email/mailgun"
    docs = "mailgun.md"
    settings = {"signing_key": KEY}
    stale_after = timedelta(hours=12, seconds=1)
    recorded = [
        Recorded("parsed.txt", [letter(files=("price.pdf (11 bytes)",))]),
        Recorded("mime.txt", [letter()]),
        Recorded("forward.txt", [FORWARDED]),
    ]
    malformed = [
        (b"", "body-mime"),
        (b"message-headers=", "message-headers"),
        (b"message-headers=%5B1%5D", "message-headers"),
        (b"--x\r\nX: y\r\n\r\n1\r\n--x--\r\n", "body"),
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        request = self.request(body)
        if body not in {bad for bad, _ in self.malformed}:
            form = form_of(request)
            signature = hmac_hex(self.settings["signing_key"], form.text("timestamp") + form.text("token"))
            body = body.replace(form.data("signature"), signature.encode())
        return self.request(body)

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        return dataclasses.replace(request, body=request.body.replace(b"signature", b"nothing"))


def sent(**changes: str) -> WebhookRequest:
    form = {
        "timestamp": "1773480605",
        "token": "d6a5c0f0b1e24f7c9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c",
        "signature": "596e83d8182f9109c43ee9d279ca9699d25de1092ae616c90037ed0bbe4dffa3",
        **changes,
    }
    return TestContract().request(urlencode(form).encode())


def mailgun() -> Mailgun:
    return Mailgun({"signing_key": KEY}, RULES)


def test_signature_of_the_reference_is_accepted_and_numbered_by_its_token() -> None:
    mailgun().verify(sent())

    assert mailgun().number(sent()) == "d6a5c0f0b1e24f7c9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c"


def test_hours_old_repetition_is_accepted_with_the_time_of_the_letter() -> None:
    contract = TestContract()
    late = dataclasses.replace(contract.received("parsed.txt"), received_at=RECEIVED_AT + timedelta(hours=8))

    mailgun().verify(late)

    assert mailgun().parse(late)[0].received_at == RECEIVED_AT


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "1773480606"},
        {"token": "d"},
        {"signature": ""},
        {"signature": "ключ"},
        # Signed with the right key, and yet no time of today.
        {"timestamp": "", "token": "t", "signature": hmac_hex(KEY, "t")},
        {"timestamp": "1773490605", "token": "t", "signature": hmac_hex(KEY, "1773490605t")},
    ],
)
def test_anything_else_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        mailgun().verify(sent(**changes))


def test_report_about_letters_we_sent_is_refused() -> None:
    body = b'{"signature": {"timestamp": "1773480605", "token": "t", "signature": "s"}, "event-data": {}}'

    with pytest.raises(NotAuthentic):
        mailgun().verify(TestContract().request(body))


def test_field_of_600_kilobytes_is_read() -> None:
    contract = TestContract()
    body = contract.payload("parsed.txt").replace(b"<p>", b"<p>" + b"x" * 600_000)

    (event,) = mailgun().parse(contract.signed(body))

    assert event.text == letter().text


def test_letter_in_another_charset_survives_the_form() -> None:
    contract = TestContract()
    body = contract.payload("mime.txt")
    text, coded = urlencode({"": "Сколько стоит?"})[1:], urlencode({"": "Сколько стоит?".encode("cp1251")})[1:]
    body = body.replace(b"utf-8%22", b"cp1251%22").replace(text.encode(), coded.encode())

    (event,) = mailgun().parse(contract.signed(body))

    assert event == letter()
