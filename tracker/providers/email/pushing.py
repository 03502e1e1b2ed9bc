"""What the services that push letters to us have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from tracker.errors import InvalidInput
from tracker.providers.email.tag_places import TagRules
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import ADDRESS_SECRET, require_address_secret
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest


class Pushing:
    """A service without a signature of its own: the secret stands in the address; it hears an empty 200.

    Whatever it is answered but 2xx, a service repeats the letter or returns it to its writer. So 2xx is answered
    for everything that was kept, understood or not. Subclasses say `NAME` and `parse`.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (ADDRESS_SECRET,)

    def __init__(self, settings: Mapping[str, str], rules: TagRules) -> None:
        self.settings = settings
        self.rules = rules

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Returns None: the service just sends."""
        return None

    def verify(self, request: WebhookRequest) -> None:
        """Checks the secret in the address."""
        require_address_secret(request, self.settings["secret"])

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers an empty 200."""
        return WebhookAnswer(200)

    def forgive(self, error: InvalidInput) -> WebhookAnswer:
        """Answers as if all were well: the letter is kept, and repeating it would not make it clearer."""
        return self.answer([])


def arrived_at(seconds: object, request: WebhookRequest) -> datetime:
    """Returns when the service got the letter, by its Unix time; ours when it tells none or one to come.

    A repetition comes hours after the letter.
    """
    try:
        told = datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return request.received_at
    return min(told, request.received_at)
