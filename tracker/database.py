"""What both databases share: the declarative base, column types, the upsert, transactions, migrations.

SQLite runs in WAL mode and write transactions start as such (BEGIN IMMEDIATE), so two writers queue up
instead of failing half-way. PostgreSQL needs none of this.
"""

from __future__ import annotations

import fcntl
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, ClassVar

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from tracker.config import ROOT, Config
from tracker.errors import ConfigurationError

Changes = tuple[str, ...] | Callable[[Any, Any], Mapping[str, Any]]

WRITE = "skvoz_write"
UPGRADE_LOCK = 7_305_101  # PostgreSQL advisory lock: any constant that nobody else uses
NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out; refuses naive values. SQLite keeps them as text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Whole, without the steps of the type below: a page view is stored with thirteen times."""
        return _sqlite_time if dialect.name == "sqlite" else _utc

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a naive datetime reached the database")
    return value.astimezone(UTC)


def _sqlite_time(value: datetime | None) -> str | None:
    """`2026-01-01 12:00:00.000000`, the text in which SQLAlchemy keeps times in SQLite."""
    at = _utc(value)
    return None if at is None else at.isoformat(" ", "microseconds")[:26]


BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _values(kind: type[Enum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    """Parent of every model; constraints get predictable names, which migrations need."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
        Enum: EnumType(Enum, native_enum=False, length=20, values_callable=_values),
    }


def storable(value: str) -> str:
    """Returns the text without NUL and lone surrogates, which PostgreSQL refuses."""
    return NOT_STORABLE.sub("", value)


def prepare_engine(engine: Engine) -> None:
    """Makes SQLite keep the promises above; does nothing for other databases."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=4000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """One write transaction on a session that has none open: commits at the end, rolls back on any error."""
    session.rollback()
    session.connection(execution_options={WRITE: True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def insert_or_ignore(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows; those that would break a unique constraint are left out."""
    if rows:
        session.execute(_insert_or_ignore(_dialect(session), getattr(table, "__table__", table)), list(rows))


def upsert(
    session: Session,
    table: Any,
    rows: Sequence[Mapping[str, Any]],
    key: tuple[str, ...],
    changes: Changes,
    returning: tuple[str, ...] = (),
) -> list[Any]:
    """Inserts rows, or changes the row that already has the key; many rows are one statement.

    Args:
        rows: no two with the same key.
        key: columns of a unique constraint.
        changes: columns to overwrite; or a function, of the columns there and of those proposed, that returns
            column to new value. Building a statement costs more than running it, so it must be of module level.
        returning: columns to return, of inserted and of changed rows, in any order.
    """
    if not rows:
        return []
    statement = _upsert(_dialect(session), getattr(table, "__table__", table), key, changes, returning or key)
    return list(session.connection().execute(statement, list(rows)).all())


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, key: tuple[str, ...], changes: Changes, returning: tuple[str, ...]) -> Any:
    insert = _insert(dialect, table)
    new = insert.excluded
    values = changes(table.c, new) if callable(changes) else {name: new[name] for name in changes}
    statement = insert.on_conflict_do_update(index_elements=key, set_=dict(values))
    return statement.returning(*(table.c[name] for name in returning))  # returning something makes it one statement


@lru_cache(maxsize=256)
def _insert_or_ignore(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _insert(dialect: str, table: Table) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def upgrade(config: Config) -> None:
    """Brings the schema up to date, under a lock so that several starters wait for one another.

    Raises:
        ConfigurationError: the database cannot be reached or written.
    """
    engine = create_engine(config.sqlalchemy_url)
    prepare_engine(engine)
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(ROOT / "migrations"))
    try:
        with _upgrade_lock(config, engine), engine.connect() as connection:
            alembic.attributes["connection"] = connection
            command.upgrade(alembic, "head")
            connection.commit()
    except OperationalError as error:
        raise ConfigurationError(f"The database does not answer ({_cause(error)}). {_remedy(config)}") from error
    finally:
        engine.dispose()


@contextmanager
def _upgrade_lock(config: Config, engine: Engine) -> Iterator[None]:
    if engine.dialect.name == "sqlite":
        config.instance.mkdir(parents=True, exist_ok=True)
        with (config.instance / "upgrade.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": UPGRADE_LOCK})


def schema_revisions(engine: Engine) -> tuple[str | None, str]:
    """Returns the schema's revision (None: empty database) and the one this program needs."""
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head() or ""


def _cause(error: OperationalError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _remedy(config: Config) -> str:
    if config.database_url is None:
        return f"Check that {config.instance} is writable and the disk is not full."
    return "Check DATABASE_URL and that the server is running."
