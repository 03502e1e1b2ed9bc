"""`/oauth/<provider>/callback`: an administrator comes back from another system's page of consent with a code."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tracker.database import writing
from tracker.deliveries import errands
from tracker.deliveries.models import ErrandKind
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.services import Services
from tracker.sites import connecting
from tracker.sites.secrets import seal

blueprint = Blueprint("oauth", __name__)

CONSENT_SECONDS = 3600  # how long he may think about it


def state_for(secret_key: str, connection: str) -> str:
    """Returns the signed state that names the connection on the way there and back."""
    return _signer(secret_key).dumps(connection)


@blueprint.get("/oauth/<path:provider>/callback")
def callback(provider: str) -> ResponseReturnValue:
    """Leaves the code to the worker, which takes the tokens within a second: some codes live half a minute."""
    services: Services = current_app.extensions["services"]
    secret_key = services.config.secret_key
    try:
        key = _signer(secret_key).loads(request.args.get("state", ""), max_age=CONSENT_SECONDS)
    except BadSignature as error:
        raise InvalidInput(
            "this way back is not one of ours, or too old: connect again from the admin", "state"
        ) from error
    if "error" in request.args or not request.args.get("code"):
        raise InvalidInput("the other system did not let us in: connect again from the admin", "code")
    with writing(db.session()) as session:
        _site, connection = connecting.find(session, key)
        if connection.provider not in (provider, f"crm/{provider}"):
            raise InvalidInput(f"{key} is not a connection of {provider}", "state")
        sealed = seal({"code": request.args["code"]}, secret_key)
        errands.ask(session, connection.id, ErrandKind.CONNECT, sealed)
    return redirect(url_for("admin.connections.detail", key=key))


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key, salt="oauth state")
