"""CloudMailin: three formats, one letter."""

from __future__ import annotations

from email_contract import EmailContract, Recorded, letter

from tracker.providers.webhook import WebhookRequest


class TestContract(EmailContract):
    name = "email/cloudmailin"
    docs = "cloudmailin.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("normalized.json", [letter(files=("price.pdf (4 bytes)",))]),
        Recorded("html.json", [letter()]),
        Recorded("multipart.txt", [letter(files=("price.pdf (5 bytes)",))]),
        Recorded("raw.txt", [letter()]),
    ]
    malformed = [(b"{", "body"), (b"{}", "headers"), (b'{"headers": {"to": 1}}', "headers"), (b"plain=x", "headers")]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, query=f"secret={self.settings['secret']}")
