from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from tracker.access import users
from tracker.access.models import Role
from tracker.errors import InvalidInput

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PASSWORD = "correct horse"


def test_user_logs_in_whatever_the_letter_case_of_his_address(session: Session) -> None:
    added = users.add(session, " Owner@Example.com", PASSWORD, Role.OWNER)

    user = users.log_in(session, "OWNER@example.com ", PASSWORD, NOW)

    assert user is added
    assert (user.email, user.last_login_at) == ("owner@example.com", NOW)


@pytest.mark.parametrize(
    ("email", "password"), [("owner@example.com", "wrong horse"), ("nobody@example.com", PASSWORD), ("", "")]
)
def test_wrong_email_or_password_logs_nobody_in(session: Session, email: str, password: str) -> None:
    users.add(session, "owner@example.com", PASSWORD, Role.OWNER)

    assert users.log_in(session, email, password, NOW) is None


def test_switched_off_user_does_not_log_in(session: Session) -> None:
    users.add(session, "owner@example.com", PASSWORD, Role.OWNER).enabled = False

    assert users.log_in(session, "owner@example.com", PASSWORD, NOW) is None


def test_login_renews_an_outdated_hash(session: Session) -> None:
    user = users.add(session, "owner@example.com", PASSWORD, Role.OWNER)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    user.password_hash = weak

    users.log_in(session, "owner@example.com", PASSWORD, NOW)

    assert user.password_hash != weak
    assert users.log_in(session, "owner@example.com", PASSWORD, NOW)


def test_same_address_twice_is_refused(session: Session) -> None:
    users.add(session, "owner@example.com", PASSWORD, Role.OWNER)

    with pytest.raises(InvalidInput, match="is a user already"):
        users.add(session, "Owner@example.com", PASSWORD, Role.AGENT)


def test_what_is_no_address_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInput, match="'owner' is not an email address"):
        users.add(session, "owner", PASSWORD, Role.OWNER)
