"""A site as the way in needs it: read from the database once per version, kept in the store and in each process."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.pools.models import LeaseOn, Number, Pool, PoolKind
from tracker.sites.models import EmailStyle, Site
from tracker.values import phone


class ServedPool(msgspec.Struct, frozen=True, omit_defaults=True):
    """One pool without its numbers, which live in the store.

    `conditions` is the `when:` mapping; `static_number` is set for static pools only.
    """

    id: str
    key: str
    conditions: dict[str, Any]
    hold_ms: int
    max_age_ms: int
    sticky_ms: int
    on_arrival: bool
    reserve: int
    network_limit: int
    overflow: str  # original, shared, or an E.164 number
    messengers: bool = False
    static_number: str = ""


class ServedOriginal(msgspec.Struct, frozen=True):
    """An original number, the digit strings pages may write for it, and its pools in the order they are asked."""

    swap: str
    match: list[str]
    pools: list[ServedPool]


class ServedEmail(msgspec.Struct, frozen=True):
    """An address that is tagged per visitor."""

    swap: str
    style: str
    mail_domain: str | None


class ServedSite(msgspec.Struct, frozen=True):
    """Everything `/w/*` must know about a site without asking the database."""

    key: str
    id: int
    version: int
    country: str
    domains: list[str]
    allow_tests: bool
    enabled: bool
    originals: list[ServedOriginal]
    emails: list[ServedEmail]
    language: str = "en"
    channels: list[dict[str, Any]] = []


def load(session: Session, key: str) -> ServedSite | None:
    """Reads a site from the database; None when there is no such site."""
    site = session.scalar(select(Site).where(Site.key == key))
    if site is None:
        return None
    return ServedSite(
        key=site.key,
        id=site.id,
        version=site.version,
        country=site.country,
        domains=[domain.host for domain in site.domains],
        allow_tests=site.allow_tests,
        enabled=site.enabled,
        originals=_originals(session, site),
        emails=[
            ServedEmail(email.address, email.style, email.mail_domain)
            for email in site.emails
            if email.enabled and email.style != EmailStyle.STATIC
        ],
        language=site.language,
        channels=site.channels,
    )


def _originals(session: Session, site: Site) -> list[ServedOriginal]:
    pools = session.scalars(
        select(Pool).where(Pool.site_id == site.id, Pool.enabled).order_by(Pool.priority.desc(), Pool.id)
    )
    by_swap: dict[str, list[ServedPool]] = {}
    for pool in pools:
        by_swap.setdefault(pool.swap, []).append(_served(session, pool))
    return [ServedOriginal(swap, phone.writings(swap), pools) for swap, pools in by_swap.items()]


def _served(session: Session, pool: Pool) -> ServedPool:
    return ServedPool(
        id=str(pool.id),
        key=pool.key,
        conditions=_conditions(pool),
        hold_ms=pool.hold_seconds * 1000,
        max_age_ms=pool.max_age_seconds * 1000,
        sticky_ms=pool.sticky_seconds * 1000,
        on_arrival=pool.lease_on == LeaseOn.ARRIVAL,
        reserve=pool.paid_reserve,
        network_limit=pool.network_limit,
        overflow=pool.overflow_number or pool.overflow,
        messengers=pool.messengers,
        static_number=_static_number(session, pool),
    )


def _conditions(pool: Pool) -> dict[str, Any]:
    """A static pool without conditions is shown to the visitors of its own source, and to nobody else."""
    if pool.kind == PoolKind.STATIC and not pool.conditions:
        return {name: value for name, value in (pool.source or {}).items() if value}
    return pool.conditions


def _static_number(session: Session, pool: Pool) -> str:
    if pool.kind != PoolKind.STATIC:
        return ""
    usable = (Number.pool_id == pool.id, Number.enabled, ~Number.quarantined)
    return session.scalar(select(Number.e164).where(*usable).order_by(Number.id).limit(1)) or ""
