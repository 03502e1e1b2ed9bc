"""Which settings a connection gets: what the file says, what it keeps back, what the program has renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.configuration.difference import in_words
from tracker.configuration.problems import Path
from tracker.configuration.schema import ConnectionSettings
from tracker.configuration.work import Work
from tracker.errors import ConfigurationError
from tracker.sites.models import Connection
from tracker.sites.secrets import Sealed, open_sealed

KEEP = "***"


def stored(work: Work, row: Connection | None, provider: str) -> Sealed:
    """Returns what is stored for this provider; nothing when SECRET_KEY does not fit, so a full file replaces it."""
    if row is None or row.provider != provider:
        return Sealed({})
    try:
        return open_sealed(row.settings, work.secret_key)
    except ConfigurationError:
        return Sealed({})


def wanted(work: Work, settings: ConnectionSettings, before: Sealed, path: Path) -> dict[str, str]:
    """Returns the complete settings.

    What the file gives as `***` stays as stored, and so does what it gives as it gave it last time: if the stored
    value is another one, the program has renewed it. Of what it does not name, secrets stay, and what no file
    ever named (the program's own notes, such as when a token ends); the rest gets its default.

    Raises:
        InvalidInput: an unknown provider, or settings it does not take.
    """
    declared = work.providers.settings(settings.provider)
    merged = {
        name: value
        for name, value in before.settings.items()
        if name in declared and (declared[name] or name not in before.given)
    }
    for name, value in (settings.settings or {}).items():
        merged[name] = value
        if value == KEEP and not before.settings.get(name):
            text = "*** keeps a stored value, but none can be read: write it out"
            work.problems.add((*path, "settings", name), text)
        elif value == KEEP or (before.given.get(name) == value and name in before.settings):
            merged[name] = before.settings[name]
    complete = work.providers.complete(settings.provider, merged)
    return {name: value for name, value in before.settings.items() if name not in complete} | complete


def given(settings: ConnectionSettings, before: Sealed) -> dict[str, str]:
    """Returns what to remember as the file's own words."""
    said = settings.settings or {}
    return {name: before.given.get(name, KEEP) if value == KEEP else value for name, value in said.items()}


def phrases(before: Mapping[str, str], after: Mapping[str, str], is_secret: Mapping[str, bool]) -> Iterator[str]:
    """Yields what changes, secrets without their values."""
    for name in after:
        if before.get(name, "") == after[name]:
            continue
        if is_secret.get(name, True):
            yield f"{name} changed"
        else:
            yield f"{name} {in_words(before.get(name))} → {in_words(after[name])}"
