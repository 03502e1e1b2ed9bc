"""The connection a webhook is addressed to, found also while the database is away."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.database import storable
from tracker.errors import DatabaseAway, NotFound
from tracker.extensions import db
from tracker.inquiries import doors
from tracker.inquiries.doors import Door
from tracker.providers.email.base import EmailProvider
from tracker.providers.email.tag_places import TagRules
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import EMAIL, TELEPHONY, settings_of
from tracker.providers.settings import read_settings
from tracker.providers.telephony.base import TelephonyProvider
from tracker.services import Services
from tracker.sites.secrets import unseal


@dataclass(frozen=True)
class Inbound:
    """A connection and the provider that speaks for it. `secrets`: what is not kept of its messages."""

    connection_id: int
    site_id: int
    provider: TelephonyProvider | EmailProvider
    secrets: tuple[str, ...] = ()


def find(services: Services, key: str, provider: str) -> Inbound:
    """Returns the connection with this key.

    Raises:
        NotFound: there is none, it is switched off, or it belongs to another provider.
        DatabaseAway: and the store does not know the connection either.
    """
    if storable(key) != key:
        raise _unknown(key, provider)
    try:
        return services.outage.ask(lambda: _from_database(services, key, provider))
    except DatabaseAway:
        db.session.rollback()
        door = doors.published(services.store, key)
        if door is None:
            raise
    if door.provider != provider:
        raise _unknown(key, provider)
    return _inbound(services, door)


def find_by_key(services: Services, key: str) -> Inbound:
    """Returns a connection whatever its provider.

    Raises:
        NotFound: there is none, it is switched off, or nobody reports to it.
        DatabaseAway: the database does not answer.
    """
    door = services.outage.ask(lambda: doors.find(db.session(), key))
    if door is None:
        raise NotFound(f"there is no connection {key!r}")
    return _inbound(services, door)


def _from_database(services: Services, key: str, provider: str) -> Inbound:
    door = doors.find(db.session(), key)
    if door is None or door.provider != provider:
        raise _unknown(key, provider)
    rules = Interpreter(db.session(), services.config.secret_key).tag_rules()
    db.session.rollback()
    return _inbound(services, door, rules)


def _inbound(services: Services, door: Door, rules: TagRules | None = None) -> Inbound:
    declared = settings_of(door.provider)
    settings = read_settings(declared, unseal(door.settings, services.config.secret_key))
    if door.provider in TELEPHONY:
        made: TelephonyProvider | EmailProvider = TELEPHONY[door.provider](settings, door.country, door.timezone)
    elif door.provider in EMAIL:
        made = EMAIL[door.provider](settings, rules or TagRules())
    else:
        raise NotFound(f"{door.provider} takes no webhooks")
    secrets = tuple(settings[field.name] for field in declared if field.kind == "secret")
    return Inbound(door.id, door.site_id, made, secrets)


def _unknown(key: str, provider: str) -> NotFound:
    return NotFound(f"there is no connection {key!r} of {provider}")
