"""Skvoz: a visit gets a lease, a lease explains an inquiry, an inquiry becomes deliveries."""

from __future__ import annotations

from flask import Flask

from tracker import commands, config, flow, web
from tracker.database import prepare_engine
from tracker.extensions import babel, csrf, db, login
from tracker.leases.directory import Directory
from tracker.leases.redis_store import LeaseStore
from tracker.leases.served import ServedSite
from tracker.services import Services
from tracker.store import connect
from tracker.values import networks
from tracker.visits import geo
from tracker.visits.arrival import Knowledge

__version__ = "0.1.0"


def create_app(settings: config.Config | None = None) -> Flask:
    """Builds the application; connects lazily, so that it starts while its stores are away.

    Args:
        settings: None reads the environment.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    settings = settings or config.load()
    app = Flask(__name__, static_folder=None)
    app.config.update(config.for_flask(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    services = _services(app, settings)
    app.extensions["services"] = services
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    babel.init_app(app, locale_selector=web.choose_language)
    login.init_app(app)
    csrf.init_app(app)
    web.register(app, settings, services)
    commands.register(app)
    return app


def _services(app: Flask, settings: config.Config) -> Services:
    def publish(key: str) -> ServedSite | None:
        with app.app_context():
            return flow.publish(app.extensions["services"], key)

    store = LeaseStore(connect(settings))
    knowledge = Knowledge(geo.open_file(settings.geo_file), networks.read_file(settings.data_centres_file))
    return Services(settings, store, Directory(store, publish), knowledge)
