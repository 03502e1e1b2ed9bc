"""Another system's table of calls, read and never written: its address, its columns, its rows as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Connection, create_engine, inspect, make_url
from sqlalchemy import column as sql_column
from sqlalchemy import select as sql_select
from sqlalchemy import table as sql_table
from sqlalchemy.exc import ArgumentError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tracker.errors import InvalidInput, Unavailable

NAME = "telephony/asterisk-sql"
WAIT_SECONDS = 10
DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite",
}
WAITS: Mapping[str, Mapping[str, Any]] = {
    "mysql": {"connect_timeout": WAIT_SECONDS, "read_timeout": 60},
    "mariadb": {"connect_timeout": WAIT_SECONDS, "read_timeout": 60},
    "postgresql": {
        "connect_timeout": WAIT_SECONDS,
        "options": "-c default_transaction_read_only=on -c statement_timeout=60000",
    },
    "sqlite": {"timeout": WAIT_SECONDS},
}
AT_ONCE = 200  # calls whose rows are asked for in one statement

Row = dict[str, Any]


def check_address(written: str) -> None:
    """Makes sure that the address can be used here.

    Raises:
        InvalidInput: it is no address of a database, or the driver is not installed.
    """
    _engine(written).dispose()


@contextmanager
def opened(written: str, name: str) -> Iterator[CallTable]:
    """Opens a table for reading.

    Raises:
        InvalidInput: there is no such table.
        Unavailable: the database does not answer, or refuses.
    """
    engine = _engine(written)
    try:
        with engine.connect() as connection:
            yield CallTable(connection, name)
    except NoSuchTableError as error:
        raise InvalidInput(f"the database has no table {name!r}", "settings.table") from error
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Unavailable(f"the database of the PBX does not answer: {cause}", provider=NAME) from error
    finally:
        engine.dispose()


def _engine(written: str) -> Any:
    url = _url(written)
    try:
        return create_engine(url, poolclass=NullPool, connect_args=dict(WAITS[url.get_backend_name()]))
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"the driver {error.name} is not installed; MySQL and MariaDB need it: "
            "`pip install PyMySQL` into the environment of Skvoz, then restart",
            "settings.database_url",
        ) from error


def _url(written: str) -> URL:
    try:
        url = make_url(written.strip())
    except ArgumentError as error:
        raise InvalidInput("write it as mysql://user:password@host/database", "settings.database_url") from error
    if url.drivername in DRIVERS:
        url = url.set(drivername=DRIVERS[url.drivername])
    if url.get_backend_name() not in WAITS:
        raise InvalidInput("only mysql://, postgresql:// and sqlite:// are read", "settings.database_url")
    if url.get_backend_name() == "sqlite":  # a file that is not there is not made by looking for it
        return URL.create("sqlite", database=f"file:{url.database or ''}", query={"mode": "ro", "uri": "true"})
    return url


@dataclass(frozen=True)
class Seen:
    """A row that was found by its place: the value of its key column, its id if the table counts, and its time."""

    key: str
    number: int | None
    at: Any


class CallTable:
    """One table. Names of columns are compared without regard to case.

    Raises:
        NoSuchTableError: there is none of this name.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        schema, _, bare = name.rpartition(".")
        self._connection = connection
        found = [one["name"] for one in inspect(connection).get_columns(bare, schema=schema or None)]
        if not found:
            raise NoSuchTableError(name)
        self._names = {one.lower(): one for one in found}
        self._table = sql_table(bare, *(sql_column(one) for one in found), schema=schema or None)

    @property
    def columns(self) -> frozenset[str]:
        """The names, in lower case."""
        return frozenset(self._names)

    def column(self, *names: str) -> str | None:
        """Returns the first of these columns that there is."""
        return next((name for name in names if name in self._names), None)

    def since(self, key: str, at: str, after_number: int | None, since: datetime, zone: ZoneInfo) -> list[Seen]:
        """Returns the rows after a number or, without one, since a time; in the order of the table.

        Args:
            key: column by which rows belong together; at: column of the time.
            zone: the clock of the table, where it says none.
        """
        number = self._c("id") if "id" in self._names else None
        wanted = sql_select(self._c(key), self._c(at), *([number] if number is not None else []))
        if number is not None and after_number is not None:
            wanted = wanted.where(number > after_number)
        else:
            wanted = wanted.where(self._c(at) >= self._written(at, since, zone))
        rows = self._connection.execute(wanted.order_by(self._c(at) if number is None else number)).all()
        return [Seen(str(row[0]), int(row[2]) if number is not None else None, row[1]) for row in rows if row[0]]

    def rows_of(
        self, key: str, values: Sequence[str], columns: Iterable[str], at: str, since: datetime, zone: ZoneInfo
    ) -> Iterator[Row]:
        """Yields the rows of these keys by the names in lower case; times are texts, without a zone as they stand."""
        names = [name for name in columns if name in self._names]
        order = [self._c(at), *([self._c("id")] if "id" in self._names else [])]
        if "id" in self._names:
            order.reverse()
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            wanted = sql_select(*(self._c(name) for name in names)).where(self._c(key).in_(some))
            wanted = wanted.where(self._c(at) >= self._written(at, since, zone)).order_by(*order)
            for row in self._connection.execute(wanted):
                yield {name: _plain(value) for name, value in zip(names, row, strict=True)}

    def _c(self, name: str) -> Any:
        return self._table.c[self._names[name]]

    def _written(self, at: str, moment: datetime, zone: ZoneInfo) -> Any:
        """The moment in the writing of the column: tables keep times as such, as texts, or as seconds since 1970."""
        some = self._connection.scalar(sql_select(self._c(at)).where(self._c(at).is_not(None)).limit(1))
        local = moment.astimezone(zone).replace(tzinfo=None)
        if isinstance(some, datetime):
            return local if some.tzinfo is None else moment
        if isinstance(some, int | float | Decimal):
            return moment.timestamp()
        if isinstance(some, str) and some.replace(".", "").isdigit():
            return f"{moment.timestamp():.6f}"
        return f"{local:%Y-%m-%d %H:%M:%S}"


def _plain(value: Any) -> Any:
    match value:
        case None | int() | float() | str():
            return value
        case datetime():
            return value.isoformat(" ") if value.tzinfo is None else value.astimezone(UTC).isoformat()
        case bytes():
            return value.decode("utf-8", "replace")
    return str(value)
