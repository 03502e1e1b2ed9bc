"""One configured site and the people around it: browsers, a PBX, writers of letters, a worker, by public doors only."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, has_app_context
from sqlalchemy import func, select
from werkzeug.test import Client, TestResponse

from tracker import flow
from tracker.access import tokens
from tracker.access.tokens import Scope
from tracker.commands.providers import PROVIDER_RULES
from tracker.configuration.apply import apply
from tracker.configuration.reading import read
from tracker.database import writing
from tracker.extensions import db
from tracker.services import Services
from tracker.sites.models import Site

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
EXAMPLE = (Path(__file__).parent / "web" / "example.yaml").read_text()
AD = "https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=abc"
ORIGIN = "https://example.com"
VISITOR = "9f2c" * 8


def a_view(**fields: Any) -> dict[str, Any]:
    """What a page says of a page view: an engaged visitor from an advertisement, unless said otherwise."""
    return {"site": "example", "url": AD, "engaged": True, **fields}


class Browser:
    """A visitor with one page open. `visitor` and `visit` are what the server said last."""

    def __init__(self, world: World, ip: str) -> None:
        self._world = world
        self.ip = ip
        self.visitor: str | None = None
        self.visit: str | None = None

    def open(self, url: str = AD, **fields: Any) -> dict[str, Any]:
        """Shows a page, engaged unless said otherwise."""
        said = {"site": "example", "url": url, "visitor": self.visitor, "engaged": True, **fields}
        answer: dict[str, Any] = self.send("visit", said).get_json()
        self.visitor, self.visit = answer["visitor"], answer["visit"]
        return answer

    def beat(self, **fields: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.send("beat", self._here(**fields)).get_json()
        return answer

    def leave(self) -> TestResponse:
        return self.send("leave", self._here())

    def event(self, name: str, data: Mapping[str, Any]) -> TestResponse:
        return self.send("event", self._here(name=name, data=data))

    def fill_form(self, fields: Mapping[str, Any], **more: Any) -> TestResponse:
        return self.send("form", self._here(fields=fields, form="order", page=AD, **more))

    def send(self, kind: str, said: Mapping[str, Any], origin: str | None = ORIGIN) -> TestResponse:
        return self._world.say(kind, said, ip=self.ip, origin=origin)

    def _here(self, **fields: Any) -> dict[str, Any]:
        return {"site": "example", "visitor": self.visitor, "visit": self.visit, **fields}


class World:
    """The application with the site `example` of the specification."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.services: Services = app.extensions["services"]
        self._client = app.test_client(use_cookies=False)
        self._addresses = (f"203.0.113.{last}" for last in itertools.count(1))
        self._token: str | None = None

    def apply(self, text: str = EXAMPLE) -> World:
        """Applies a configuration and publishes its sites."""
        document = read(text, {}, "skvoz.yaml")
        with writing(db.session()) as session:
            apply(session, document, PROVIDER_RULES, self.services.config.secret_key)
        for site in document.configuration.sites:
            flow.publish(self.services, site.key)
        return self

    @property
    def client(self) -> Client:
        """Sends requests. The session of the test lets go first: they share it, and it may look at an old state."""
        if has_app_context():
            db.session.remove()
        return self._client

    def browser(self) -> Browser:
        return Browser(self, next(self._addresses))

    def say(
        self,
        kind: str,
        said: Mapping[str, Any] | bytes,
        ip: str = "203.0.113.200",
        origin: str | None = ORIGIN,
        **headers: str,
    ) -> TestResponse:
        """Posts to `/w/<kind>` as a page does."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        sent = {"User-Agent": CHROME, "X-Forwarded-For": ip, "Content-Type": "text/plain", **headers}
        if origin is not None:
            sent["Origin"] = origin
        return self.client.post(f"/w/{kind}", data=body, headers=sent)

    def call(self, call_id: str, event: str, **fields: Any) -> TestResponse:
        """The PBX reports a step of a call."""
        return self.hook("telephony", "pbx", json.dumps({"call_id": call_id, "event": event, **fields}), "pbx-secret")

    def letter(self, text: str, *envelope_to: str) -> TestResponse:
        """The mail server hands a raw letter over."""
        headers = {"X-Envelope-To": ", ".join(envelope_to)} if envelope_to else {}
        return self.hook("email", "mail", text, "mail-secret", **headers)

    def hook(self, family: str, key: str, body: str | bytes, secret: str, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {secret}", **headers}
        return self.client.post(f"/hooks/{family}/generic/{key}", data=body, headers=sent)

    def token(self, *scopes: Scope, site: str | None = None) -> str:
        """Makes an API token."""
        with writing(db.session()) as session:
            site_id = session.scalar(select(Site.id).where(Site.key == site)) if site else None
            return tokens.add(session, "test", scopes or tuple(Scope), site_id)

    def get(self, path: str, token: str | None = None, **query: str) -> TestResponse:
        """Reads the API."""
        headers = {"Authorization": f"Bearer {token or self._own_token()}"}
        return self.client.get(f"/api/v1/{path}", headers=headers, query_string=query)

    def add(self, inquiry: Mapping[str, Any], token: str | None = None) -> TestResponse:
        """A server of the customer reports an inquiry."""
        headers = {"Authorization": f"Bearer {token or self._own_token()}"}
        return self.client.post("/api/v1/inquiries", json=inquiry, headers=headers)

    def _own_token(self) -> str:
        self._token = self._token or self.token()
        return self._token

    def inquiries(self, **query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get("inquiries", **query).get_json()["items"]
        return items

    def store_visits(self) -> None:
        """The worker moves the stream into the database."""
        site = db.session.scalars(select(Site).where(Site.key == "example")).one()
        while flow.store_visits(self.services, site.id, site.key):
            pass

    def count(self, model: Any) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def letter_text(
    to: str,
    sender: str = "Anna <anna@mail.example>",
    message_id: str = "<m1@mail.example>",
    text: str = "How much is it?",
    headers: Sequence[str] = (),
) -> str:
    """A raw letter; `headers` are further header lines."""
    lines = [f"From: {sender}", f"To: {to}", f"Message-ID: {message_id}", "Subject: Question", *headers]
    return "\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", text, ""])


def iso(at: datetime) -> str:
    return at.isoformat()
