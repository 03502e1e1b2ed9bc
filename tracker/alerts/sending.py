"""Sends the messages that are due; each is repeated, ever more rarely, until it arrives or a day has passed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from tracker.alerts import mail, posting, telling
from tracker.alerts.models import AlertChannel, AlertMessage, ChannelKind, What
from tracker.alerts.telling import Told
from tracker.config import Config
from tracker.database import writing
from tracker.deliveries import backoff
from tracker.errors import ConfigurationError, ProviderError, RateLimited, Refused
from tracker.sites.secrets import unseal

UNDER_WAY = timedelta(minutes=2)  # longer than any attempt; then another worker may try
PATIENCE = timedelta(days=1)
MOST_AT_ONCE = 50


def send_due(session: Session, config: Config, now: datetime) -> int:
    """Sends what is due, each attempt in a transaction of its own; returns how many attempts there were."""
    due = (
        select(AlertMessage.id, AlertMessage.next_at)
        .where(AlertMessage.is_open, AlertMessage.next_at <= now)
        .order_by(AlertMessage.next_at)
        .limit(MOST_AT_ONCE)
    )
    waiting = session.execute(due).all()
    return sum(_attempt(session, config, number, next_at, now) for number, next_at in waiting)


def _attempt(session: Session, config: Config, number: int, next_at: datetime, now: datetime) -> int:
    if not _claim(session, number, next_at, now):
        return 0
    message = session.get_one(AlertMessage, number, populate_existing=True)
    try:
        channel = session.get_one(AlertChannel, message.channel_id)
        settings = unseal(channel.settings, config.secret_key)
        told = telling.tell(session, message, config.public_url)
        kind = channel.kind
        session.rollback()  # nothing stays open while somebody else is asked
        send(kind, settings, told, config, now)
    except (ProviderError, ConfigurationError) as error:
        _failed(session, number, error, now)
    else:
        _sent(session, number, now)
    return 1


def send(kind: ChannelKind, settings: Mapping[str, str], told: Told, config: Config, now: datetime) -> None:
    """Sends one message by the channel's way.

    Raises:
        ProviderError, ConfigurationError: it did not arrive.
    """
    if kind is ChannelKind.TELEGRAM:
        posting.to_telegram(settings, told, config.allow_private_hosts)
    elif kind is ChannelKind.WEBHOOK:
        posting.to_webhook(settings, told, config.allow_private_hosts, now)
    elif config.smtp_url is None:
        raise ConfigurationError("There is no mail server: name one in SKVOZ_SMTP_URL.")
    else:
        recipients = [address.strip() for address in settings["to"].split(",") if address.strip()]
        mail.send(config.smtp_url, recipients, told.sentence, told.text)


def _claim(session: Session, number: int, next_at: datetime, now: datetime) -> bool:
    with writing(session):
        mine = update(AlertMessage).where(
            AlertMessage.id == number, AlertMessage.is_open, AlertMessage.next_at == next_at
        )
        result = session.execute(
            mine.values(next_at=now + UNDER_WAY, attempts=AlertMessage.attempts + 1),
            execution_options={"synchronize_session": False},
        )
        return isinstance(result, CursorResult) and result.rowcount == 1


def _sent(session: Session, number: int, now: datetime) -> None:
    with writing(session):
        message = session.get_one(AlertMessage, number, populate_existing=True)
        message.is_open, message.sent_at, message.error = False, now, None


def _failed(session: Session, number: int, error: ProviderError | ConfigurationError, now: datetime) -> None:
    asked = error.retry_after if isinstance(error, RateLimited) else None
    with writing(session):
        message = session.get_one(AlertMessage, number, populate_existing=True)
        wait = backoff.wait(message.attempts, asked)
        message.error = str(error)[:500]
        # What was refused may be mended by hand meanwhile; a test is answered at once.
        is_final = message.what is What.TEST and isinstance(error, Refused | ConfigurationError)
        message.is_open = not is_final and now + wait < message.at + PATIENCE
        message.next_at = now + wait
