"""Where people open what a delivery made: the page of a contact, deal or lead in their CRM."""

from __future__ import annotations

from flask import current_app, g
from sqlalchemy import select

from tracker.config import Config
from tracker.errors import SkvozError
from tracker.extensions import db
from tracker.providers import registry
from tracker.providers.settings import read_settings
from tracker.reports.journal import DeliveryState
from tracker.sites.models import Connection
from tracker.sites.secrets import unseal


def card_url(state: DeliveryState, name: str, card: str) -> str | None:
    """The address of a card; None when its CRM has no page for it, or its settings cannot be read."""
    provider = registry.CRM.get(state.provider)
    settings = _settings(state.connection) if provider else None
    address = provider.card_url(settings, name, card) if provider and settings else None
    return address if address and address.startswith(("https://", "http://")) else None


def _settings(key: str) -> dict[str, str] | None:
    """The settings of a connection, read once in a request."""
    known: dict[str, dict[str, str] | None] = g.setdefault("settings_of_connections", {})
    if key not in known:
        known[key] = _read(key)
    return known[key]


def _read(key: str) -> dict[str, str] | None:
    config: Config = current_app.config["SKVOZ"]
    found = db.session.scalar(select(Connection).where(Connection.key == key))
    if found is None:
        return None
    try:
        fields = registry.settings_of(found.provider)
        return dict(read_settings(fields, unseal(found.settings, config.secret_key)))
    except SkvozError:
        return None
