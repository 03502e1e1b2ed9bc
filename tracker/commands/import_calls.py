"""`skvoz import-calls`: calls from a table, row by row through the same door as everything else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import select

from tracker import clock, flow
from tracker.commands.database import needs_database
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.inquiries.spool import Arrived
from tracker.providers.interpretation import Interpreter
from tracker.providers.telephony.mapped import Mapped
from tracker.services import Services
from tracker.sites.models import Connection

DELIMITERS = ",;\t"
NAMES_A_CALL = ("started_at", "from", "to")  # together unique enough where a table has no id


@click.command("import-calls")
@click.argument("connection")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@needs_database
def import_calls(connection: str, file: Path) -> None:
    """Take the calls of a CSV FILE as those of CONNECTION, one of telephony/mapped; doing it twice changes nothing."""
    services: Services = current_app.extensions["services"]
    found = _connection(connection)
    reader = Interpreter(db.session(), services.config.secret_key).read
    taken = refused = 0
    for number, row in enumerate(rows(file.read_bytes()), start=2):
        try:
            taken += len(flow.receive(services, _arrived(found, row), reader))
        except InvalidInput as error:
            refused += 1
            click.echo(f"line {number}: {error}", err=True)
    click.echo(f"{taken} calls taken, {refused} rows not understood.")


def rows(content: bytes) -> Iterator[dict[str, str]]:
    """Yields the rows by their headings, which are taken in lower case; UTF-8 or Windows-1251, any usual delimiter.

    Raises:
        InvalidInput: there is no heading.
    """
    text = _decoded(content)
    heading = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="")
    if not table.fieldnames or len(table.fieldnames) < 2:
        raise InvalidInput("the first line must name the columns, for example call_id,started_at,from,to", "heading")
    for row in table:
        said = {name.strip().lower(): value.strip() for name, value in row.items() if name and value}
        if said:
            said.setdefault("call_id", _made_id(said))
            yield said


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")


def _made_id(row: dict[str, str]) -> str:
    words = "\n".join(row.get(name, "") for name in NAMES_A_CALL)
    return "row-" + hashlib.sha256(words.encode()).hexdigest()[:32]


def _connection(key: str) -> Connection:
    found = db.session.scalar(select(Connection).where(Connection.key == key))
    if found is None:
        raise NotFound(f"There is no connection {key!r}.")
    if found.provider != Mapped.NAME:
        raise InvalidInput(f"{key!r} is {found.provider}; calls are imported into a connection of {Mapped.NAME}.")
    return found


def _arrived(connection: Connection, row: dict[str, str]) -> Arrived:
    body = json.dumps(row, ensure_ascii=False, sort_keys=True).encode()
    return Arrived(
        key=hashlib.sha256(f"{connection.key}\n".encode() + body).hexdigest()[:32],
        site_id=connection.site_id,
        connection_id=connection.id,
        entrance=connection.provider,
        received_at=clock.now(),
        request={
            "method": "POST",
            "path": f"/hooks/{connection.provider}/{connection.key}",
            "headers": [],
            "query": [],
            "content_type": "application/json",
            "remote_ip": "",
        },
        body=body,
    )
