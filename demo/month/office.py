"""The people in the office: users of every role, what they changed, tokens, alerts, a look at the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.month.inquiring import handed_over
from tracker.access import second_factor, tokens, users
from tracker.access.models import AuditEntry, Role
from tracker.access.tokens import Scope
from tracker.alerts import channels
from tracker.alerts.models import Alert, AlertMessage, ChannelKind, Condition, What
from tracker.inquiries.models import RawMessage, RawStatus
from tracker.installation.models import SiteCheck
from tracker.pools.models import Number
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import seal

OWNER, PASSWORD = "owner@northlight.example", "correct horse battery"
SECOND_FACTOR = "agency@leadworks.example"  # whose login asks for a code


def furnish(session: Session, now: datetime, secret_key: str) -> None:
    """Adds everything that is neither traffic nor inquiry."""
    sites = {site.key: site for site in session.scalars(select(Site))}
    _team(session, sites, now, secret_key)
    _log(session, now)
    _alerts(session, sites, now, secret_key)
    _messages(session, now)
    tokens.add(session, "Website backend", [Scope.WRITE], sites["northlight"].id)
    tokens.add(session, "Data warehouse", [Scope.READ], None)
    look = {"level": "ok", "code": "script-works", "about": {}}
    check = SiteCheck(site_id=sites["northlight"].id, url="https://northlight.example/", server="https://t.example")
    check.asked_at = check.taken_at = check.done_at = now - timedelta(days=2)
    check.findings = [look]
    session.add(check)
    resting = session.scalars(select(Number).where(Number.e164 == "+442079460107")).one()
    resting.quarantined, resting.quarantined_until = True, now + timedelta(days=5)


def _team(session: Session, sites: dict[str, Site], now: datetime, secret_key: str) -> None:
    seen = {}
    for email, role, hours in (
        (OWNER, Role.OWNER, 1), ("marketing@northlight.example", Role.ADMINISTRATOR, 3),
        (SECOND_FACTOR, Role.ANALYST, 26), ("sales@northlight.example", Role.AGENT, 5),
        ("ofis@teply-dom.example", None, 50),
    ):  # fmt: skip
        seen[email] = users.add(session, email, PASSWORD, role)
        seen[email].last_login_at = now - timedelta(hours=hours)
    seen[SECOND_FACTOR].totp_secret = seal({"totp": second_factor.new_secret()}, secret_key)
    users.set_site_roles(session, seen["ofis@teply-dom.example"], {sites["teply-dom"].id: Role.ADMINISTRATOR})


def _log(session: Session, now: datetime) -> None:
    for days, actor, action, subject, detail in (
        (28, OWNER, "site.create", "northlight", {"name": "Northlight Windows"}),
        (27, OWNER, "user.create", "marketing@northlight.example", {"role": "administrator"}),
        (20, "marketing@northlight.example", "pool.change", "ads", {"hold_seconds": 900}),
        (6, "marketing@northlight.example", "number.take_out", "+442079460107", {"days": 11}),
        (2, "sales@northlight.example", "inquiry.correct", "a call", {}),
        (1, "command line", "connection.change", "amocrm", {"policy": {"first": "contact+deal"}}),
    ):
        at = now - timedelta(days=days)
        session.add(AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail))


def _alerts(session: Session, sites: dict[str, Site], now: datetime, secret_key: str) -> None:
    north, site = sites["northlight"], sites["teply-dom"]
    to, bot = {"to": "sales@northlight.example"}, {"token": "1:demo", "chat": "-1001"}
    mail = channels.add(session, ChannelKind.MAIL, "Sales team", to, north.id, "en", secret_key)
    telegram = channels.add(session, ChannelKind.TELEGRAM, "Дежурный", bot, site.id, "ru", secret_key)
    alert = Alert(key=f"connection-broken/{site.id}/bitrix24", site_id=site.id, subject="bitrix24", is_on=True)
    alert.condition, alert.changed_at = Condition.CONNECTION_BROKEN, now - timedelta(hours=3)
    session.add(alert)
    session.flush()
    for channel, what, of, sent, error in (
        (mail, What.TEST, None, now - timedelta(days=9), None),
        (telegram, What.BEGAN, alert.id, None, "403 Forbidden: the bot is not a member of the channel chat"),
    ):
        at = sent or now - timedelta(hours=3)
        message = AlertMessage(channel_id=channel.id, alert_id=of, what=what, at=at, next_at=at, attempts=1)
        message.is_open, message.sent_at, message.error = False, sent, error
        session.add(message)


def _messages(session: Session, now: datetime) -> None:
    """The switchboard's last words, one of them not to be read."""
    connection = session.scalars(select(Connection).where(Connection.key == "office-pbx")).one()
    for minutes, status, body, error in (
        (16, RawStatus.MALFORMED, b'{"call_id": "call-810", "event": "ended", "from"', "this is not JSON"),
        (9, RawStatus.UNKNOWN, b'{"call_id": "call-811", "event": "transferred"}', None),
        (2, RawStatus.UNDERSTOOD, b'{"call_id": "call-812", "event": "ended", "from": "+447700900123"}', None),
    ):  # fmt: skip
        row = RawMessage(key=f"{minutes:032x}", site_id=connection.site_id, connection_id=connection.id, body=body)
        row.entrance, row.received_at = connection.provider, now - timedelta(minutes=minutes)
        row.request = handed_over(connection, "application/json")
        row.status, row.error = status, error
        session.add(row)
