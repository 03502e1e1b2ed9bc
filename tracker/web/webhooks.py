"""`/hooks/<family>/<provider>/<connection key>`: other systems report what happened.

The order is fixed: who is it for, is it genuine, keep it raw, understand it, answer as this provider expects.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, request

from tracker import clock, metrics
from tracker.errors import InvalidInput, NotAuthentic
from tracker.extensions import csrf
from tracker.inquiries.models import Inquiry
from tracker.providers.webhook import (
    Forgives,
    Greets,
    Headers,
    Instructs,
    Numbers,
    Outcome,
    WebhookAnswer,
    WebhookRequest,
)
from tracker.services import Services
from tracker.web import raw_intake, shapes
from tracker.web.inbound import Inbound, find

blueprint = Blueprint("hooks", __name__)
csrf.exempt(blueprint)


@blueprint.route("/hooks/<family>/<name>/<key>", methods=["GET", "POST"])
@blueprint.route("/hooks/<family>/<name>/<key>/<path:_rest>", methods=["GET", "POST"])
def hook(family: str, name: str, key: str, _rest: str = "") -> Response:
    """Takes one message of a provider; some append a path of their own that says what it is about."""
    services: Services = current_app.extensions["services"]
    provider = f"{family}/{name}"
    inbound = find(services, key, provider)
    arrived = _request(services)
    if isinstance(inbound.provider, Greets) and (greeting := inbound.provider.greet(arrived)) is not None:
        return _response(greeting)
    try:
        inbound.provider.verify(arrived)
    except NotAuthentic:
        metrics.hooks.labels(provider, "forged").inc()
        raise
    instruction = inbound.provider.instruct(arrived) if isinstance(inbound.provider, Instructs) else None
    try:
        outcomes = _take(services, inbound, provider)
    except InvalidInput as error:
        metrics.hooks.labels(provider, "malformed").inc()
        if not isinstance(inbound.provider, Forgives):
            raise
        return _response(instruction or inbound.provider.forgive(error))
    metrics.hooks.labels(provider, "taken").inc()
    return _response(instruction or inbound.provider.answer(outcomes))


def _take(services: Services, inbound: Inbound, provider: str) -> Sequence[Outcome]:
    number = inbound.provider.number(_request(services)) if isinstance(inbound.provider, Numbers) else None
    message = raw_intake.arrived(request, provider, inbound.site_id, inbound.connection_id, inbound.secrets, number)
    inquiries = raw_intake.receive(services, message)
    if inquiries is None:
        return _outcomes_of_spooled(services, inbound)
    return [_outcome(inquiry) for inquiry in inquiries]


def _outcomes_of_spooled(services: Services, inbound: Inbound) -> list[Outcome]:
    """The database is away: what the message says is not known to anybody yet, only that it is kept.

    Raises:
        InvalidInput: nobody will ever understand it; it is kept all the same.
    """
    return [Outcome(None) for _ in inbound.provider.parse(_request(services))]


def _outcome(inquiry: Inquiry) -> Outcome:
    return Outcome(inquiry.key, shapes.attribution(inquiry))


def _request(services: Services) -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        path=request.path,
        headers=Headers(list(request.headers.items())),
        query=tuple(request.args.items(multi=True)),
        body=request.get_data(),
        content_type=request.content_type or "",
        remote_ip=request.remote_addr or "",
        received_at=clock.now(),
        url=_url(services),
    )


def _url(services: Services) -> str:
    """The address as the sender wrote it: the server's own idea of the host is wrong behind a proxy."""
    written = str(request.environ.get("RAW_URI", ""))
    if not written.startswith("/"):
        written = request.full_path.removesuffix("?")
    return (services.config.public_url or request.host_url.rstrip("/")) + written


def _response(answer: WebhookAnswer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)
