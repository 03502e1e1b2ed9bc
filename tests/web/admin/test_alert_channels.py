"""Channels of alerts are made, changed, tried and removed in the browser; secrets stay, and are never shown."""

from __future__ import annotations

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker.access.models import AuditEntry
from tracker.alerts.models import AlertChannel, AlertMessage
from tracker.extensions import db
from tracker.sites.secrets import unseal

TOKEN = "123456:ABC-DEF"
MADE = {"name": "On duty", "token": TOKEN, "chat": "-100", "site": "example"}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def number(world: World, owner: Person) -> int:
    assert owner.post("/admin/alerts/new/telegram", **MADE).status_code == 302
    return the_channel().id


def the_channel() -> AlertChannel:
    db.session.rollback()
    return db.session.scalars(select(AlertChannel)).one()


def settings_of(world: World) -> dict[str, str]:
    return unseal(the_channel().settings, world.services.config.secret_key)


def test_form_shows_what_is_stored_but_the_secret(owner: Person, number: int) -> None:
    page = owner.get(f"/admin/alerts/{number}/edit").text

    assert 'value="On duty"' in page
    assert 'value="-100"' in page
    assert TOKEN not in page


def test_change_keeps_a_secret_left_empty(world: World, owner: Person, number: int) -> None:
    answer = owner.post(f"/admin/alerts/{number}/edit", name="Night", chat="@night", token="", site="")

    assert answer.status_code == 302
    assert (the_channel().name, the_channel().site_id) == ("Night", None)
    assert settings_of(world) == {"token": TOKEN, "chat": "@night"}


def test_change_replaces_a_secret_that_is_typed(world: World, owner: Person, number: int) -> None:
    owner.post(f"/admin/alerts/{number}/edit", **MADE | {"token": "99:new"})

    assert settings_of(world)["token"] == "99:new"


def test_wrong_change_changes_nothing(world: World, owner: Person, number: int) -> None:
    answer = owner.post(f"/admin/alerts/{number}/edit", **MADE | {"chat": "not a chat", "token": ""})

    assert answer.status_code == 422
    assert settings_of(world)["chat"] == "-100"


def test_every_step_is_logged_without_secrets(owner: Person, number: int) -> None:
    owner.post(f"/admin/alerts/{number}/edit", **MADE | {"token": "99:new"})
    owner.post(f"/admin/alerts/{number}/test")
    owner.post(f"/admin/alerts/{number}/remove")

    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("alert_channel."))).all()
    assert [entry.action.partition(".")[2] for entry in entries] == ["create", "change", "test", "remove"]
    assert "99:new" not in str([entry.detail for entry in entries])


def test_removed_channel_takes_its_messages_along(owner: Person, number: int) -> None:
    owner.post(f"/admin/alerts/{number}/test")

    owner.post(f"/admin/alerts/{number}/remove")

    db.session.rollback()
    assert not db.session.scalars(select(AlertMessage)).all()
