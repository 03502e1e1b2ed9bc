"""Between the rows of the database and the words of the file: what a row would say in the file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tracker.configuration.schema import (
    ConnectionSettings,
    EmailSettings,
    NumberSettings,
    PoolSettings,
    SiteSettings,
    Source,
)
from tracker.pools.models import Number, Overflow, Pool
from tracker.sites.models import Connection, EmailStyle, Site, SiteEmail

MINOR_UNITS = 100
SITE_COLUMNS = (
    "name",
    "country",
    "timezone",
    "currency",
    "language",
    "allow_tests",
    "threshold",
    "tag_length",
    "enabled",
    "short_call_seconds",
    "deliver_uncounted",
    "unique_days",
    "target_talk_seconds",
    "target_needs_label",
)
SITE_LISTS = ("staff_phones", "blocked_callers", "test_callers", "target_labels", "never_target_labels")
POOL_COLUMNS = (
    "kind",
    "swap",
    "priority",
    "lease_on",
    "paid_reserve",
    "network_limit",
    "messengers",
    "enabled",
)
POOL_DURATIONS = ("hold", "max_age", "sticky")


def site_settings(site: Site) -> SiteSettings:
    """Returns what the file says about the site itself; its lists are left out."""
    same: dict[str, Any] = {name: getattr(site, name) for name in SITE_COLUMNS}
    same |= {name: tuple(getattr(site, name)) for name in SITE_LISTS}
    return SiteSettings(
        key=site.key,
        domains=tuple(domain.host for domain in site.domains),
        channels=tuple(site.channels) or None,
        **same | {"name": None if site.name == site.key else site.name},
    )


def site_columns(settings: SiteSettings) -> dict[str, Any]:
    """Returns the columns of the site's row, domains excepted."""
    columns = {name: getattr(settings, name) for name in SITE_COLUMNS}
    columns |= {name: list(getattr(settings, name)) for name in SITE_LISTS}
    if settings.channels is not None:
        columns["channels"] = [dict(rule) for rule in settings.channels]
    return columns | {"name": settings.name or settings.key}


def email_settings(row: SiteEmail) -> EmailSettings:
    """Returns what the file says about an address."""
    if row.style is EmailStyle.STATIC:
        return EmailSettings(address=row.address, source=_source(row.source))
    style = None if row.style is EmailStyle.PLUS else row.style
    return EmailSettings(swap=row.address, style=style, domain=row.mail_domain)


def email_columns(settings: EmailSettings) -> dict[str, Any]:
    """Returns the columns of an address."""
    style = EmailStyle.STATIC if settings.address else settings.style or EmailStyle.PLUS
    return {
        "address": settings.name,
        "style": style,
        "mail_domain": settings.domain,
        "source": _source_column(settings.source),
    }


def pool_settings(row: Pool) -> PoolSettings:
    """Returns what the file says about the pool itself; its numbers are left out."""
    overflow = row.overflow_number if row.overflow is Overflow.STATIC else row.overflow.value
    same: dict[str, Any] = {name: getattr(row, name) for name in POOL_COLUMNS}
    durations: dict[str, Any] = {name: timedelta(seconds=getattr(row, f"{name}_seconds")) for name in POOL_DURATIONS}
    return PoolSettings(
        key=row.key,
        when=row.conditions or None,
        overflow=overflow or Overflow.ORIGINAL.value,
        source=_source(row.source),
        **durations,
        **same,
    )


def pool_columns(settings: PoolSettings) -> dict[str, Any]:
    """Returns the columns of a pool."""
    is_number = settings.overflow.startswith("+")
    return {
        "conditions": dict(settings.when or {}),
        "overflow": Overflow.STATIC if is_number else Overflow(settings.overflow),
        "overflow_number": settings.overflow if is_number else None,
        "source": _source_column(settings.source),
        **{f"{name}_seconds": round(getattr(settings, name).total_seconds()) for name in POOL_DURATIONS},
        **{name: getattr(settings, name) for name in POOL_COLUMNS},
    }


def number_settings(row: Number) -> NumberSettings:
    """Returns what the file says about a number."""
    return NumberSettings(
        number=row.e164,
        label=row.label,
        line=row.line,
        forwards_to=row.forwards_to,
        cost=None if row.cost_minor is None else Decimal(row.cost_minor) / MINOR_UNITS,
        quarantined=row.quarantined,
    )


def number_columns(settings: NumberSettings) -> dict[str, Any]:
    """Returns the columns of a number; `quarantined` only when the file speaks of it."""
    columns = {
        "label": settings.label,
        "line": settings.line,
        "forwards_to": settings.forwards_to,
        "cost_minor": None if settings.cost is None else int(settings.cost * MINOR_UNITS),
    }
    return (
        columns
        if settings.quarantined is None
        else columns | {"quarantined": settings.quarantined, "quarantined_until": None}
    )


def connection_words(row: Connection) -> ConnectionSettings:
    """Returns what the file says about a connection, its settings excepted."""
    return ConnectionSettings(key=row.key, provider=row.provider, policy=row.policy or None, enabled=row.enabled)


def connection_columns(settings: ConnectionSettings) -> dict[str, Any]:
    """Returns the columns of a connection, its settings excepted."""
    return {
        "provider": settings.provider,
        "policy": dict(settings.policy or {}),
        "enabled": settings.enabled,
    }


def _source(column: Mapping[str, Any] | None) -> Source | None:
    return Source(**{"utm_source": "", **column}) if column else None


def _source_column(source: Source | None) -> dict[str, Any] | None:
    return {name: value for name, value in asdict(source).items() if value} if source else None
