from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tracker.access import tokens
from tracker.access.models import ApiToken
from tracker.access.tokens import Scope
from tracker.errors import InvalidInput
from tracker.sites.models import Site

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def site(session: Session) -> Site:
    site = Site(key="example", name="Example")
    session.add(site)
    session.flush()
    return site


def make(session: Session, scopes: list[Scope], site_id: int | None = None) -> ApiToken:
    row = tokens.look_up(session, tokens.add(session, "backend", scopes, site_id))
    assert row
    return row


def test_token_is_found_and_only_its_hash_is_kept(session: Session) -> None:
    text = tokens.add(session, "backend", [Scope.READ, Scope.WRITE], None)

    row = tokens.look_up(session, text)

    assert row
    assert (row.name, row.scopes) == ("backend", ["read", "write"])
    assert text.startswith("skv_")
    assert text not in row.token_hash


@pytest.mark.parametrize("text", ["", "skv_", "skv_wrong", "ключ", "\ud800"])
def test_made_up_token_is_not_found(session: Session, text: str) -> None:
    tokens.add(session, "backend", [Scope.READ], None)

    assert tokens.look_up(session, text) is None


def test_revoked_token_is_not_found(session: Session) -> None:
    text = tokens.add(session, "backend", [Scope.READ], None)
    row = tokens.look_up(session, text)
    assert row

    tokens.revoke(session, row, NOW)

    assert tokens.look_up(session, text) is None


def test_scope_that_was_not_given_is_refused(session: Session) -> None:
    row = make(session, [Scope.READ])

    assert tokens.may(row, Scope.READ, 1)
    assert not tokens.may(row, Scope.WRITE, 1)


def test_token_of_a_site_opens_no_other_and_not_all_at_once(session: Session, site: Site) -> None:
    row = make(session, [Scope.READ], site.id)

    assert tokens.may(row, Scope.READ, site.id)
    assert not tokens.may(row, Scope.READ, site.id + 1)
    assert not tokens.may(row, Scope.READ, None)


def test_use_is_noted_once_a_minute(session: Session) -> None:
    row = make(session, [Scope.READ])

    noted = [tokens.note_use(session, row, NOW + timedelta(seconds=after)) for after in (0, 1, 59, 60, 61)]

    session.refresh(row)
    assert noted == [True, False, False, True, False]
    assert row.last_used_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("text", "scopes"),
    [("read", [Scope.READ]), ("write, read", [Scope.READ, Scope.WRITE]), ("read,read", [Scope.READ])],
)
def test_scopes_are_read(text: str, scopes: list[Scope]) -> None:
    assert tokens.read_scopes(text) == scopes


@pytest.mark.parametrize("text", ["", ",", "admin", "read,delete"])
def test_unknown_scope_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="use read, write or read,write"):
        tokens.read_scopes(text)
