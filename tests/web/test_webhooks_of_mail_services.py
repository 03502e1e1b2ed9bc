"""Letters of mail services come through the same door as calls: kept raw, taken once, answered so that none is lost."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import clock
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage, RawStatus
from tracker.providers.signatures import hmac_hex

PAYLOADS = Path(__file__).parents[1] / "providers" / "email"
CONNECTIONS = """
      - {key: mailgun, provider: email/mailgun, settings: {signing_key: "mg-key"}}
      - {key: postmark, provider: email/postmark, settings: {secret: "pm-secret"}}
"""


@pytest.fixture
def letters(world: World) -> World:
    return world.apply(EXAMPLE.rstrip() + CONNECTIONS)


def from_mailgun(world: World, letter: str, token: str = "t1") -> int:
    timestamp = str(int(clock.now().timestamp()))
    form = {"timestamp": timestamp, "token": token, "signature": hmac_hex("mg-key", timestamp + token)}
    tagged = {"recipient": "sales@example.com", "sender": "ivan@client.example", "body-mime": letter}
    body = urlencode({**form, **tagged})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return world.client.post("/hooks/email/mailgun/mailgun/mime", data=body, headers=headers).status_code


def kept(world: World) -> tuple[list[Inquiry], list[RawMessage]]:
    db.session.rollback()
    return list(db.session.scalars(select(Inquiry))), list(db.session.scalars(select(RawMessage)))


LETTER = "From: ivan@client.example\r\nMessage-ID: <m1@client.example>\r\nTo: sales@example.com\r\n\r\nPrice?\r\n"


def test_letter_becomes_an_inquiry_and_its_repetition_does_not(letters: World) -> None:
    assert [from_mailgun(letters, LETTER) for _ in range(2)] == [200, 200]

    inquiries, raw = kept(letters)
    assert [(one.caller, one.text) for one in inquiries] == [("ivan@client.example", "Price?")]
    assert [message.status for message in raw] == [RawStatus.UNDERSTOOD]


def test_token_that_was_used_brings_no_other_letter(letters: World) -> None:
    from_mailgun(letters, LETTER)

    assert from_mailgun(letters, LETTER.replace("m1@", "forged@")) == 200

    inquiries, raw = kept(letters)
    assert (len(inquiries), len(raw)) == (1, 1)


def test_letter_that_is_not_understood_is_kept_and_not_asked_for_again(letters: World) -> None:
    answer = letters.client.post("/hooks/email/postmark/postmark?secret=pm-secret", data="{}")

    _, (raw,) = kept(letters)
    assert (answer.status_code, raw.status, raw.error) == (200, RawStatus.MALFORMED, "From: From is required")


def test_letter_is_taken_with_the_secret_as_password(letters: World) -> None:
    body = (PAYLOADS / "postmark" / "inbound.json").read_bytes()

    answer = letters.client.post("/hooks/email/postmark/postmark", data=body, auth=("skvoz", "pm-secret"))

    inquiries, _ = kept(letters)
    assert (answer.status_code, [one.subject for one in inquiries]) == (200, ["Цена"])
    assert letters.client.post("/hooks/email/postmark/postmark", data=body, auth=("skvoz", "x")).status_code == 403


def test_letter_that_cannot_be_kept_is_asked_for_again(letters: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("tracker.flow.receive", full)

    assert from_mailgun(letters, LETTER) == 500
