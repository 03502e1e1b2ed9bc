"""Channels of alerts are made, changed, tried and removed in the browser; secrets stay, and are never shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.access.models import AuditEntry
from tracker.alerts.models import Alert, AlertChannel, AlertMessage, Condition
from tracker.database import writing
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


def test_overview_names_what_is_wrong_and_the_page_what_was(world: World, owner: Person) -> None:
    now = clock.now()
    with writing(db.session()) as session:
        for condition, subject, is_on, days in (
            (Condition.COVERAGE, "ads", True, 1),
            (Condition.CONNECTION_BROKEN, "pbx", True, 1),  # the overview has a sentence of its own for it
            (Condition.MISSED_CALL, "c" * 32, False, 2),
            (Condition.NO_PAGE_VIEWS, "", False, 3),
            (Condition.TOKEN_ENDING, "old", False, 20),
        ):
            alert = Alert(key=f"{condition}/{subject}", site_id=1, condition=condition, subject=subject, is_on=is_on)
            alert.changed_at = now - timedelta(days=days)
            session.add(alert)

    overview, page = owner.get("/admin/").text, owner.get("/admin/alerts/").text
    now_wrong, _, lately = page.partition("In the last days")

    assert re.findall(r'notice warn">([a-z ]+) · Example LLC', overview) == ["poor coverage"]
    assert re.findall(r'pill bad">([a-z ]+)<', now_wrong) == ["poor coverage", "connection broken"]
    assert re.findall(r'pill">([a-z ]+)<', lately) == ["missed call", "no page views"]
    assert f'href="/admin/inquiries/{"c" * 32}"' in lately
