"""`skvoz replay`: reads raw messages anew, after a fix of ours or of a setting."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import click
from flask import current_app

from tracker import flow
from tracker.commands.database import needs_database
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries import raw_messages
from tracker.inquiries.models import RawMessage, RawStatus
from tracker.providers.interpretation import Interpreter

NOT_UNDERSTOOD = (RawStatus.FAILED, RawStatus.MALFORMED, RawStatus.UNKNOWN)


@click.command()
@click.option("--connection", help="Key of one connection; all otherwise.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice([status.value for status in RawStatus]),
    multiple=True,
    help="Which messages; those that were not understood, unless said otherwise.",
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Received on this day or later, UTC.")
@needs_database
def replay(connection: str | None, statuses: tuple[str, ...], since: datetime | None) -> None:
    """Read raw messages anew; what was understood before changes nothing by it."""
    services = current_app.extensions["services"]
    wanted = [RawStatus(status) for status in statuses] or list(NOT_UNDERSTOOD)
    ids = raw_messages.to_replay(db.session(), wanted, connection, since)
    reader = Interpreter(db.session(), services.config.secret_key, services.config.public_url).read
    became: Counter[RawStatus] = Counter()
    for raw_id in ids:
        try:
            flow.interpret(services, raw_id, reader)
        except InvalidInput as error:
            click.echo(f"message {raw_id}: {error}", err=True)
        found = db.session.get(RawMessage, raw_id, populate_existing=True)
        became[found.status if found else RawStatus.UNKNOWN] += 1
    result = ", ".join(f"{count} {status.value}" for status, count in became.items())
    click.echo(f"{len(ids)} messages read anew{': ' + result if result else ''}.")
