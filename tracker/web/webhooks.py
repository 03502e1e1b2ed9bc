"""`/hooks/<family>/<provider>/<connection key>`: other systems report what happened.

The order is fixed: who is it for, is it genuine, keep it raw, understand it, answer as this provider expects.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, request

from tracker import clock, metrics
from tracker.errors import NotAuthentic
from tracker.extensions import csrf
from tracker.inquiries.models import Inquiry
from tracker.providers.webhook import Headers, Outcome, WebhookAnswer, WebhookRequest
from tracker.services import Services
from tracker.web import raw_intake, shapes
from tracker.web.inbound import Inbound, find

blueprint = Blueprint("hooks", __name__)
csrf.exempt(blueprint)


@blueprint.route("/hooks/<family>/<name>/<key>", methods=["GET", "POST"])
def hook(family: str, name: str, key: str) -> Response:
    """Takes one message of a provider."""
    services: Services = current_app.extensions["services"]
    provider = f"{family}/{name}"
    inbound = find(services, key, provider)
    try:
        inbound.provider.verify(_request())
    except NotAuthentic:
        metrics.hooks.labels(provider, "forged").inc()
        raise
    outcomes = _take(services, inbound, provider)
    metrics.hooks.labels(provider, "taken").inc()
    return _response(inbound.provider.answer(outcomes))


def _take(services: Services, inbound: Inbound, provider: str) -> Sequence[Outcome]:
    message = raw_intake.arrived(request, provider, inbound.site_id, inbound.connection_id)
    inquiries = raw_intake.receive(services, message)
    if inquiries is None:
        return _outcomes_of_spooled(inbound)
    return [_outcome(inquiry) for inquiry in inquiries]


def _outcomes_of_spooled(inbound: Inbound) -> list[Outcome]:
    """The database is away: what the message says is not known to anybody yet, only that it is kept.

    Raises:
        InvalidInput: nobody will ever understand it; it is kept all the same.
    """
    return [Outcome(None) for _ in inbound.provider.parse(_request())]


def _outcome(inquiry: Inquiry) -> Outcome:
    return Outcome(inquiry.key, shapes.attribution(inquiry))


def _request() -> WebhookRequest:
    return WebhookRequest(
        method=request.method,
        path=request.path,
        headers=Headers(list(request.headers.items())),
        query=tuple(request.args.items(multi=True)),
        body=request.get_data(),
        content_type=request.content_type or "",
        remote_ip=request.remote_addr or "",
        received_at=clock.now(),
    )


def _response(answer: WebhookAnswer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.content_type)
