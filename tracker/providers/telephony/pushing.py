"""What most systems that report calls by webhook have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.parameters import parameters
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import ADDRESS_SECRET, require_address_secret
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.zone import zone_of
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest


class Pushing:
    """A sender without a signature of its own: the secret stands in the address; he hears an empty 200.

    Subclasses say `NAME` and `parse`, and replace what is different about them.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (ADDRESS_SECRET,)

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None:
        self.settings = settings
        self._country = country
        self._zone = zone_of(settings, timezone)

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Returns None: the sender just sends."""
        return None

    def verify(self, request: WebhookRequest) -> None:
        """Checks the secret in the address."""
        require_address_secret(request, self.settings["secret"])

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers an empty 200."""
        return WebhookAnswer(200)

    def forgive(self, error: InvalidInput) -> WebhookAnswer:
        """Answers as if all were well: the message is kept, and repeating it would not make it clearer."""
        return self.answer([])

    def message(self, request: WebhookRequest) -> Message:
        """Returns the fields of a request, wherever they stand."""
        return self.reading(parameters(request))

    def reading(self, data: Mapping[str, Any]) -> Message:
        """Returns a reader of these fields in the site's country and zone."""
        return Message(data, self._country, self._zone)


def finished(
    call_id: str,
    caller: str | None,
    called: str | None,
    *,
    started_at: datetime | None,
    answered_at: datetime | None,
    ended_at: datetime | None,
    status: CallStatus,
    **more: Any,
) -> CallEvent:
    """Builds the end of a call from its three moments: waiting and talk follow from them unless `more` says them."""
    if status is not CallStatus.ANSWERED:
        answered_at = None
    waited_until = answered_at or ended_at
    more.setdefault("ring_seconds", between(started_at, waited_until))
    more.setdefault("talk_seconds", between(answered_at, ended_at) if status is CallStatus.ANSWERED else 0)
    return CallEvent(call_id, CallStage.ENDED, caller, called, ended_at, started_at=started_at, status=status, **more)


def between(earlier: datetime | None, later: datetime | None) -> int | None:
    """Returns whole seconds from one moment to another; None when one is missing or they are the wrong way round."""
    if earlier is None or later is None or later < earlier:
        return None
    return round((later - earlier) / timedelta(seconds=1))
