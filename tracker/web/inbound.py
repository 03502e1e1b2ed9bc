"""The connection a webhook is addressed to, found also while the database is away."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker.errors import NotFound
from tracker.extensions import db
from tracker.providers.email.base import EmailProvider
from tracker.providers.email.tag_places import TagRules
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import EMAIL, TELEPHONY, settings_of
from tracker.providers.settings import read_settings
from tracker.providers.telephony.base import TelephonyProvider
from tracker.services import Services
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

CONNECTIONS = "skvoz:connections"  # hash: connection key -> KeptConnection as JSON


class KeptConnection(msgspec.Struct, frozen=True):
    """What the edge must know of a connection; `settings` stays encrypted."""

    id: int
    site_id: int
    provider: str
    settings: str
    country: str
    timezone: str


@dataclass(frozen=True)
class Inbound:
    """A connection and the provider that speaks for it."""

    connection_id: int
    site_id: int
    provider: TelephonyProvider | EmailProvider


def find(services: Services, key: str, provider: str) -> Inbound:
    """Returns the connection with this key.

    Raises:
        NotFound: there is none, it is switched off, or it belongs to another provider.
        StoreDown: neither database nor store can tell.
    """
    try:
        return _from_database(services, key, provider)
    except OperationalError as error:
        db.session.rollback()
        kept = _remembered(services, key)
        if kept is None:
            raise error
        if kept.provider != provider:
            raise _unknown(key, provider) from error
        return _inbound(services, kept)


def _from_database(services: Services, key: str, provider: str) -> Inbound:
    row = db.session.execute(
        select(Connection, Site).join(Site, Connection.site_id == Site.id).where(Connection.key == key)
    ).one_or_none()
    if row is None or row[0].provider != provider or not row[0].enabled:
        raise _unknown(key, provider)
    connection, site = row.tuple()
    kept = KeptConnection(connection.id, site.id, connection.provider, connection.settings, site.country, site.timezone)
    rules = Interpreter(db.session(), services.config.secret_key).tag_rules()
    _remember(services, key, kept)
    db.session.rollback()
    return _inbound(services, kept, rules)


def _inbound(services: Services, kept: KeptConnection, rules: TagRules | None = None) -> Inbound:
    settings = read_settings(settings_of(kept.provider), unseal(kept.settings, services.config.secret_key))
    if kept.provider in TELEPHONY:
        made: TelephonyProvider | EmailProvider = TELEPHONY[kept.provider](settings, kept.country, kept.timezone)
    elif kept.provider in EMAIL:
        made = EMAIL[kept.provider](settings, rules or TagRules())
    else:
        raise NotFound(f"{kept.provider} takes no webhooks")
    return Inbound(kept.id, kept.site_id, made)


def _remember(services: Services, key: str, kept: KeptConnection) -> None:
    try:
        services.store.raw.hset(CONNECTIONS, key, msgspec.json.encode(kept))
    except RedisError:
        return


def _remembered(services: Services, key: str) -> KeptConnection | None:
    try:
        text = services.store.raw.hget(CONNECTIONS, key)
    except RedisError:
        return None
    return msgspec.json.decode(text, type=KeptConnection) if text else None


def _unknown(key: str, provider: str) -> NotFound:
    return NotFound(f"there is no connection {key!r} of {provider}")
