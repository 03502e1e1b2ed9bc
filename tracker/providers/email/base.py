"""What every email provider that pushes letters to us can do, and what it must know of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from tracker.inquiries.events import EmailEvent
from tracker.providers.email.tag_places import TagRules
from tracker.providers.settings import SettingField
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest


class EmailProvider(Protocol):
    """One source of letters that reports them by webhook.

    The order is fixed: `verify`, then the raw message is stored, then `parse`, then `answer`.

    Args:
        settings: the connection's settings, complete (see `read_settings`).
        rules: where the tags of our sites may stand.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]]

    def __init__(self, settings: Mapping[str, str], rules: TagRules) -> None: ...

    def verify(self, request: WebhookRequest) -> None:
        """Makes sure the message comes from the account.

        Raises:
            NotAuthentic: it does not, or is too old to be believed.
        """

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the letters of an authentic message, none when it is about something else.

        Raises:
            InvalidInput: the message cannot be understood; it stays stored and can be replayed.
        """

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Returns what this provider expects to hear, one outcome per letter; empty when there were none."""
