from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tracker.access import tokens

SITE = "sites: [{key: example, domains: [example.com]}]"


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


def test_token_stands_alone_on_standard_output(skvoz, session: Session) -> None:
    done = skvoz("token", "add", "backend", "--scope", "read,write")

    token = tokens.look_up(session, done.out.removesuffix("\n"))
    assert done.code == 0
    assert token
    assert (token.name, token.scopes, token.site_id) == ("backend", ["read", "write"], None)


def test_token_may_be_bound_to_a_site(skvoz, session: Session) -> None:
    skvoz("apply", "-", stdin=SITE)

    done = skvoz("token", "add", "backend", "--site", "example")

    token = tokens.look_up(session, done.out.strip())
    assert token
    assert token.scopes == ["read"]
    assert token.site_id is not None


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--site", "nope"), "skvoz: There is no site nope.\n"),
        (("--scope", "admin"), "skvoz: Unknown scope admin; use read, write or read,write.\n"),
    ],
)
def test_what_does_not_exist_is_one_sentence(skvoz, option: tuple[str, str], sentence: str) -> None:
    done = skvoz("token", "add", "backend", *option)

    assert (done.code, done.out, done.err) == (1, "", sentence)
