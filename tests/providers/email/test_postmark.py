"""Postmark: parsed JSON, the raw letter where it comes along, no reports about our own letters."""

from __future__ import annotations

import json

from email_contract import EmailContract, Recorded, letter
from test_mailgun import FORWARDED

from tracker.providers.webhook import WebhookRequest


class TestContract(EmailContract):
    name = "email/postmark"
    docs = "postmark.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("inbound.json", [letter()]),
        Recorded("raw.json", [letter()]),
        Recorded("forward.json", [FORWARDED]),
        Recorded("bounce.json", []),
    ]
    malformed = [(b"{", "body"), (b"[]", "body"), (b"{}", "From"), (b'{"From": 1}', "From")]
    unknown = [b'{"RecordType": "Open"}']

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, query=f"secret={self.settings['secret']}")


def test_fields_stand_in_for_headers_that_are_not_told() -> None:
    contract = TestContract()
    data = {**json.loads(contract.payload("inbound.json")), "Headers": None, "Attachments": [1, {"Content": "%"}]}

    (event,) = contract.make().parse(contract.signed(json.dumps(data).encode()))

    assert (event.sender, event.subject, event.recipients[1]) == ("ivan@client.example", "Цена", "sales@example.com")
