import re
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tracker.access.models import AuditEntry, Role, SiteRole, User
from tracker.access.passwords import is_right
from tracker.sites.models import Site


def stored(database_url: str) -> User:
    engine = create_engine(database_url)
    with Session(engine, expire_on_commit=False) as session:
        user = session.scalars(select(User)).one()
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["user.add"]
    engine.dispose()
    return user


def test_password_comes_from_standard_input(skvoz, database_url: str) -> None:
    done = skvoz("user", "add", "Owner@Example.com", "--role", "owner", stdin="correct horse\n")

    user = stored(database_url)
    assert (done.code, done.out) == (0, "User owner@example.com, owner.\n")
    assert (user.email, user.role) == ("owner@example.com", Role.OWNER)
    assert is_right(user.password_hash, "correct horse")


def test_without_one_a_password_is_made_and_printed(skvoz, database_url: str) -> None:
    done = skvoz("user", "add", "agent@example.com", "--role", "agent")

    printed = re.fullmatch(r"User agent@example\.com, agent\. Password: (\S{16})\n", done.out)
    assert printed
    assert is_right(stored(database_url).password_hash, printed[1])


def test_short_password_is_one_sentence(skvoz) -> None:
    done = skvoz("user", "add", "owner@example.com", stdin="short\n")

    assert (done.code, done.err) == (1, "skvoz: A password has 8 to 256 characters.\n")


def test_second_time_is_one_sentence(skvoz) -> None:
    skvoz("user", "add", "owner@example.com")

    assert skvoz("user", "add", "owner@example.com").err == "skvoz: owner@example.com is a user already.\n"


def test_unknown_role_is_a_usage_error(skvoz) -> None:
    assert skvoz("user", "add", "owner@example.com", "--role", "boss").code == 2


def test_role_may_be_for_single_sites(skvoz, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "skvoz.yaml").write_text(
        "sites: [{key: a, name: A, domains: [a.test]}, {key: b, name: B, domains: [b.test]}]"
    )
    skvoz("apply", "skvoz.yaml")

    done = skvoz("user", "add", "agent@example.com", "--role", "agent", "--site", "b")

    engine = create_engine(database_url)
    with Session(engine) as session:
        named = select(User.role, Site.key, SiteRole.role).select_from(SiteRole)
        named = named.join(User, User.id == SiteRole.user_id).join(Site, Site.id == SiteRole.site_id)
        assert session.execute(named).all() == [(None, "b", Role.AGENT)]
    engine.dispose()
    assert done.out.startswith("User agent@example.com, agent on b.")


def test_user_of_an_unknown_site_is_not_made(skvoz) -> None:
    assert skvoz("user", "add", "agent@example.com", "--site", "b").err == "skvoz: There is no site b.\n"


def test_new_password_is_set_and_ends_the_second_factor_if_asked(skvoz, database_url: str) -> None:
    skvoz("user", "add", "anna@example.com")

    done = skvoz("user", "password", "Anna@example.com", "--without-second-factor", stdin="another horse\n")

    assert (done.code, done.out) == (0, "New password of anna@example.com is set.\n")
    engine = create_engine(database_url)
    with Session(engine) as session:
        user = session.scalars(select(User)).one()
        assert is_right(user.password_hash, "another horse")
        assert [entry.action for entry in session.scalars(select(AuditEntry))] == ["user.add", "user.password"]
    engine.dispose()


def test_password_of_nobody_is_one_sentence(skvoz) -> None:
    assert skvoz("user", "password", "nobody@example.com").err == "skvoz: There is no user nobody@example.com.\n"
