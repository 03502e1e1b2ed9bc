"""Mandrill: several letters per request, a signature over address and form."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from urllib.parse import urlencode

import pytest
from email_contract import EmailContract, Recorded, letter
from letters import RULES

from tracker.errors import NotAuthentic
from tracker.inquiries.events import LetterClass
from tracker.providers.email.fields import form_of
from tracker.providers.email.mandrill import SIGNATURE, Mandrill
from tracker.providers.signatures import hmac_base64
from tracker.providers.webhook import Headers, WebhookRequest

KEY = "mandrill-key-1"
EVENTS = '[{"event":"inbound","ts":1773480605,"msg":{"email":"sales+k3v9xq@in.example.com"}}]'


class TestContract(EmailContract):
    name = "email/mandrill"
    docs = "mandrill.md"
    settings = {"webhook_key": KEY}
    recorded = [
        Recorded("parsed.txt", [letter()]),
        Recorded("two.txt", [letter(), letter(message_id="m9@client.example", letter_class=LetterClass.SPAM)]),
        Recorded("bounce.txt", []),
    ]
    malformed = [(b"", "mandrill_events"), (b"mandrill_events=%7B%7D", "mandrill_events")]
    unknown = [b"mandrill_events=%5B1%5D", urlencode({"mandrill_events": '[{"event":"inbound","msg":1}]'}).encode()]

    def signed(self, body: bytes) -> WebhookRequest:
        request = self.request(body)
        text = request.url + "".join(field.name + field.data.decode() for field in form_of(request).fields)
        return self.request(body, **{SIGNATURE: hmac_base64(self.settings["webhook_key"], text, hashlib.sha1)})


def sent(url: str = "https://track.example.com/hooks/mandrill", **headers: str) -> WebhookRequest:
    request = TestContract().request(urlencode({"mandrill_events": EVENTS}).encode())
    signature = "jDxcxXLB3bBOQy2upTsqaEJ0jxw="
    return dataclasses.replace(request, url=url, headers=Headers({SIGNATURE: signature, **headers}))


def mandrill() -> Mandrill:
    return Mandrill({"webhook_key": KEY}, RULES)


def test_signature_of_the_reference_is_accepted() -> None:
    mandrill().verify(sent())


def test_other_address_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        mandrill().verify(sent(url="https://track.example.com/hooks/mandrill2"))


@pytest.mark.parametrize("credentials", ["skvoz:s3cr3t", "skvoz:wrong"])
def test_credentials_in_the_address_are_a_part_of_it(credentials: str) -> None:
    body = urlencode({"mandrill_events": EVENTS}).encode()
    signed = "https://skvoz:s3cr3t@track.example.com/hooks/email/mandrill/mailmandrill_events" + EVENTS
    request = dataclasses.replace(
        TestContract().request(body),
        headers=Headers(
            {
                SIGNATURE: hmac_base64(KEY, signed, hashlib.sha1),
                "Authorization": "Basic " + base64.b64encode(credentials.encode()).decode(),
            }
        ),
    )

    if credentials.endswith("wrong"):
        with pytest.raises(NotAuthentic):
            mandrill().verify(request)
    else:
        mandrill().verify(request)


def test_check_of_the_address_is_answered() -> None:
    check = TestContract().request(b"mandrill_events=%5B%5D")

    for request in (check, dataclasses.replace(check, method="HEAD", body=b"")):
        greeting = mandrill().greet(request)
        assert greeting is not None
        assert greeting.status == 200
    assert mandrill().greet(sent()) is None
