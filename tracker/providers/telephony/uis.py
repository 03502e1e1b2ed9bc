"""UIS, CoMagic, CallGear and the new cabinet of Novofon: notifications with bodies pasted from our page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.parameters import parameters
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import ADDRESS_SECRET, require_address_secret, same
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.telephony.zone import TIMEZONE
from tracker.providers.webhook import WebhookRequest

PAIR = re.compile(r'"(\w{1,40})"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d[\d.]*))')

SESSION = ("sid", "call_session_id", "call_info.call_session_id")
CALLER = ("caller", "contact_phone_number", "contact_info.contact_phone_number")
CALLED = ("did", "virtual_phone_number", "call_info.virtual_phone_number")
EMPLOYEE = ("emp", "employee_full_name", "employee_info.employee_full_name")
TALK = ("talk", "talk_time_duration", "call_info.talk_time_duration")
TOTAL = ("total", "total_time_duration", "call_info.total_time_duration")
WAIT = ("wait", "wait_time_duration", "call_info.wait_time_duration")
FILE = ("file", "file_link", "call_record_file_info.file_link")
DIRECTION = ("dir", "direction", "call_info.direction")
TIME = ("time", "notification_time")


class Uis(Pushing):
    """Reads the five templates of the page; the vendor's own names of the variables are understood as well."""

    NAME: ClassVar[str] = "telephony/uis"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (ADDRESS_SECRET, TIMEZONE)

    def verify(self, request: WebhookRequest) -> None:
        """Checks the secret that stands in the template as `key`, or in the address."""
        key = _fields(request).get("key")
        if not (self.settings["secret"] and isinstance(key, str) and same(key, self.settings["secret"])):
            require_address_secret(request, self.settings["secret"])

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; outgoing calls give none."""
        message = self.reading(_fields(request))
        if message.text(*DIRECTION) == "out":
            return []
        match message.text("event"):
            case "in":
                return [_event(message, CallStage.RINGING)]
            case "talk":
                return [_event(message, CallStage.ANSWERED, answered_by=message.text(*EMPLOYEE, limit=100))]
            case "end":
                return [_end(message)]
            case "lost":
                wait = message.seconds(*WAIT)
                return [_event(message, CallStage.ENDED, status=CallStatus.MISSED, ring_seconds=wait, talk_seconds=0)]
            case "rec":
                return [_event(message, CallStage.RECORDED, recording_url=message.link(*FILE))]
        return []


def _event(message: Message, stage: CallStage, **more: Any) -> CallEvent:
    return CallEvent(
        message.needed(*SESSION), stage, message.caller(*CALLER), message.number(*CALLED), message.at(*TIME), **more
    )


def _end(message: Message) -> CallEvent:
    """Lost calls end as well: then nobody talked."""
    talk, total = message.seconds(*TALK) or 0, message.seconds(*TOTAL)
    return _event(
        message,
        CallStage.ENDED,
        started_at=_before(message.at(*TIME), total),
        status=CallStatus.ANSWERED if talk else CallStatus.MISSED,
        answered_by=message.text(*EMPLOYEE, limit=100) if talk else None,
        ring_seconds=message.seconds(*WAIT),
        talk_seconds=talk,
    )


def _before(at: datetime | None, seconds: int | None) -> datetime | None:
    return None if at is None or seconds is None else at - timedelta(seconds=seconds)


def _fields(request: WebhookRequest) -> dict[str, Any]:
    """An unknown variable in a template leaves broken JSON; its whole pairs are read all the same."""
    try:
        fields = parameters(request)
    except InvalidInput:
        pairs = PAIR.findall(request.body.decode("utf-8", "replace"))
        fields = {name: text or number for name, text, number in pairs}
        if not fields:
            raise
    return {name: None if value == [] else value for name, value in fields.items()}
