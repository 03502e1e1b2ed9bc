"""Writes connections; their settings are checked by the provider and kept encrypted."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from tracker import clock
from tracker.configuration import connection_settings
from tracker.configuration.checks import path_of
from tracker.configuration.problems import Path
from tracker.configuration.rows import connection_columns, connection_words
from tracker.configuration.schema import ConnectionSettings, SiteSettings
from tracker.configuration.work import Work
from tracker.errors import InvalidInput
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.sites.secrets import Sealed, seal


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
    before = connection_settings.stored(work, row, settings.provider)
    try:
        values = connection_settings.wanted(work, settings, before, path)
    except InvalidInput as error:
        work.problems.add((*path, *path_of(error.field or "settings")), str(error))
        return
    after = Sealed(values, connection_settings.given(settings, before))
    if row is None:
        _create(work, site, settings, after)
        return
    if row.site_id != site.id:
        row.site_id = site.id
        work.note(site, f"connection {row.key}", "moved to this site")
    work.update(site, f"connection {row.key}", row, connection_columns(settings), connection_words)
    if after != before:
        _change_settings(work, site, row, before.settings, after)


def _create(work: Work, site: Site, settings: ConnectionSettings, content: Sealed) -> None:
    sealed = seal(content.settings, work.secret_key, content.given)
    row = Connection(site_id=site.id, key=settings.key, settings=sealed, **connection_columns(settings))
    work.session.add(row)
    work.session.flush()
    work.note(site, f"connection {settings.key}", "created")


def _change_settings(work: Work, site: Site, row: Connection, before: Mapping[str, str], after: Sealed) -> None:
    row.settings = seal(after.settings, work.secret_key, after.given)
    phrases = list(connection_settings.phrases(before, after.settings, work.providers.settings(row.provider)))
    if phrases and row.state is ConnectionState.BROKEN:  # new settings are what it was waiting for
        row.state, row.state_sentence, row.state_at = ConnectionState.OK, None, clock.now()
    for phrase in phrases:
        work.note(site, f"connection {row.key}", phrase)
