"""The doors of other systems: who gets in, what he hears, and what is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import flow
from tracker.extensions import db
from tracker.inquiries.models import RawMessage, RawStatus
from tracker.providers.interpretation import Interpreter

CALL = json.dumps({"call_id": "c1", "event": "ringing", "from": "+79161234567", "to": "+74957770001"}).encode()


def post(world: World, path: str, body: bytes = CALL, **headers: str) -> Any:
    return world.client.post(path, data=body, headers=headers)


def test_bearer_secret_opens(world: World) -> None:
    answer = post(world, "/hooks/telephony/generic/pbx", Authorization="Bearer pbx-secret")

    assert answer.status_code == 202
    assert set(answer.get_json()) == {"inquiry", "attribution"}


def test_signature_of_the_body_opens(world: World) -> None:
    signature = "sha256=" + hmac.new(b"pbx-secret", CALL, hashlib.sha256).hexdigest()

    genuine = post(world, "/hooks/telephony/generic/pbx", **{"X-Skvoz-Signature": signature})
    forged = post(world, "/hooks/telephony/generic/pbx", CALL + b" ", **{"X-Skvoz-Signature": signature})

    assert (genuine.status_code, forged.status_code) == (202, 403)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "pbx-secret"}])
def test_bad_secret_is_403_and_nothing_is_kept(world: World, headers: dict[str, str]) -> None:
    answer = post(world, "/hooks/telephony/generic/pbx", **headers)

    assert answer.status_code == 403
    assert set(answer.get_json()) == {"error", "field"}
    assert world.count(RawMessage) == 0


UNKNOWN = [
    "/hooks/telephony/generic/none",
    "/hooks/telephony/generic/mail",
    "/hooks/email/generic/pbx",
    "/hooks/telephony/none/pbx",
    "/hooks/telephony/generic/a%00b",
    "/hooks/telephony/generic/",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_key_is_404(world: World, path: str) -> None:
    answer = post(world, path, Authorization="Bearer pbx-secret")

    assert answer.status_code == 404
    assert set(answer.get_json()) == {"error", "field"}


def test_switched_off_connection_is_404(world: World) -> None:
    world.apply(
        EXAMPLE.replace('      - {key: pbx, provider: telephony/generic, settings: {secret: "pbx-secret"}}\n', "")
    )

    assert post(world, "/hooks/telephony/generic/pbx", Authorization="Bearer pbx-secret").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"), [(b"", "body"), (b"{", "body"), (b'{"event": "ringing"}', "call_id"), (b"[]", "body")]
)
def test_malformed_is_400_and_kept(world: World, body: bytes, field: str) -> None:
    answer = post(world, "/hooks/telephony/generic/pbx", body, Authorization="Bearer pbx-secret")

    assert (answer.status_code, answer.get_json()["field"]) == (400, field)
    [raw] = db.session.scalars(select(RawMessage)).all()
    assert (raw.status, raw.body) == (RawStatus.MALFORMED, body)


def test_message_is_kept_whole_without_its_credentials(world: World) -> None:
    path = "/hooks/telephony/generic/pbx?a=1&b=x%00y"

    post(world, path, Authorization="Bearer pbx-secret", **{"X-Other": "kept", "X-Skvoz-Signature": "sha256=1"})

    [raw] = db.session.scalars(select(RawMessage)).all()
    assert (raw.body, raw.entrance, raw.status) == (CALL, "telephony/generic", RawStatus.UNDERSTOOD)
    assert raw.request["query"] == [["a", "1"], ["b", "xy"]]
    names = {name.lower() for name, _ in raw.request["headers"]}
    assert "x-other" in names
    assert names.isdisjoint({"authorization", "x-skvoz-signature"})


def test_replay_changes_nothing(world: World) -> None:
    post(world, "/hooks/telephony/generic/pbx", Authorization="Bearer pbx-secret")
    before = world.inquiries()
    [raw_id] = db.session.scalars(select(RawMessage.id)).all()

    reader = _reader(world)
    for _ in range(2):
        flow.interpret(world.services, raw_id, reader)

    assert world.inquiries() == before


def _reader(world: World) -> Any:
    return Interpreter(db.session(), world.services.config.secret_key).read


def test_message_understood_after_a_fix_becomes_its_inquiry(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("tracker.inquiries.intake.fold", lambda events: 1 / 0)
        post(world, "/hooks/telephony/generic/pbx", Authorization="Bearer pbx-secret")
    assert world.inquiries() == []
    [raw_id] = db.session.scalars(select(RawMessage.id)).all()

    flow.interpret(world.services, raw_id, _reader(world))

    [call] = world.inquiries()
    assert (call["external_id"], call["from"]) == ("c1", "+79161234567")
