"""Moves a site's stream into the database: in order, in batches, each entry once.

The place reached is kept in the database and moves in the transaction that stores the batch, so a kill at any
moment repeats or loses nothing. Whoever comes second waits for the row of the cursor and finds the work done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from tracker import metrics
from tracker.database import insert_or_ignore, writing
from tracker.errors import StoreDown
from tracker.leases import recording
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.visits import ingest, stream
from tracker.visits.ingest import ForeignVisit
from tracker.visits.models import StreamCursor, StreamReject
from tracker.visits.stream import Entry, Poison

log = logging.getLogger(__name__)

BATCH = 500
DRAIN_SECONDS = 2.0
BEGINNING = "0-0"
NOT_STORABLE = (ForeignVisit, DataError, IntegrityError, ValueError)


def drain(session: Session, store: LeaseStore, site_id: int, key: str) -> bool:
    """Stores what the stream holds now, for two seconds at most, so that a call finds the leases given before it.

    Returns:
        False when there was more than that, or the store is away.
    """
    deadline = time.monotonic() + DRAIN_SECONDS
    try:
        while time.monotonic() < deadline:
            if store_batch(session, store, site_id, key) < BATCH:
                return True
    except StoreDown:
        log.warning("leases of the last seconds are missing: the store is away", extra={"site": key})
    return False


def store_batch(session: Session, store: LeaseStore, site_id: int, key: str) -> int:
    """Stores the next entries of the site and returns how many there were.

    Raises:
        StoreDown: the store does not answer; nothing was changed.
        sqlalchemy.exc.OperationalError: the database does not answer; nothing was changed.
    """
    epoch = _epoch_with_entries(store, SiteKeys(key))
    if epoch is None:
        return 0
    with writing(session):
        cursor = _cursor(session, store, site_id, key, epoch)
        raw = _read(store, key, cursor.last_id)
        if not raw:
            return 0
        _store(session, site_id, stream.read(raw))
        cursor.last_id = last_id = raw[-1][0].decode()
    _trim(store, SiteKeys(key), last_id)
    return len(raw)


def _epoch_with_entries(store: LeaseStore, keys: SiteKeys) -> str | None:
    """The epoch of the stream; None while there is nothing to store."""
    try:
        if not store.raw.xlen(keys.stream):
            return None
        epoch = store.raw.hget(keys.meta, "epoch")
    except RedisError as error:
        raise StoreDown(str(error)) from error
    return epoch.decode() if epoch else None


def _cursor(session: Session, store: LeaseStore, site_id: int, key: str, epoch: str) -> StreamCursor:
    """The site's cursor, locked; a stream of another epoch is read from its beginning."""
    insert_or_ignore(session, StreamCursor, [{"site_id": site_id, "epoch": epoch, "last_id": BEGINNING}])
    cursor = session.scalars(select(StreamCursor).where(StreamCursor.site_id == site_id).with_for_update()).one()
    if cursor.epoch != epoch:
        log.warning("the store of site %s is another one than before", key)
        store.doubt(key, "")
        cursor.epoch, cursor.last_id = epoch, BEGINNING
    return cursor


def _read(store: LeaseStore, key: str, after: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
    keys = SiteKeys(key)
    verdict, entries = store.run("read", (keys.meta, keys.stream), after, BATCH)
    if verdict == b"rewound":
        log.warning("the store of site %s is an older copy: the database has entries up to %s", key, after)
        store.doubt(key, after)
    elif verdict == b"ahead":
        log.warning("the database is an older copy: what site %s saw since then is lost", key)
    return [(entry_id, dict(zip(fields[::2], fields[1::2], strict=True))) for entry_id, fields in entries]


def _trim(store: LeaseStore, keys: SiteKeys, last_id: str) -> None:
    """Forgets what is stored. Failing is harmless: the cursor already stands behind it."""
    millis, _, count = last_id.partition("-")
    try:
        store.run("stored", (keys.meta, keys.stream), last_id, f"{millis}-{int(count) + 1}")
    except StoreDown:
        log.info("the stream %s was not trimmed", keys.stream)


def _store(session: Session, site_id: int, found: Sequence[Entry | Poison]) -> None:
    """Stores a batch at once; if that fails, entry by entry, setting aside those that cannot be stored."""
    for poison in found:
        if isinstance(poison, Poison):
            _set_aside(session, site_id, poison)
    entries = [entry for entry in found if isinstance(entry, Entry)]
    if not entries:
        return
    try:
        with session.begin_nested():
            _store_entries(session, site_id, entries)
    except NOT_STORABLE:
        for entry in entries:
            _store_alone(session, site_id, entry)


def _store_alone(session: Session, site_id: int, entry: Entry) -> None:
    try:
        with session.begin_nested():
            _store_entries(session, site_id, [entry])
    except NOT_STORABLE as error:
        fields = {"asked": repr(entry.asked)[:4000], "decision": repr(entry.decision)[:4000]}
        _set_aside(session, site_id, Poison(entry.id, entry.at, fields, f"cannot be stored: {error}"[:1000]))


def _store_entries(session: Session, site_id: int, entries: Sequence[Entry]) -> None:
    rows = ingest.store(session, site_id, entries)
    recording.record(session, site_id, entries, rows)


def _set_aside(session: Session, site_id: int, poison: Poison) -> None:
    metrics.rejected.inc()
    session.add(
        StreamReject(
            site_id=site_id,
            entry_id=poison.id,
            at=poison.at,
            fields={_plain(name): _plain(value) for name, value in poison.fields.items()},
            reason=_plain(poison.reason),
        )
    )
    session.flush()


def _plain(text: str) -> str:
    """What cannot be stored must at least be storable as its own description."""
    return text.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")
