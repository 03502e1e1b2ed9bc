"""Callibri: its list of calls, asked for again and again; it names the source of each call itself.

Source: integrations of third parties with `site_get_statistics`; the vendor sends nothing by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tracker.errors import AccessLost, InvalidInput, Refused, Unavailable
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.http import Answer, Http
from tracker.providers.pace import Pace
from tracker.providers.settings import SettingField
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.polled import Batch, Told

DAYS_AT_ONCE = 7  # more are refused
LATE = timedelta(days=1)  # records and marks are added to calls of yesterday
MISSED = {"missed", "lost", "unanswered", "no answer", "noanswer", "not answered", "пропущен", "пропущенный"}
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
REFUSALS = (401, 403)


class Callibri:
    """The calls of all sites of an account, or of those named."""

    NAME: ClassVar[str] = "telephony/callibri"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("user_email", "Email of the account", help="With which you log in at Callibri."),
        SettingField("user_token", "API token", kind="secret", help="Account, API."),
        SettingField(
            "site_ids",
            "Numbers of the projects",
            required=False,
            help="Comma-separated; empty: all projects of the account.",
        ),
        SettingField("base_url", "Address of the API", kind="url", default="https://api.callibri.ru"),
    )
    EVERY: ClassVar[timedelta] = timedelta(minutes=5)

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str, pace: Pace | None = None) -> None:
        self._settings = settings
        self._country = country
        self._zone = ZoneInfo(timezone)
        secrets = [settings["user_token"]]
        self._http = Http(self.NAME, lambda _entry: None, before=pace or Pace(per_second=1), secrets=secrets)

    def look(self, place: Mapping[str, Any], since: datetime, now: datetime) -> Iterator[Batch]:
        """Yields the calls of all days from a day before the last look until today."""
        looked_at = datetime.fromisoformat(place["until"]) if "until" in place else since
        first, last = (looked_at - LATE).astimezone(self._zone).date(), now.astimezone(self._zone).date()
        sites = self._sites()
        while first <= last:
            until = min(first + timedelta(days=DAYS_AT_ONCE - 1), last)
            found = [told for site in sites for told in self._calls(site, first, until, since)]
            end = min(now, datetime(until.year, until.month, until.day, tzinfo=self._zone) + timedelta(days=1))
            yield Batch(tuple(found), {"until": end.isoformat()})
            first = until + timedelta(days=1)

    def read(self, body: bytes) -> list[CallEvent]:
        """Returns the end of the call."""
        kept = json.loads(body)
        message = Message(kept["call"], self._country, self._zone)
        started_at, talk = message.at("date"), message.seconds("duration") or 0
        if started_at is None:
            raise InvalidInput("date is required", "date")
        is_missed = (message.text("call_status") or "").lower() in MISSED or not talk
        return [
            CallEvent(
                _call_id(kept),
                CallStage.ENDED,
                message.caller("phone"),
                self._dialled(kept["numbers"]),
                started_at + timedelta(seconds=talk),
                started_at=started_at,
                status=CallStatus.MISSED if is_missed else CallStatus.ANSWERED,
                answered_by=None if is_missed else message.text("responsible_manager", limit=100),
                talk_seconds=0 if is_missed else talk,
                recording_url=message.link("link_download"),
                source=_source(message),
            )
        ]

    def _dialled(self, numbers: list[Any]) -> str | None:
        """A call names only its channel; of a channel with several numbers nobody knows which one was dialled."""
        return (
            Message({"number": numbers[0]}, self._country, self._zone).number("number") if len(numbers) == 1 else None
        )

    def _sites(self) -> list[str]:
        named = [part.strip() for part in self._settings["site_ids"].split(",") if part.strip()]
        if named:
            return named
        said = self._ask("get_sites", [])
        sites = [site.get("site_id", site.get("id")) for site in _objects(said.get("sites"))]
        return [str(site) for site in sites if site is not None]

    def _calls(self, site: str, first: date, last: date, since: datetime) -> Iterator[Told]:
        said = self._ask(
            "site_get_statistics",
            [("site_id", site), ("date1", f"{first:%d.%m.%Y}"), ("date2", f"{last:%d.%m.%Y}")],
        )
        for channel in _objects(said.get("channels_statistics")):
            for call in _objects(channel.get("calls")):
                kept = {
                    "site_id": site,
                    "channel": channel.get("name_channel"),
                    "numbers": channel.get("numbers") or [],
                    "call": call,
                }
                if self._is_wanted(call, since):
                    body = json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()
                    yield Told(_call_id(kept), body)

    def _is_wanted(self, call: Mapping[str, Any], since: datetime) -> bool:
        """What cannot be read is wanted as well: it is kept, and shows why."""
        try:
            at = Message(call, self._country, self._zone).at("date")
        except InvalidInput:
            return True
        return at is None or at >= since

    def _ask(self, method: str, more: list[tuple[str, str]]) -> dict[str, Any]:
        who = [("user_email", self._settings["user_email"]), ("user_token", self._settings["user_token"])]
        url = f"{self._settings['base_url'].rstrip('/')}/{method}"
        answer = self._http.request(method, "GET", url, params=[*who, *more])
        said = answer.data if isinstance(answer.data, dict) else {}
        code = said.get("code", answer.status)  # the status may be 200 though the code is not
        if answer.status == 200 and code == 200:
            return said
        raise self._refusal(code if isinstance(code, int) else answer.status, answer)

    def _refusal(self, code: int, answer: Answer) -> Exception:
        if code in REFUSALS:
            return self._http.error(AccessLost, "Callibri refuses email or token; enter them again", answer)
        kind = Refused if 400 <= code < 500 else Unavailable
        return self._http.error(kind, f"Callibri answered with code {code}", answer)


def _objects(said: Any) -> list[dict[str, Any]]:
    return [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []


def _call_id(kept: Mapping[str, Any]) -> str:
    """Their calls have no id that is known to stay."""
    call = kept["call"]
    words = (kept["site_id"], call.get("date"), call.get("phone"), kept["channel"])
    return "row-" + hashlib.sha256("\n".join(str(word) for word in words).encode()).hexdigest()[:32]


def _source(message: Message) -> tuple[tuple[str, str], ...]:
    """The tags of the visit; without them the kind of traffic, which is what Callibri groups by."""
    said = {name: value for name in UTM if (value := message.text(name))}
    traffic = message.text("traffic_type")
    if "utm_source" not in said and traffic:
        said["utm_source"] = traffic
    return tuple(said.items())
