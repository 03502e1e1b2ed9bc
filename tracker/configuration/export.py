"""Writes the database as a configuration file; applying it changes nothing.

Secrets become `***`. What was switched off by leaving it out is left out again where the file has no word for
it (numbers, addresses); sites, pools and connections say `enabled: false`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.configuration.connection_settings import KEEP
from tracker.configuration.rows import connection_words, email_settings, number_settings, pool_settings, site_settings
from tracker.configuration.schema import Configuration, ConnectionSettings, PoolSettings, SiteSettings
from tracker.configuration.work import ProviderRules
from tracker.configuration.writing import plain_record
from tracker.errors import InvalidInput, NotFound
from tracker.pools.models import Pool
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

LINE = 120
Row = TypeVar("Row")


def export(session: Session, providers: ProviderRules, secret_key: str, *, only: str | None = None) -> str:
    """Returns the YAML of all sites, or of one.

    Raises:
        NotFound: no site has the key `only`.
        ConfigurationError: SECRET_KEY does not fit the stored settings.
    """
    query = select(Site).order_by(Site.id)
    sites = session.scalars(query if only is None else query.where(Site.key == only)).all()
    if only is not None and not sites:
        raise NotFound(f"There is no site {only}.")
    configuration = Configuration(sites=tuple(_site(session, site, providers, secret_key) for site in sites))
    return to_yaml(configuration)


def to_yaml(configuration: Configuration) -> str:
    """Writes a configuration as a file that `read` understands."""
    text: str = yaml.dump(
        _escaped(plain_record(configuration)),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=LINE,
        default_flow_style=False,
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Writes a value that stands in two places twice, not as an anchor."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _site(session: Session, site: Site, providers: ProviderRules, secret_key: str) -> SiteSettings:
    pools = session.scalars(select(Pool).where(Pool.site_id == site.id).order_by(Pool.id))
    return replace(
        site_settings(site),
        emails=_named([email_settings(row) for row in site.emails if row.enabled]),
        pools=_named([_pool(pool) for pool in pools]),
        connections=_named([_connection(row, providers, secret_key) for row in site.connections]),
    )


def _named(rows: Sequence[Row]) -> tuple[Row, ...] | None:
    return tuple(rows) or None


def _pool(pool: Pool) -> PoolSettings:
    numbers = [number_settings(row) for row in pool.numbers if row.enabled]
    return replace(
        pool_settings(pool),
        numbers=_named([replace(number, quarantined=number.quarantined or None) for number in numbers]),
    )


def _connection(row: Connection, providers: ProviderRules, secret_key: str) -> ConnectionSettings:
    stored = unseal(row.settings, secret_key)
    try:
        is_secret = providers.settings(row.provider)
    except InvalidInput:  # a provider this program does not know: better too careful
        is_secret = {}
    shown = {name: KEEP if is_secret.get(name, True) else value for name, value in stored.items() if value}
    return replace(connection_words(row), settings=shown or None)


def _escaped(value: Any) -> Any:
    """`${` in a stored text is no variable."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
