"""From the edge into the story: builds what is stored raw, and keeps it in the spool while the database is away."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Request

from tracker import clock, flow, metrics
from tracker.database import storable
from tracker.errors import DatabaseAway
from tracker.extensions import db
from tracker.inquiries import spool
from tracker.inquiries.intake import public_id
from tracker.inquiries.models import Inquiry
from tracker.inquiries.spool import Arrived
from tracker.leases.served import ServedSite
from tracker.providers.forms import snippet
from tracker.providers.interpretation import Interpreter
from tracker.providers.redaction import hidden, hidden_text
from tracker.providers.shared_secret import SECRET_PARAMETER
from tracker.services import Services
from tracker.visits.arrival import Client

log = logging.getLogger(__name__)

CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization", "x-skvoz-signature"})


def arrived(
    request: Request,
    entrance: str,
    site_id: int,
    connection_id: int | None,
    secrets_of: Sequence[str] = (),
    number: str | None = None,
) -> Arrived:
    """Builds the raw message of a Flask request; credentials are left out.

    Args:
        secrets_of: the connection's own secrets, which some senders write into the body or a header of theirs.
        number: unique within the connection; a message that has it is stored once. None: every request is its own.
    """
    headers = [
        (name, hidden_text(value, secrets_of))
        for name, value in request.headers.items()
        if name.lower() not in CREDENTIALS
    ]
    numbered = hashlib.sha256(f"{entrance}\n{connection_id}\n{number}".encode()).hexdigest()[:32]
    return Arrived(
        key=secrets.token_hex(16) if number is None else numbered,
        site_id=site_id,
        connection_id=connection_id,
        entrance=entrance,
        received_at=clock.now(),
        request={
            "method": request.method,
            "path": storable(request.path),
            "headers": headers,
            "query": [(name, hidden_text(value, secrets_of)) for name, value in _query(request)],
            "content_type": request.content_type or "",
            "remote_ip": request.remote_addr or "",
        },
        body=hidden(request.get_data(), secrets_of),
    )


def _query(request: Request) -> list[tuple[str, str]]:
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] != SECRET_PARAMETER]
    return [(storable(name), storable(value)) for name, value in pairs]


def receive(services: Services, message: Arrived) -> list[Inquiry] | None:
    """Takes an authentic message; None when it waits in the spool because the database is away.

    Raises:
        InvalidInput: it cannot be understood; it is kept.
        OSError: neither database nor disk can keep it.
    """
    interpreter = Interpreter(db.session(), services.config.secret_key, services.config.public_url)
    try:
        return services.outage.ask(lambda: flow.receive(services, message, interpreter.read))
    except DatabaseAway as error:
        db.session.rollback()
        log.warning("the database is away, a message waits in the spool: %s", error.__cause__ and type(error.__cause__))
        spool.put(services.config.spool, message)
        metrics.spooled.inc()
        return None


def receive_form(
    services: Services,
    site: ServedSite,
    body: bytes,
    client: Client,
    environ: Mapping[str, Any],
    form_id: str | None = None,
) -> str:
    """Takes a form of the snippet and returns the inquiry's public id.

    Args:
        form_id: what the page calls this form; the same one again is the same inquiry.
    """
    message = Arrived(
        key=secrets.token_hex(16),
        site_id=site.id,
        connection_id=None,
        entrance=snippet.ENTRANCE,
        received_at=clock.now(),
        request={
            "method": "POST",
            "path": environ.get("PATH_INFO", ""),
            "headers": [("User-Agent", client.user_agent)],
            "query": [],
            "content_type": environ.get("CONTENT_TYPE", ""),
            "remote_ip": client.ip,
        },
        body=body,
    )
    inquiries = receive(services, message)
    return inquiries[0].key if inquiries else public_id(f"snippet:{site.key}", form_id or message.key)
