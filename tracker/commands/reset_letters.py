"""Sends the letters of people who lost their password."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from tracker import clock
from tracker.access import resetting
from tracker.access.models import ResetLetter, User
from tracker.alerts import mail
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.errors import ProviderError
from tracker.extensions import db
from tracker.services import Services

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=2)
TEXTS = {
    "en": (
        "A new password for Skvoz",
        "Somebody, probably you, asked for a new password of {email}. Set it here within an hour:\n{link}\n\n"
        "If it was not you, do nothing: the present password stays.",
    ),
    "ru": (
        "Новый пароль для Skvoz",
        "Кто-то, вероятно вы, попросил новый пароль для {email}. Задайте его здесь в течение часа:\n{link}\n\n"
        "Если это были не вы, ничего не делайте: нынешний пароль остаётся.",
    ),
}


def send(services: Services) -> int:
    """Sends what is due; returns how many attempts there were."""
    now = clock.now()
    due = select(ResetLetter.id).where(ResetLetter.is_open, ResetLetter.next_at <= now)
    waiting = db.session.scalars(due.limit(10)).all()
    db.session.rollback()
    return sum(_attempt(services, number, now) for number in waiting)


def _attempt(services: Services, number: int, now: datetime) -> int:
    letter = _claim(services, number, now)
    if letter is None or not services.config.smtp_url:
        return 0
    email, language, link = letter
    subject, text = TEXTS.get(language, TEXTS["en"])
    try:
        mail.send(services.config.smtp_url, [email], subject, text.format(email=email, link=link))
    except ProviderError as error:
        log.warning("the letter %s about a password waits: %s", number, error)
        return 1
    with writing(db.session()) as session:
        session.get_one(ResetLetter, number).is_open = False
    return 1


def _claim(services: Services, number: int, now: datetime) -> tuple[str, str, str] | None:
    """Takes the letter for a while, so that no other worker sends it too; None: somebody has it, or it is too old."""
    with writing(db.session()) as session:
        letter = session.get_one(ResetLetter, number, with_for_update=True, populate_existing=True)
        if not letter.is_open or letter.next_at > now:
            return None
        letter.next_at = now + AGAIN_AFTER
        if now - letter.asked_at > resetting.GOOD_FOR:
            letter.is_open = False
            return None
        user = session.get_one(User, letter.user_id)
        return user.email, user.language, _link(services, user)


def _link(services: Services, user: User) -> str:
    return f"{services.config.public_url}/admin/reset/{resetting.token(user, services.config.secret_key)}"


SEND = Chore("password letters", send, timedelta(seconds=1))
