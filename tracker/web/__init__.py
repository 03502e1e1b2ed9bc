"""HTTP only: read, check, call `flow`, answer."""

from __future__ import annotations

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from tracker.config import Config
from tracker.services import Services
from tracker.web import admin, api, errors, health, oauth, recordings, snippet, webhooks
from tracker.web.collect import Collector
from tracker.web.proxies import RealClient

LANGUAGES = ("en", "ru")


def register(app: Flask, settings: Config, services: Services) -> None:
    """Adds every blueprint and the way in for the snippet."""
    app.session_interface = Sessions()
    errors.register(app)
    snippet.register(app)
    app.register_blueprint(webhooks.blueprint)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(oauth.blueprint)
    app.register_blueprint(recordings.blueprint)
    admin.register(app)
    collector = Collector(app.wsgi_app, settings.prefix, services, app.app_context)
    app.wsgi_app = RealClient(collector, settings.trusted_proxies)  # type: ignore[method-assign]


class Sessions(SecureCookieSessionInterface):
    """Sessions of the admin. What any cache may keep, such as the snippet, is the same for everybody: Flask-Login looks
    into the session after every request, and Flask would tell caches that the answer varies by cookie."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.modified or not response.cache_control.public:
            super().save_session(app, session, response)


def choose_language() -> str:
    """Returns the interface language: the user's choice, else what the browser prefers."""
    return session.get("language") or request.accept_languages.best_match(LANGUAGES) or "en"
