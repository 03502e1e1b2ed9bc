"""What every pushing telephony provider can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from tracker.inquiries.events import CallEvent
from tracker.providers.settings import SettingField
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest


class TelephonyProvider(Protocol):
    """One PBX or carrier account that reports calls by webhook.

    The order is fixed: `verify`, then the raw message is stored, then `parse`, then `answer`.

    Args:
        settings: the connection's settings, complete (see `read_settings`).
        country: ISO 3166 code of the site; reads numbers written without a country code.
        timezone: IANA name of the site's zone; reads times written without a zone.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]]

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None: ...

    def verify(self, request: WebhookRequest) -> None:
        """Makes sure the message comes from the account.

        Raises:
            NotAuthentic: it does not, or is too old to be believed.
        """

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the call events of an authentic message, none when it is about something else.

        Raises:
            InvalidInput: the message cannot be understood; it stays stored and can be replayed.
        """

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Returns what this provider expects to hear, one outcome per event; empty when there were none."""
