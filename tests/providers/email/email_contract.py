"""What every service that pushes letters must do; the same letter in each one's words is read as the same event."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

from letters import RECEIVED_AT, RULES
from push_contract import PushContract

from tracker.errors import InvalidInput
from tracker.inquiries.events import EmailEvent, TagCandidate
from tracker.providers.email.base import EmailProvider
from tracker.providers.email.identity import body_hash
from tracker.providers.registry import EMAIL
from tracker.providers.settings import read_settings
from tracker.providers.webhook import Forgives

TEXT = "Сколько стоит?"

# The tag stands in the envelope alone: the writer's To is the plain address.
ONE_LETTER = EmailEvent(
    message_id="m1@client.example",
    sender="ivan@client.example",
    sender_name="Ivan Petrov",
    recipients=("sales+k3v9xq@example.com", "sales@example.com"),
    candidates=(TagCandidate("k3v9xq", "example.com", "envelope"),),
    subject="Цена",
    text=TEXT,
    received_at=RECEIVED_AT,
    references=("r1@example.com",),
    body_hash=body_hash(TEXT),
)


def letter(**changes: Any) -> EmailEvent:
    """Returns that letter with some fields changed; the hash follows the text."""
    changed = dataclasses.replace(ONE_LETTER, **changes)
    return dataclasses.replace(changed, body_hash=body_hash(changed.text))


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A payload as received and the letters it must give."""

    file: str
    events: list[EmailEvent]
    received_at: datetime = RECEIVED_AT


class EmailContract(PushContract):
    """Subclass as `TestContract`; see `PushContract`."""

    folder = Path(__file__).parent
    received_at = RECEIVED_AT
    connection = "mail"

    def make(self) -> EmailProvider:
        kind = EMAIL[self.name]
        return kind(read_settings(kind.SETTINGS, self.settings), RULES)

    def test_one_letter_is_read_as_everywhere(self, provider: EmailProvider) -> None:
        assert any(ONE_LETTER in case.events for case in self.recorded)

    def test_letter_that_is_not_understood_is_not_repeated(self, provider: EmailProvider) -> None:
        assert isinstance(provider, Forgives)
        assert 200 <= provider.forgive(InvalidInput("no letter")).status < 300
