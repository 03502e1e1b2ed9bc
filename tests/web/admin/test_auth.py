"""The way in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from admin_people import PASSWORD, Person
from flask import Flask
from redis import Redis
from sqlalchemy import select

from tracker.access import first_user, users
from tracker.access.models import AuditEntry, Role, User
from tracker.access.passwords import hash_password
from tracker.access.throttle import PER_ACCOUNT
from tracker.database import writing
from tracker.extensions import db

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def anna(stranger: Person) -> str:
    with writing(db.session()) as session:
        users.add(session, "anna@example.com", PASSWORD, Role.ANALYST)
    return "anna@example.com"


def test_right_password_opens_the_overview(stranger: Person, anna: str) -> None:
    answer = stranger.log_in(anna.upper())

    assert answer.location == "/admin/"
    assert stranger.get("/admin/").status_code == 200


def test_wrong_password_is_refused_like_an_unknown_user(stranger: Person, anna: str) -> None:
    wrong = stranger.log_in(anna, "wrong horse")
    unknown = stranger.log_in("nobody@example.com", "wrong horse")

    assert wrong.status_code == unknown.status_code == 403
    assert stranger.get("/admin/").status_code == 302


def test_guessing_is_stopped_even_with_the_right_password(stranger: Person, anna: str, valkey: Redis) -> None:
    for _ in range(PER_ACCOUNT):
        stranger.log_in(anna, "wrong horse")

    assert stranger.log_in(anna).status_code == 429


def test_login_leads_to_the_page_that_was_asked_for(stranger: Person, anna: str) -> None:
    asked = stranger.get("/admin/inquiries/", kind="call").location

    answer = stranger.post(asked, email=anna, password=PASSWORD)

    assert answer.location == "/admin/inquiries/?kind=call"


FOREIGN = ["//evil.example/admin/", "https://evil.example/", "/\\evil.example", "/admin/\\evil.example", "/demo/"]


@pytest.mark.parametrize("target", FOREIGN)
def test_login_never_leads_elsewhere(stranger: Person, anna: str, target: str) -> None:
    stranger._forget()

    answer = stranger.client.post(
        "/admin/login", query_string={"next": target}, data={"email": anna, "password": PASSWORD}
    )

    assert answer.location == "/admin/"


def test_new_password_ends_sessions(stranger: Person, anna: str) -> None:
    stranger.log_in(anna)
    with writing(db.session()) as session:
        session.scalars(select(User)).one().password_hash = hash_password("another horse battery")

    assert stranger.get("/admin/").status_code == 302


def test_disabled_user_is_out_at_once(stranger: Person, anna: str) -> None:
    stranger.log_in(anna)
    with writing(db.session()) as session:
        session.scalars(select(User)).one().enabled = False

    assert stranger.get("/admin/").status_code == 302
    assert stranger.log_in(anna).status_code == 403


def test_logout_ends_the_session(stranger: Person, anna: str) -> None:
    stranger.log_in(anna)

    stranger.post("/admin/logout")

    assert stranger.get("/admin/").status_code == 302


def test_chosen_language_stays_with_the_user(stranger: Person, anna: str) -> None:
    stranger.log_in(anna)

    stranger.post("/admin/language", language="ru", back="/admin/")
    stranger.post("/admin/logout")
    stranger.log_in(anna)

    assert "Обращения" in stranger.get("/admin/").text


def test_forms_need_their_token(app: Flask, stranger: Person, anna: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True

    assert stranger.log_in(anna).status_code == 400


# --- the first user ---


def code_of(app: Flask) -> str:
    code = first_user.setup_code(app.config["SKVOZ"])
    assert code is not None
    return code


def test_code_from_the_terminal_makes_the_first_owner(app: Flask, stranger: Person) -> None:
    code = code_of(app).replace("-", " ").upper()

    answer = stranger.post("/admin/setup", code=code, email="Boss@Example.com", password=PASSWORD)

    assert answer.location == "/admin/sites/new"
    user = db.session.scalars(select(User)).one()
    assert (user.email, user.role) == ("boss@example.com", Role.OWNER)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["user.create"]


def test_wrong_code_makes_nobody(stranger: Person) -> None:
    answer = stranger.post("/admin/setup", code="aaaaa-aaaaa", email="boss@example.com", password=PASSWORD)

    assert answer.status_code == 200
    assert db.session.scalar(select(User.id)) is None


def test_code_works_once(app: Flask, user_of: Callable[[Role], Person], stranger: Person) -> None:
    code = code_of(app)
    user_of(Role.ANALYST)

    answer = stranger.post("/admin/setup", code=code, email="boss@example.com", password=PASSWORD)

    assert answer.location == "/admin/login"
    assert first_user.setup_code(app.config["SKVOZ"]) is None
