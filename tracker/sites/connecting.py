"""Changes to connections made by a person. Settings are kept encrypted; new ones mend a broken connection."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.errors import InvalidInput, NotFound
from tracker.sites.editing import touch
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.sites.secrets import seal


def find(session: Session, key: str) -> tuple[Site, Connection]:
    """The connection of this key with its site.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Site, Connection).join(Connection, Connection.site_id == Site.id).where(Connection.key == key)
    found = session.execute(wanted).first()
    if found is None:
        raise NotFound(f"there is no connection {key}")
    return found


def create(
    session: Session, site: Site, key: str, provider: str, settings: Mapping[str, str], secret_key: str
) -> Connection:
    """Adds a connection.

    Args:
        settings: as the provider's `read_settings` returned them.

    Raises:
        InvalidInput: the key is taken.
    """
    if session.scalar(select(Connection.id).where(Connection.key == key)) is not None:
        raise InvalidInput(f"there is a connection {key} already", "key")
    connection = Connection(site_id=site.id, key=key, provider=provider, settings=seal(settings, secret_key))
    session.add(connection)
    session.flush()
    touch(site)
    return connection


def change(site: Site, connection: Connection, settings: Mapping[str, str], enabled: bool, secret_key: str) -> None:
    """Sets new settings; a broken connection gets another chance."""
    connection.settings = seal(settings, secret_key)
    connection.enabled = enabled
    connection.state, connection.state_sentence, connection.state_at = ConnectionState.OK, None, clock.now()
    touch(site)
