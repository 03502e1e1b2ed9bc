"""Puts an alert into words, at the moment when it is sent: what is kept of it names nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from phonenumbers import NumberParseException
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.alerts.models import Alert, AlertChannel, AlertMessage, Condition, What
from tracker.alerts.words import WORDS, Words
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Site
from tracker.values import phone


@dataclass(frozen=True)
class Told:
    """One message as a channel sends it. `link` is a page of the admin, None without SKVOZ_PUBLIC_URL."""

    id: int
    what: What
    condition: Condition | None
    site: str | None  # key
    subject: str
    value: float | None
    at: datetime
    sentence: str
    link: str | None

    @property
    def text(self) -> str:
        """The sentence and the link."""
        return f"{self.sentence}\n{self.link}" if self.link else self.sentence

    def as_json(self) -> dict[str, object]:
        """What a webhook is told; the manual is docs/operations/alerts.md."""
        return {
            "id": self.id,
            "type": f"alert.{self.what.value}",
            "condition": self.condition,
            "site": self.site,
            "subject": self.subject,
            "value": self.value,
            "at": clock.to_iso(self.at),
            "text": self.sentence,
            "link": self.link,
        }


def tell(session: Session, message: AlertMessage, public_url: str | None) -> Told:
    """Writes the message in the language of its channel."""
    channel = session.get_one(AlertChannel, message.channel_id)
    words = WORDS.get(channel.language, WORDS["en"])
    alert = session.get(Alert, message.alert_id) if message.alert_id else None
    if alert is None:
        link = f"{public_url}/admin/alerts/" if public_url else None
        return Told(message.id, message.what, None, None, "", None, message.at, words.test, link)
    site = session.get(Site, alert.site_id) if alert.site_id else None
    sentence = _sentence(session, words, alert, message, site)
    link = f"{public_url}/admin/{_page(alert, site)}" if public_url else None
    key = site.key if site else None
    return Told(
        message.id, message.what, alert.condition, key, alert.subject, message.value, message.at, sentence, link
    )


def _sentence(session: Session, words: Words, alert: Alert, message: AlertMessage, site: Site | None) -> str:
    name = site.name if site else ""
    if alert.condition is Condition.MISSED_CALL and alert.subject and site:
        inquiry = session.scalar(select(Inquiry).where(Inquiry.key == alert.subject))
        if inquiry is not None:  # he may have been forgotten since
            time = f"{inquiry.at.astimezone(ZoneInfo(site.timezone)):%H:%M}"
            return words.missed_one.format(
                site=name, caller=_shown(inquiry.caller), called=_shown(inquiry.called), time=time
            )
    sentences = words.began if message.what is What.BEGAN else words.ended
    value = _value(alert.condition, message.value)
    return sentences[alert.condition].format(site=name, subject=alert.subject, value=value)


def _value(condition: Condition, value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:.0%}" if condition is Condition.COVERAGE else f"{max(value, 0):.0f}"


def _shown(number: str | None) -> str:
    try:
        return phone.display(number) if number else "?"
    except NumberParseException:
        return number or "?"


def _page(alert: Alert, site: Site | None) -> str:
    key = site.key if site else ""
    pages = {
        Condition.MISSED_CALL: f"inquiries/{alert.subject}"
        if alert.subject
        else f"inquiries/?status=missed&site={key}",
        Condition.COVERAGE: f"pools/{key}/{alert.subject}",
        Condition.NO_PAGE_VIEWS: f"sites/{key}",
        Condition.CONNECTION_BROKEN: f"connections/{alert.subject}",
        Condition.DELIVERIES_STUCK: f"deliveries/?connection={alert.subject}",
        Condition.TOKEN_ENDING: f"connections/{alert.subject}",
    }
    return pages.get(alert.condition, "alerts/")
