"""Writes pools and their numbers."""

from __future__ import annotations

from sqlalchemy import select

from tracker.configuration.checks import numbers_of
from tracker.configuration.problems import Path
from tracker.configuration.rows import number_columns, number_settings, pool_columns, pool_settings
from tracker.configuration.schema import NumberSettings, PoolSettings, SiteSettings
from tracker.configuration.work import Work
from tracker.pools.models import Number, Pool
from tracker.sites.models import Site


def switch_off_absent_pools(work: Work, site: Site, settings: SiteSettings) -> None:
    """Switches off pools and numbers the file no longer names, which also sets the numbers free for other pools."""
    if settings.pools is None:
        return
    named = {pool.key: pool for pool in settings.pools}
    for row in _pools(work, site):
        if row.key in named:
            _switch_off_absent_numbers(work, site, row, named[row.key])
        elif row.enabled:
            row.enabled = False
            work.note(site, f"pool {row.key}", "switched off: absent from the file")


def _switch_off_absent_numbers(work: Work, site: Site, pool: Pool, settings: PoolSettings) -> None:
    if settings.numbers is None:
        return
    named = {number.number for number in settings.numbers}
    for row in pool.numbers:
        if row.enabled and row.e164 not in named:
            row.enabled = False
            work.note(site, f"pool {pool.key}", f"- number {row.e164}")


def apply_pools(work: Work, site: Site, settings: SiteSettings, path: Path) -> None:
    """Makes or changes the pools of a site and their numbers."""
    rows = {row.key: row for row in _pools(work, site)}
    for index, pool in enumerate(settings.pools or ()):
        row = rows.get(pool.key)
        if row is None:
            row = Pool(site_id=site.id, key=pool.key, **pool_columns(pool))
            work.session.add(row)
            work.session.flush()
            work.note(site, f"pool {pool.key}", "created")
        else:
            work.update(site, f"pool {pool.key}", row, pool_columns(pool), pool_settings)
        _apply_numbers(work, site, row, pool, (*path, "pools", index))


def _apply_numbers(work: Work, site: Site, pool: Pool, settings: PoolSettings, path: Path) -> None:
    wanted = [number.number for number in settings.numbers or ()]
    rows = {row.e164: row for row in work.session.scalars(select(Number).where(Number.e164.in_(wanted)))}
    for place, number in numbers_of(path, settings):
        row = rows.get(number.number)
        if row is None:
            pool.numbers.append(Number(e164=number.number, **number_columns(number)))
            work.note(site, f"pool {pool.key}", f"+ number {number.number}")
        elif row.pool_id == pool.id or _is_free(work, row):
            _take(work, site, pool, row, number)
        else:
            owner = work.session.get_one(Site, row.pool.site_id)
            work.problems.add(place, f"{row.e164} belongs to pool {row.pool.key} of site {owner.key}")


def _is_free(work: Work, row: Number) -> bool:
    """A number switched off where it was may move; its former leases keep explaining late calls."""
    return not (row.enabled and row.pool.enabled and work.session.get_one(Site, row.pool.site_id).enabled)


def _take(work: Work, site: Site, pool: Pool, row: Number, settings: NumberSettings) -> None:
    if row.pool_id != pool.id or not row.enabled:
        row.pool, row.enabled = pool, True
        work.note(site, f"pool {pool.key}", f"+ number {row.e164}")
    columns = number_columns(settings)
    work.update(site, f"pool {pool.key}", row, columns, number_settings, prefix=f"number {row.e164} ")


def _pools(work: Work, site: Site) -> list[Pool]:
    return list(work.session.scalars(select(Pool).where(Pool.site_id == site.id).order_by(Pool.id)))
