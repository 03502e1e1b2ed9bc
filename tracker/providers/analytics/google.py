"""Google Analytics 4: an inquiry becomes the event `generate_lead` of the visitor who made it.

Source: Google Analytics developers documentation, Measurement Protocol, read October 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import get_currency_precision

from tracker import clock
from tracker.deliveries.card import InquiryCard
from tracker.deliveries.progress import Progress
from tracker.deliveries.steps import once
from tracker.errors import Refused, Unavailable
from tracker.inquiries.events import CallStatus
from tracker.providers.http import Http
from tracker.providers.settings import SettingField

LONGEST_VALUE = 100  # characters of a parameter
SESSION_JOINS = timedelta(hours=24)  # later events cannot join the session any more
OLDEST = timedelta(hours=72)  # older time stamps are refused


class GoogleAnalytics:
    """One data stream of a property. An inquiry without a Google client id is nothing to it, and is left out."""

    NAME: ClassVar[str] = "analytics/google"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("measurement_id", "Measurement id", help="Admin, Data streams, the stream: G-…"),
        SettingField("api_secret", "API secret", "secret", help="The stream, Measurement Protocol API secrets"),
        SettingField("base_url", "Address", "url", default="https://www.google-analytics.com"),
    )

    def __init__(self, settings: Mapping[str, str], http: Http) -> None:
        self._settings = settings
        self._http = http

    def deliver(self, card: InquiryCard, progress: Progress) -> dict[str, str]:
        """Sends the event once. GA4 tells nothing back, so an unclear outcome counts as sent."""
        if card.source.ga_client_id is None or _is_ringing(card):
            return {}
        event = once(progress, "event", look=lambda: card.inquiry, make=lambda: self._send(card))
        return {"event": event}

    def _send(self, card: InquiryCard) -> str:
        answer = self._http.request(
            "event",
            "POST",
            f"{self._settings['base_url'].rstrip('/')}/mp/collect",
            params=[
                ("measurement_id", self._settings["measurement_id"]),
                ("api_secret", self._settings["api_secret"]),
            ],
            json=body_of(card, self._settings["measurement_id"]),
        )
        if answer.status >= 500:
            raise self._http.error(Unavailable, "Google Analytics does not take the event now", answer)
        if answer.status >= 300:
            raise self._http.error(Refused, "Google Analytics refused the event", answer)
        return card.inquiry


def body_of(card: InquiryCard, measurement_id: str) -> dict[str, Any]:
    """Returns the request body.

    The event joins the visitor's session while that is possible: it is sent within 24 hours of the session's start
    and dated between its start and its last activity. Afterwards it carries the time of the inquiry and no session.
    """
    now = clock.now()
    session = card.source.ga_sessions.get(measurement_id)
    params: dict[str, Any] = {
        "engagement_time_msec": 1,
        "lead_source": str(card.kind),
        "transaction_id": card.inquiry,
        "probability": card.attribution.probability,
        "call_duration": card.call.talk_seconds if card.call else None,
        "value": _money(card),
        "currency": card.currency if card.sum_minor is not None else None,
    }
    at = card.at
    if session and now - clock.from_millis(int(session) * 1000) < SESSION_JOINS:
        params["session_id"] = session
        at = _within_session(card, clock.from_millis(int(session) * 1000))
    at = min(max(at, now - OLDEST), now)
    return {
        "client_id": card.source.ga_client_id,
        "timestamp_micros": int(at.timestamp() * 1_000_000),
        "events": [{"name": "generate_lead", "params": {k: _short(v) for k, v in params.items() if v is not None}}],
    }


def _within_session(card: InquiryCard, start: datetime) -> datetime:
    end = card.source.last_activity_at
    return max(min(card.at, end) if end else card.at, start)


def _money(card: InquiryCard) -> float | None:
    """In whole units, as the protocol wants it; JSON has no other number."""
    if card.sum_minor is None or card.currency is None:
        return None
    return float(Decimal(card.sum_minor).scaleb(-get_currency_precision(card.currency)))


def _short(value: Any) -> Any:
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def _is_ringing(card: InquiryCard) -> bool:
    return card.call is not None and card.call.status == CallStatus.RINGING
