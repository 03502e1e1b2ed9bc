"""`/recordings/<token>`: plays what only a provider's account may hear, to whoever was given the link.

The one place where a web process goes out: somebody listens and waits for it. A few at once, so that calls get through.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from flask import Blueprint, Response, abort, current_app, request

from tracker.errors import NotFound, ProviderError
from tracker.providers import recordings
from tracker.providers.recordings import KeepsRecordings
from tracker.services import Services
from tracker.web.inbound import find_by_key

blueprint = Blueprint("recordings", __name__)

AT_ONCE = 3  # of a process's threads
listening = BoundedSemaphore(AT_ONCE)


@blueprint.get("/recordings/<token>")
def play(token: str) -> Response:
    """Passes a recording on as it comes."""
    services: Services = current_app.extensions["services"]
    key, named = recordings.named_by(services.config.secret_key, token)
    provider = find_by_key(services, key).provider
    if not isinstance(provider, KeepsRecordings) or not provider.keeps(named):
        raise NotFound("there is no such recording")
    if not listening.acquire(blocking=False):
        abort(503, response=Response("too many listen now; try again shortly", 503, {"Retry-After": "10"}))
    try:
        sound = recordings.fetch(
            provider.recording(named), services.config.allow_private_hosts, request.headers.get("Range")
        )
    except ProviderError as error:
        listening.release()
        current_app.logger.warning("a recording of %s: %s", key, error)
        abort(502, response=Response("the recording cannot be had from the provider now", 502))
    except BaseException:
        listening.release()
        raise
    answer = Response(sound.chunks(), sound.status, headers=dict(sound.headers))
    answer.headers.update(
        {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=3600",
            "Referrer-Policy": "no-referrer",
        }
    )
    answer.call_on_close(sound.close)
    answer.call_on_close(listening.release)
    return answer
