"""Configures the demo company in the database, the way `skvoz apply` would; a second time it changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import threading
from pathlib import Path
from urllib.parse import urlsplit

from flask import request
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tracker.commands.providers import PROVIDER_RULES
from tracker.config import Config
from tracker.configuration.apply import apply
from tracker.configuration.reading import read_file
from tracker.database import prepare_engine, writing

SITE = "demo"
LOCAL = ("localhost", "127.0.0.1")  # the file names them itself
FILE = Path(__file__).with_name("skvoz.yaml")


def seed(config: Config, url: str) -> None:
    """Applies the demo's configuration; other sites of the installation are left alone.

    Args:
        url: where this very server is reached from this machine, such as `http://127.0.0.1:8000`.
    """
    host = urlsplit(config.public_url or url).hostname
    environ = {
        "DEMO_URL": url,
        "DEMO_HOST": host if host and host not in LOCAL else "northlight.example",
        "DEMO_PBX_SECRET": secret(config, "pbx"),
        "DEMO_MAIL_SECRET": secret(config, "mail"),
    }
    document = read_file(str(FILE), environ)
    engine = create_engine(config.sqlalchemy_url)
    prepare_engine(engine)
    try:
        with Session(engine) as session, writing(session):
            apply(session, document, PROVIDER_RULES, config.secret_key, only=[SITE])
    finally:
        engine.dispose()


class Seeding:
    """Configures the company once per process, with the first request."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._is_done = False

    def before_request(self) -> None:
        """Seeds if nobody has yet; the others wait meanwhile."""
        if self._is_done:
            return
        with self._lock:
            if not self._is_done:
                seed(self._config, own_url())
                self._is_done = True


def own_url() -> str:
    """Where this server listens, by the server's own word; a Host header is anybody's."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(request.environ["SERVER_NAME"], "127.0.0.1")
    return f"http://{host}:{request.environ['SERVER_PORT']}"


def secret(config: Config, purpose: str) -> str:
    """What the pretend telephone and mail prove themselves with; another one in every installation."""
    return hmac.new(config.secret_key.encode(), f"demo {purpose}".encode(), hashlib.sha256).hexdigest()[:32]
