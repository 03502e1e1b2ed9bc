"""Recordings behind an account are played through a link of ours, and through nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from world import EXAMPLE, World

from tracker import clock
from tracker.errors import NotFound, Refused, Unavailable
from tracker.extensions import db
from tracker.inquiries.models import RawMessage
from tracker.providers import recordings
from tracker.providers.interpretation import Interpreter
from tracker.providers.recordings import RecordingRequest, fetch, link, named_by
from tracker.providers.telephony.twilio import Twilio
from tracker.sites.models import Connection, Site
from tracker.web import recordings as page

SOUND = b"ID3 sound" * 1000
ACCOUNT = "AC00000000000000000000000000000002"
LINE = '\n      - {key: twilio, provider: telephony/twilio, settings: {auth_token: "token"}}\n'


class Carrier:
    """Where recordings lie: wants the account's token, leads on to a store, and knows other places too."""

    def __init__(self) -> None:
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.leads_to = "/store"
        self.asked: list[dict[str, str]] = []
        Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str = f"/Accounts/{ACCOUNT}/Recordings/RE1.mp3") -> str:
        return self.address + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Any, start: Any) -> list[bytes]:
        path, auth = environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION", "")
        self.asked.append({"path": path, "auth": auth, "range": environ.get("HTTP_RANGE", "")})
        if path == "/store":
            start("200 OK", [("Content-Type", "audio/mpeg"), ("Content-Length", str(len(SOUND)))])
            return [SOUND]
        if path == "/page":
            start("200 OK", [("Content-Type", "text/html")])
            return [b"<script>"]
        if auth != "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode():
            start("401 Unauthorized", [("Content-Type", "text/plain")])
            return [b"no"]
        start("302 Found", [("Location", self.leads_to)])
        return [b""]


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    monkeypatch.setattr(Twilio, "RECORDING_HOSTS", ("127.0.0.1",))
    made = Carrier()
    yield made
    made.close()


@pytest.fixture
def listened(world: World, carrier: Carrier) -> str:
    """The path of a link to the carrier's recording."""
    world.apply(EXAMPLE.rstrip() + LINE)
    _allow(world.app, "127.0.0.1")
    return link("", world.services.config.secret_key, "twilio", carrier.url())


def _allow(app: Flask, *hosts: str) -> None:
    object.__setattr__(app.extensions["services"].config, "allow_private_hosts", hosts)


def test_recording_is_played_with_the_credentials_of_the_connection(
    world: World, carrier: Carrier, listened: str
) -> None:
    answer = world.client.get(listened, buffered=True, headers={"Range": "bytes=0-"})

    assert (answer.status_code, answer.data, answer.mimetype) == (200, SOUND, "audio/mpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [one["path"] for one in carrier.asked] == [f"/Accounts/{ACCOUNT}/Recordings/RE1.mp3", "/store"]
    assert carrier.asked[0]["range"] == "bytes=0-"


@pytest.mark.parametrize("change", ["", "x", "/../twilio"])
def test_link_of_nobody_is_not_followed(world: World, carrier: Carrier, listened: str, change: str) -> None:
    path = listened[:-3] + change if change != "x" else listened + "x"

    assert world.client.get(path).status_code == 404
    assert carrier.asked == []


def test_link_leads_nowhere_but_to_the_provider(world: World, carrier: Carrier, listened: str) -> None:
    other = link("", world.services.config.secret_key, "twilio", "https://elsewhere.example/1.mp3")
    of_another = link("", world.services.config.secret_key, "pbx", carrier.url())

    assert world.client.get(other).status_code == 404
    assert world.client.get(of_another).status_code == 404


@pytest.mark.parametrize("place", ["/page", "http://169.254.169.254/latest", "http://localhost:1/store", "/Accounts/x"])
def test_answer_that_leads_astray_is_not_passed_on(world: World, carrier: Carrier, listened: str, place: str) -> None:
    carrier.leads_to = place

    answer = world.client.get(listened, buffered=True)

    assert answer.status_code == 502
    assert SOUND[:3] not in answer.data


def test_few_listen_at_once(world: World, carrier: Carrier, listened: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(page.AT_ONCE + 1):  # each lets go at its end
        assert world.client.get(listened, buffered=True).status_code == 200
    monkeypatch.setattr(page, "listening", page.BoundedSemaphore(1))
    assert page.listening.acquire(blocking=False)

    assert world.client.get(listened, buffered=True).status_code == 503


def test_own_network_is_out_of_bounds_unless_allowed(carrier: Carrier) -> None:
    asked = RecordingRequest("https://127.0.0.1/1.mp3", ["127.0.0.1"])

    with pytest.raises(Refused, match="our own network"):
        fetch(asked, ())
    with pytest.raises(Refused, match="keeps none"):
        fetch(RecordingRequest("http://api.twilio.com/1.mp3", ["api.twilio.com"]), ())
    with pytest.raises(Unavailable):
        fetch(RecordingRequest("https://127.0.0.1:1/1.mp3", ["127.0.0.1"]), ("127.0.0.1",))


def test_recording_that_never_ends_is_cut(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "MOST_BYTES", 100)
    monkeypatch.setattr(recordings, "CHUNK", 60)

    sound = fetch(RecordingRequest(carrier.url("/store"), ["127.0.0.1"]), ("127.0.0.1",))

    assert b"".join(sound.chunks()) == SOUND[:60]


def test_link_names_what_it_was_made_for() -> None:
    token = link("https://track.example.com/", "key", "twilio", "https://x/1").rpartition("/")[2]

    assert named_by("key", token) == ("twilio", "https://x/1")
    with pytest.raises(NotFound):
        named_by("other key", token)


def test_events_get_the_link_where_we_can_be_reached(world: World) -> None:
    world.apply(EXAMPLE.rstrip() + LINE)
    twilio = db.session.query(Connection).filter_by(key="twilio").one()
    site = db.session.get_one(Site, twilio.site_id)
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1"
    form = f"CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed&RecordingUrl={url}"
    kept = {"method": "POST", "path": "/", "headers": [], "query": [], "remote_ip": ""}
    raw = _raw(twilio, kept | {"content_type": "application/x-www-form-urlencoded"}, form.encode())

    (plain,) = Interpreter(db.session(), "test").read(raw, site, twilio)
    (signed,) = Interpreter(db.session(), "test", "https://track.example.com").read(raw, site, twilio)

    assert plain.recording_url == f"{url}.mp3"
    token = str(signed.recording_url).rpartition("/")[2]
    assert named_by("test", token) == ("twilio", f"{url}.mp3")


def _raw(connection: Connection, request: dict[str, Any], body: bytes) -> Any:
    return RawMessage(entrance=connection.provider, request=request, body=body, received_at=clock.now())
