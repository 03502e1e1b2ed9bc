"""A user's own account: password and second factor; API tokens."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from admin_people import PASSWORD, Person
from flask import Flask
from redis import Redis
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.access.models import ApiToken, AuditEntry, Role, User
from tracker.access.second_factor import STEP_SECONDS
from tracker.access.throttle import PER_ACCOUNT
from tracker.extensions import db

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EMAIL = "owner@example.com"
NEW = "another horse battery"


class Phone:
    """An authenticator application; each code it shows is of a later step than the last one."""

    def __init__(self, secret: str) -> None:
        self._generator = pyotp.TOTP(secret)
        self._step = int(clock.now().timestamp()) // STEP_SECONDS - 1

    def code(self) -> str:
        self._step += 1
        return self._generator.generate_otp(self._step)


@pytest.fixture
def phone(owner: Person) -> tuple[Phone, list[str]]:
    """The owner has set up his second factor; returns his phone and his recovery codes."""
    secret = re.search(r"\b[A-Z2-7]{32}\b", owner.get("/admin/account/second-factor").text)
    assert secret is not None
    phone = Phone(secret[0])
    answer = owner.post("/admin/account/second-factor", code=phone.code())
    codes = re.findall(r"\b[a-z2-7]{5}-[a-z2-7]{5}-[a-z2-7]{5}\b", answer.text)
    assert len(codes) == 10
    return phone, codes


def is_in(person: Person) -> bool:
    return person.get("/admin/").status_code == 200


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_new_password_ends_other_sessions_and_keeps_this_one(app: Flask, owner: Person) -> None:
    elsewhere = Person(app)
    elsewhere.log_in(EMAIL)

    owner.post("/admin/account/password", present=PASSWORD, password=NEW)

    assert is_in(owner) and not is_in(elsewhere)
    assert elsewhere.log_in(EMAIL).status_code == 403
    assert elsewhere.log_in(EMAIL, NEW).status_code == 302
    assert actions() == ["user.password"]


def test_password_is_changed_only_by_who_knows_the_present_one(owner: Person) -> None:
    answer = owner.post("/admin/account/password", present="wrong horse", password=NEW)

    assert answer.status_code == 422
    assert actions() == []


def test_login_asks_for_the_code_after_the_password(app: Flask, phone: tuple[Phone, list[str]]) -> None:
    person = Person(app)

    answer = person.post("/admin/login?next=/admin/sites/", email=EMAIL, password=PASSWORD)
    assert "/admin/login/code" in answer.location
    assert not is_in(person)

    answer = person.post(answer.location, code=phone[0].code())
    assert answer.location == "/admin/sites/"
    assert is_in(person)


def test_code_does_not_work_twice(app: Flask, phone: tuple[Phone, list[str]]) -> None:
    code = phone[0].code()
    for person, status in ((Person(app), 302), (Person(app), 403)):
        person.log_in(EMAIL)
        assert person.post("/admin/login/code", code=code).status_code == status


def test_recovery_code_opens_once(app: Flask, phone: tuple[Phone, list[str]]) -> None:
    for person, status in ((Person(app), 302), (Person(app), 403)):
        person.log_in(EMAIL)
        assert person.post("/admin/login/code", code=phone[1][0]).status_code == status
    assert len(db.session.scalars(select(User)).one().recovery_codes) == 9


def test_code_is_asked_only_of_who_knew_the_password(app: Flask, phone: tuple[Phone, list[str]]) -> None:
    answer = Person(app).post("/admin/login/code", code=phone[0].code())

    assert answer.location == "/admin/login"


def test_guessing_codes_is_stopped(app: Flask, phone: tuple[Phone, list[str]], valkey: Redis) -> None:
    person = Person(app)
    person.log_in(EMAIL)
    for _ in range(PER_ACCOUNT):
        person.post("/admin/login/code", code="000000")

    assert person.post("/admin/login/code", code=phone[0].code()).status_code == 429


def test_secret_is_encrypted_at_rest(phone: tuple[Phone, list[str]]) -> None:
    kept = db.session.scalars(select(User.totp_secret)).one()

    assert kept is not None and phone[0]._generator.secret not in kept


def test_second_factor_is_switched_off_with_the_password_alone(
    app: Flask, owner: Person, phone: tuple[Phone, list[str]]
) -> None:
    owner.post("/admin/account/second-factor/off", present="wrong horse")
    assert "/admin/login/code" in Person(app).log_in(EMAIL).location

    owner.post("/admin/account/second-factor/off", present=PASSWORD)
    assert Person(app).log_in(EMAIL).location == "/admin/"
    assert actions() == ["user.second_factor_on", "user.second_factor_off"]


def test_new_recovery_codes_void_the_old_ones(app: Flask, owner: Person, phone: tuple[Phone, list[str]]) -> None:
    answer = owner.post("/admin/account/second-factor/codes", present=PASSWORD)
    person = Person(app)
    person.log_in(EMAIL)

    assert person.post("/admin/login/code", code=phone[1][0]).status_code == 403
    new = re.findall(r"\b[a-z2-7]{5}-[a-z2-7]{5}-[a-z2-7]{5}\b", answer.text)
    assert person.post("/admin/login/code", code=new[0]).status_code == 302


def test_owner_helps_a_colleague_who_lost_his_phone(
    app: Flask, phone: tuple[Phone, list[str]], user_of: Callable[[Role], Person], owner: Person
) -> None:
    number = db.session.scalars(select(User.id)).one()

    owner.post(f"/admin/team/{number}", role="owner", enabled="y", without_second_factor="y")

    assert Person(app).log_in(EMAIL).location == "/admin/"


# --- API tokens ---


def test_token_is_shown_once_and_works_until_it_is_revoked(world: World, owner: Person) -> None:
    made = owner.post("/admin/tokens/", name="backend", scope="read", site="example").text
    token = re.search(r"skv_[\w-]+", made)
    assert token is not None

    assert "skv_" not in owner.get("/admin/tokens/").text
    assert world.get("inquiries", token[0]).status_code == 200
    owner.post(f"/admin/tokens/{db.session.scalars(select(ApiToken.id)).one()}/revoke")
    assert world.get("inquiries", token[0]).status_code == 401
    assert actions()[-2:] == ["token.create", "token.revoke"]


def test_token_needs_a_name(world: World, owner: Person) -> None:
    assert owner.post("/admin/tokens/", name="", scope="read", site="").status_code == 422
    assert db.session.scalars(select(ApiToken)).all() == []
