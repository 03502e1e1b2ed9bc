"""Writes connections; their settings are checked by the provider and kept encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from tracker import clock
from tracker.configuration.checks import path_of
from tracker.configuration.difference import in_words
from tracker.configuration.problems import Path
from tracker.configuration.schema import ConnectionSettings, SiteSettings
from tracker.configuration.work import Work
from tracker.errors import ConfigurationError, InvalidInput
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.sites.secrets import seal, unseal

KEEP = "***"


def switch_off_absent_connections(work: Work, site: Site, settings: SiteSettings) -> None:
    """Switches off connections the file no longer names."""
    if settings.connections is None:
        return
    named = {connection.key for connection in settings.connections}
    for row in site.connections:
        if row.enabled and row.key not in named:
            row.enabled = False
            work.note(site, f"connection {row.key}", "switched off: absent from the file")


def apply_connections(work: Work, site: Site, settings: SiteSettings, path: Path) -> None:
    """Makes or changes the connections of a site."""
    for index, connection in enumerate(settings.connections or ()):
        place = (*path, "connections", index)
        row = work.session.scalar(select(Connection).where(Connection.key == connection.key))
        if row is not None and row.site_id != site.id and not _is_free(work, row):
            owner = work.session.get_one(Site, row.site_id)
            work.problems.add((*place, "key"), f"connection {row.key} belongs to site {owner.key}")
            continue
        _apply_connection(work, site, row, connection, place)


def _is_free(work: Work, row: Connection) -> bool:
    return not (row.enabled and work.session.get_one(Site, row.site_id).enabled)


def _apply_connection(work: Work, site: Site, row: Connection | None, settings: ConnectionSettings, path: Path) -> None:
    stored = stored_settings(work, row) if row and row.provider == settings.provider else {}
    try:
        secrets = work.providers.secrets(settings.provider)
        wanted = work.providers.complete(
            settings.provider, _merged(work, settings.settings or {}, stored, secrets, path)
        )
    except InvalidInput as error:
        work.problems.add((*path, *path_of(error.field or "settings")), str(error))
        return
    wanted = {name: value for name, value in stored.items() if name not in wanted} | wanted
    if row is None:
        _create(work, site, settings, wanted)
        return
    if row.site_id != site.id:
        row.site_id = site.id
        work.note(site, f"connection {row.key}", "moved to this site")
    _change(work, site, row, settings)
    _change_settings(work, site, row, stored, wanted, secrets)


def stored_settings(work: Work, row: Connection) -> dict[str, str]:
    """Returns the stored settings; none when SECRET_KEY does not fit, so that a full file can replace them."""
    try:
        return unseal(row.settings, work.secret_key)
    except ConfigurationError:
        return {}


def _merged(
    work: Work, given: Mapping[str, str], stored: Mapping[str, str], secrets: frozenset[str], path: Path
) -> dict[str, str]:
    """Returns what the file says, with secrets it keeps back taken from the database."""
    merged = {name: stored[name] for name in sorted(secrets & stored.keys())}
    for name, value in given.items():
        if value != KEEP:
            merged[name] = value
        elif stored.get(name):
            merged[name] = stored[name]
        else:
            work.problems.add((*path, "settings", name), "*** keeps a stored value, but none can be read; write it out")
            merged[name] = KEEP
    return merged


def _create(work: Work, site: Site, settings: ConnectionSettings, values: Mapping[str, str]) -> None:
    site.connections.append(
        Connection(
            key=settings.key,
            provider=settings.provider,
            settings=seal(values, work.secret_key),
            policy=dict(settings.policy or {}),
            enabled=settings.enabled,
        )
    )
    work.note(site, f"connection {settings.key}", "created")


def _change(work: Work, site: Site, row: Connection, settings: ConnectionSettings) -> None:
    columns = {
        "provider": settings.provider,
        "policy": dict(settings.policy or {}),
        "enabled": settings.enabled,
    }
    work.update(site, f"connection {row.key}", row, columns, connection_settings)


def connection_settings(row: Connection) -> ConnectionSettings:
    """Returns what the file says about a connection, its settings excepted."""
    return ConnectionSettings(key=row.key, provider=row.provider, policy=row.policy or None, enabled=row.enabled)


def _change_settings(
    work: Work,
    site: Site,
    row: Connection,
    stored: Mapping[str, str],
    wanted: Mapping[str, str],
    secrets: frozenset[str],
) -> None:
    if stored == wanted:
        return
    row.settings = seal(wanted, work.secret_key)
    if row.state is ConnectionState.BROKEN:  # new settings are what it was waiting for
        row.state, row.state_sentence, row.state_at = ConnectionState.OK, None, clock.now()
    for phrase in _setting_phrases(stored, wanted, secrets):
        work.note(site, f"connection {row.key}", phrase)


def _setting_phrases(stored: Mapping[str, str], wanted: Mapping[str, str], secrets: frozenset[str]) -> Iterator[str]:
    for name in wanted:
        if stored.get(name) == wanted[name]:
            continue
        if name in secrets:
            yield f"{name} changed"
        else:
            yield f"{name} {in_words(stored.get(name))} → {in_words(wanted[name])}"
