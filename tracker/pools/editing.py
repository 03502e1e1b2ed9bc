"""Changes to pools and numbers made by a person; each raises the site's version, so that web processes see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import InvalidInput, NotFound
from tracker.pools.models import LeaseOn, Number, Overflow, Pool, PoolKind
from tracker.sites.editing import touch
from tracker.sites.models import Site


@dataclass(frozen=True)
class PoolValues:
    """What a person may set; the names are those of the model."""

    kind: PoolKind
    swap: str
    conditions: dict[str, Any]
    priority: int
    hold_seconds: int
    max_age_seconds: int
    sticky_seconds: int
    lease_on: LeaseOn
    overflow: Overflow
    overflow_number: str | None
    paid_reserve: int
    network_limit: int
    messengers: bool
    source: dict[str, str] | None
    enabled: bool


@dataclass(frozen=True)
class NumberValues:
    """What a person may set of a number; `cost_minor` per month in minor units of the site's currency."""

    label: str | None
    line: str | None
    forwards_to: str | None
    cost_minor: int | None
    enabled: bool


def find(session: Session, site_key: str, key: str) -> tuple[Site, Pool]:
    """The site and its pool.

    Raises:
        NotFound: one of them does not exist.
    """
    wanted = select(Site, Pool).join(Pool, Pool.site_id == Site.id).where(Site.key == site_key, Pool.key == key)
    found = session.execute(wanted).first()
    if found is None:
        raise NotFound(f"the site {site_key} has no pool {key}")
    return found


def create(session: Session, site: Site, key: str, values: PoolValues) -> Pool:
    """Adds a pool without numbers.

    Raises:
        InvalidInput: the site has a pool of this key.
    """
    if session.scalar(select(Pool.id).where(Pool.site_id == site.id, Pool.key == key)) is not None:
        raise InvalidInput(f"there is a pool {key} already", "key")
    pool = Pool(site_id=site.id, key=key, **_columns(values))
    session.add(pool)
    session.flush()
    touch(site)
    return pool


def change(site: Site, pool: Pool, values: PoolValues) -> None:
    """Sets everything."""
    for name, value in _columns(values).items():
        setattr(pool, name, value)
    touch(site)


def _columns(values: PoolValues) -> dict[str, Any]:
    return asdict(values)


def taken(session: Session, numbers: Sequence[str]) -> dict[str, str]:
    """Number to `site/pool` that has it already; numbers nobody has are absent."""
    owners = (
        select(Number.e164, Site.key, Pool.key)
        .join(Pool, Pool.id == Number.pool_id)
        .join(Site, Site.id == Pool.site_id)
        .where(Number.e164.in_(numbers))
    )
    return {number: f"{site}/{pool}" for number, site, pool in session.execute(owners)}


def add_numbers(session: Session, site: Site, pool: Pool, numbers: Mapping[str, str | None]) -> None:
    """Adds numbers that no pool has yet: E.164 to label, None for none."""
    session.add_all(Number(pool_id=pool.id, e164=number, label=label) for number, label in numbers.items())
    session.flush()
    touch(site)


def number_of(session: Session, pool: Pool, e164: str) -> Number:
    """A number of the pool.

    Raises:
        NotFound: the pool has no such number.
    """
    number = session.scalar(select(Number).where(Number.pool_id == pool.id, Number.e164 == e164))
    if number is None:
        raise NotFound(f"the pool {pool.key} has no number {e164}")
    return number


def change_number(session: Session, site: Site, pool: Pool, e164: str, values: NumberValues) -> None:
    """Sets what is known of a number.

    Raises:
        NotFound: the pool has no such number.
    """
    number = number_of(session, pool, e164)
    for name, value in asdict(values).items():
        setattr(number, name, value)
    touch(site)
