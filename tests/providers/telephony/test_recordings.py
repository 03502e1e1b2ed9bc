"""Recordings that a provider gives only to the account: each asked for just as that provider wants it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from werkzeug.serving import make_server

from tracker import clock
from tracker.errors import InvalidInput, Refused
from tracker.providers import json_web_token
from tracker.providers.recordings import KeepsRecordings, fetch
from tracker.providers.settings import read_settings
from tracker.providers.telephony.mango import Mango
from tracker.providers.telephony.novofon import Novofon, OldCabinet
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.telephony.telnyx import Telnyx
from tracker.providers.telephony.vonage import Vonage
from tracker.providers.telephony.zadarma import Zadarma

SOUND = b"ID3 sound"
MANGO_ID, ZADARMA_ID, TELNYX_ID = "MToxMDAwMDAwMTozMDE6MTI6MA==", "1710400205.4455", "6f1c2d3e-0000-4000-8000-1"
APPLICATION = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
PRIVATE_KEY = rsa.generate_private_key(65537, 2048)
PEM = PRIVATE_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


class Carriers:
    """Four carriers in one: each gives its recording to the right request only, and the link to it once."""

    def __init__(self) -> None:
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.refused: list[str] = []
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, environ: Any, start: Any) -> list[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        authorization, query = environ.get("HTTP_AUTHORIZATION", ""), environ["QUERY_STRING"]
        if path == "/file":
            start("200 OK", [("Content-Type", "audio/mpeg")])
            return [SOUND]
        if (method, path) == ("POST", "/mango") and _is_mangos(body):
            start("302 Found", [("Location", f"{self.address}/file")])
            return [b""]
        if (method, path) == ("GET", "/v1/pbx/record/request/") and _is_zadarmas(query, authorization):
            return self._json(start, {"status": "success", "link": f"{self.address}/file"})
        if (method, path) == ("GET", f"/telnyx/{TELNYX_ID}") and authorization == "Bearer KEY1":
            return self._json(start, {"data": {"download_urls": {"mp3": f"{self.address}/file"}}})
        if (method, path) == ("GET", "/vonage/1") and _is_vonages(authorization):
            start("200 OK", [("Content-Type", "audio/mpeg")])
            return [SOUND]
        self.refused.append(f"{method} {path}")
        start("401 Unauthorized", [("Content-Type", "application/json")])
        return [b'{"status":"error","message":"Not authorized"}']

    def _json(self, start: Any, answer: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


def _is_mangos(body: str) -> bool:
    form = {name: values[0] for name, values in parse_qs(body).items()}
    signed = f"mk{form.get('json')}ms".encode()
    return (
        form.get("vpbx_api_key") == "mk"
        and form.get("sign") == hashlib.sha256(signed).hexdigest()
        and json.loads(form["json"]) == {"recording_id": MANGO_ID, "action": "download"}
    )


def _is_zadarmas(query: str, authorization: str) -> bool:
    """As the vendor's SDK signs: base64 of the hex of HMAC-SHA1 over path, query and the query's MD5."""
    signed = f"/v1/pbx/record/request/{query}{hashlib.md5(query.encode()).hexdigest()}"
    digest = hmac.new(b"s3cr3t", signed.encode(), hashlib.sha1).hexdigest()
    return query == f"call_id={ZADARMA_ID}" and authorization == f"user:{base64.b64encode(digest.encode()).decode()}"


def _is_vonages(authorization: str) -> bool:
    head, _, proof = authorization.removeprefix("Bearer ").rpartition(".")
    claims = json_web_token.part(head.partition(".")[2])
    signature = base64.urlsafe_b64decode(proof + "=" * (-len(proof) % 4))
    PRIVATE_KEY.public_key().verify(signature, head.encode(), padding.PKCS1v15(), SHA256())
    is_fresh = claims["iat"] <= clock.now().timestamp() < claims["exp"]
    return is_fresh and claims["application_id"] == APPLICATION and bool(claims["jti"])


@pytest.fixture
def carriers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Carriers]:
    made = Carriers()
    for kind, path in (
        (Mango, "/mango"),
        (Zadarma, "/v1/pbx/record/request/"),
        (OldCabinet, "/v1/pbx/record/request/"),
        (Telnyx, "/telnyx/"),
    ):
        monkeypatch.setattr(kind, "RECORDINGS", f"{made.address}{path}")
    for kind in (Mango, Zadarma, OldCabinet, Telnyx, Vonage):
        monkeypatch.setattr(kind, "RECORDING_HOSTS", ("127.0.0.1",))
    yield made
    made.close()


KEYS: dict[type[Pushing], tuple[str, dict[str, str], dict[str, str]]] = {
    Mango: (MANGO_ID, {"api_key": "mk", "api_salt": "ms"}, {"api_salt": "other"}),
    Zadarma: (ZADARMA_ID, {"api_key": "user", "api_secret": "s3cr3t"}, {"api_secret": "other"}),
    Novofon: (ZADARMA_ID, {"api_key": "user", "api_secret": "s3cr3t"}, {"api_key": "other"}),
    Telnyx: (TELNYX_ID, {"api_key": "KEY1", "public_key": base64.b64encode(bytes(32)).decode()}, {"api_key": "KEY2"}),
}


def made(kind: type[Pushing], settings: dict[str, str]) -> KeepsRecordings:
    provider = kind(read_settings(kind.SETTINGS, settings), "RU", "Europe/Moscow")
    assert isinstance(provider, KeepsRecordings)
    return provider


def heard(provider: KeepsRecordings, named: str) -> bytes:
    return b"".join(fetch(provider.recording(named), ("127.0.0.1",)).chunks())


@pytest.mark.parametrize("kind", list(KEYS))
def test_recording_is_asked_for_by_its_id(carriers: Carriers, kind: type[Pushing]) -> None:
    named, settings, wrong = KEYS[kind]
    provider = made(kind, settings)

    assert provider.keeps(named)
    assert not provider.keeps("https://rec.example.net/1.mp3")
    assert heard(provider, named) == SOUND
    with pytest.raises(Refused, match="gives no recording"):
        heard(made(kind, settings | wrong), named)


@pytest.mark.parametrize("pem", [PEM, PEM.replace("\n", " ")])
def test_recording_of_vonage_is_asked_for_with_a_token_of_the_application(carriers: Carriers, pem: str) -> None:
    settings = {"signature_secret": "s", "application_id": APPLICATION, "private_key": pem}

    assert heard(made(Vonage, settings), f"{carriers.address}/vonage/1") == SOUND
    assert made(Vonage, settings).keeps(f"{carriers.address}/vonage/1")
    assert not made(Vonage, settings | {"private_key": ""}).keeps(f"{carriers.address}/vonage/1")


@pytest.mark.parametrize(
    "key", ["secret", PEM.replace("M", "N"), "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_private_key_is_refused_when_it_is_set(key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(Vonage.SETTINGS, {"signature_secret": "s", "private_key": key})

    assert caught.value.field == "settings.private_key"


def test_link_that_leads_to_another_host_is_not_followed(carriers: Carriers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "address", "http://localhost:1")
    named, settings, _ = KEYS[Zadarma]

    with pytest.raises(Refused, match="keeps none"):
        heard(made(Zadarma, settings), named)
