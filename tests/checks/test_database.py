from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tracker import clock
from tracker.checks import database
from tracker.checks.finding import Context
from tracker.inquiries.models import SourcePlace
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.visits.models import Visit, Visitor


def test_migrated_database_is_well(context: Context) -> None:
    looks = (database.answers, database.schema, database.clock_difference, database.connections)

    assert [look(context).level for look in looks] == ["ok"] * len(looks)


def test_old_schema_needs_an_upgrade(context: Context) -> None:
    with context.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    finding = database.schema(context)

    assert finding.level == "fail"
    assert "skvoz db upgrade" in str(finding.remedy)


def test_missing_file_is_told_and_not_made(make_context: Callable[..., Context], tmp_path: Path) -> None:
    finding = database.answers(make_context())

    assert finding.level == "fail"
    assert not (tmp_path / "skvoz.db").exists()


def test_server_that_is_down_points_at_the_setting(make_context: Callable[..., Context]) -> None:
    finding = database.answers(make_context(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"))

    assert finding.level == "fail"
    assert "DATABASE_URL" in str(finding.remedy)


def test_broken_connection_is_named_with_its_reason(context: Context) -> None:
    broken = {"state": ConnectionState.BROKEN, "state_sentence": "the token was revoked"}
    with Session(context.engine) as session, session.begin():
        site = Site(key="example", name="Example")
        for key, columns in {"amo": broken, "b24": {}, "old": {**broken, "enabled": False}}.items():
            site.connections.append(Connection(key=key, provider="crm/amocrm", settings="", **columns))
        session.add(site)

    finding = database.connections(context)

    assert finding.level == "fail"
    assert finding.sentence == "Broken connections: amo: the token was revoked"


def test_source_that_cannot_be_read_is_named_after_some_failures(context: Context) -> None:
    with Session(context.engine) as session, session.begin():
        site = Site(key="example", name="Example")
        site.connections = [Connection(key=key, provider="telephony/callibri", settings="") for key in ("a", "b")]
        session.add(site)
        session.flush()
        for connection, failures in zip(site.connections, (3, 2), strict=True):
            session.add(SourcePlace(connection_id=connection.id, failures=failures, error="code 500"))

    finding = database.call_sources(context)

    assert (finding.level, finding.sentence) == ("warn", "Sources of calls cannot be read: a: code 500.")


@pytest.mark.parametrize(
    ("addresses", "level"),
    [
        (["172.17.0.1"] * 10, "warn"),
        (["172.17.0.1"] * 6 + ["203.0.114.9"] * 5, "warn"),
        (["172.17.0.1"] * 9, "ok"),
        (["172.17.0.1"] * 4 + [f"203.0.114.{n}" for n in range(8)], "ok"),
        (["198.41.0.4"] * 20, "ok"),
        ([None] * 20, "ok"),
        ([], "ok"),
    ],
    ids=["all", "most", "too few to tell", "a minority", "public", "not kept", "nobody"],
)
def test_visitors_behind_one_private_address_are_noticed(
    context: Context, addresses: list[str | None], level: str
) -> None:
    with Session(context.engine) as session, session.begin():
        _add_visits(session, addresses)

    assert database.visitor_addresses(context).level == level


def _add_visits(session: Session, addresses: list[str | None]) -> None:
    now = clock.now()
    site = Site(key="example", name="Example")
    session.add(site)
    session.flush()
    visitor = Visitor(site_id=site.id, key="0" * 32, first_at=now, last_at=now)
    session.add(visitor)
    session.flush()
    for number, address in enumerate(addresses):
        visit = Visit(site_id=site.id, visitor_id=visitor.id, key=f"{number:024x}", ip=address)
        visit.started_at = visit.last_at = now
        visit.source, visit.medium, visit.channel, visit.named_by = "google", "cpc", "paid-search", "utm"
        visit.is_paid, visit.is_test, visit.click_ids, visit.ga_sessions = True, False, {}, {}
        visit.landing_page, visit.landing_path, visit.device = "https://example.com/", "example.com/", "desktop"
        session.add(visit)
