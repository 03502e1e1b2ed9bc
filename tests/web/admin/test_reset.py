"""A lost password comes back by a letter."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from admin_people import PASSWORD, Person
from flask import Flask
from sqlalchemy import select

from tracker import clock
from tracker.access import resetting
from tracker.access.models import AuditEntry, ResetLetter, User
from tracker.commands import reset_letters
from tracker.errors import Unavailable
from tracker.extensions import db

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EMAIL, NEW = "owner@example.com", "another horse battery"


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """Letters that were sent: recipients and text. The installation has a mail server and an address."""
    settings = replace(app.config["SKVOZ"], smtp_url="smtp://mail.test", public_url="https://track.test")
    app.config["SKVOZ"] = settings
    app.extensions["services"] = replace(app.extensions["services"], config=settings)
    sent: list[tuple[list[str], str]] = []
    monkeypatch.setattr(reset_letters.mail, "send", lambda url, to, subject, text: sent.append((to, text)))
    return sent


def work(app: Flask) -> int:
    db.session.remove()
    return reset_letters.send(app.extensions["services"])


def link(post: list[tuple[list[str], str]]) -> str:
    found = re.search(r"https://track\.test(/admin/reset/\S+)", post[-1][1])
    assert found is not None
    return found[1]


def test_letter_lets_its_reader_set_a_password_once(
    app: Flask, owner: Person, post: list[tuple[list[str], str]]
) -> None:
    person = Person(app)
    person.post("/admin/forgot", email=EMAIL.upper())

    assert [work(app), work(app)] == [1, 0]
    assert post[0][0] == [EMAIL]
    assert person.post(link(post), password=NEW).location == "/admin/login"
    assert owner.get("/admin/").status_code == 302
    assert person.log_in(EMAIL, NEW).location == "/admin/"
    assert db.session.scalars(select(AuditEntry.action)).all() == ["user.password"]
    assert Person(app).post(link(post), password=PASSWORD).location == "/admin/forgot"


def test_stranger_learns_nothing_and_nobody_gets_a_letter(app: Flask, owner: Person, post: list[object]) -> None:
    known = Person(app).post("/admin/forgot", email=EMAIL)
    unknown = Person(app).post("/admin/forgot", email="nobody@example.com")

    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    work(app)
    assert len(post) == 1


def test_second_question_within_minutes_sends_no_second_letter(app: Flask, owner: Person, post: list[object]) -> None:
    for _ in range(3):
        Person(app).post("/admin/forgot", email=EMAIL)

    assert work(app) == 1


def test_letter_is_sent_again_when_the_mail_server_was_away(
    app: Flask, owner: Person, post: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    Person(app).post("/admin/forgot", email=EMAIL)
    with monkeypatch.context() as away:

        def fail(*_: object) -> None:
            raise Unavailable("away", provider="alerts/mail")

        away.setattr(reset_letters.mail, "send", fail)
        work(app)
    later = clock.now() + reset_letters.AGAIN_AFTER
    monkeypatch.setattr("tracker.clock.now", lambda: later)

    assert work(app) == 1
    assert len(post) == 1


@pytest.mark.parametrize("text", ["", "x", "WzEsIngiXQ.aaaa.bbbb"])
def test_made_up_token_is_none(app: Flask, owner: Person, text: str) -> None:
    assert resetting.user_of(db.session(), text, "test") is None


def test_token_of_a_disabled_user_is_none(app: Flask, owner: Person) -> None:
    user = db.session.scalars(select(User)).one()
    text = resetting.token(user, "test")
    assert resetting.user_of(db.session(), text, "test") is user

    user.enabled = False
    assert resetting.user_of(db.session(), text, "test") is None


def test_without_a_mail_server_the_page_says_what_to_do(app: Flask, owner: Person) -> None:
    page = Person(app).get("/admin/forgot").text

    assert "skvoz user password" in page
    Person(app).post("/admin/forgot", email=EMAIL)
    assert db.session.scalars(select(ResetLetter)).all() == []
