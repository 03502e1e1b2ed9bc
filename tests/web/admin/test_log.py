"""The log of changes: by time, narrowed to a person and an action, page by page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from admin_people import Person
from world import World

from tracker.access.models import AuditEntry
from tracker.database import writing
from tracker.extensions import db
from tracker.reports import team

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def log(world: World, owner: Person) -> Person:
    """Four changes, which were not written down in the order in which they happened."""
    with writing(db.session()) as session:
        session.query(AuditEntry).delete()
        for hours, actor, action in (
            (2, "a@example.com", "pool.change"),
            (4, "b@example.com", "pool.change"),
            (1, "a@example.com", "site.create"),
            (3, "command line", "user.add"),
        ):
            entry = AuditEntry(actor=actor, action=action, subject=f"subject-{hours}", detail={})
            entry.at = NOON + timedelta(hours=hours)
            session.add(entry)
    return owner


def subjects(page: str) -> list[int]:
    return [int(hour) for hour in re.findall(r"subject-(\d)", page)]


def test_log_goes_by_time_where_the_site_is(log: Person) -> None:
    for address in ("/admin/team/", "/admin/team/log"):
        page = log.get(address).text
        assert subjects(page) == [4, 3, 2, 1], address
        assert "When, Moscow" in page
        assert "2 Mar, 19:00" in page


def test_filters_narrow_the_log(log: Person) -> None:
    assert subjects(log.get("/admin/team/log", actor="a@example.com").text) == [2, 1]
    assert subjects(log.get("/admin/team/log", action="pool.change").text) == [4, 2]
    assert subjects(log.get("/admin/team/log", actor="a@example.com", action="pool.change").text) == [2]
    assert "Nothing fits these filters" in log.get("/admin/team/log", actor="nobody").text
    assert log.get("/admin/team/log", cursor="x").status_code == 400


def test_older_changes_follow(log: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "changes", partial(team.changes, size=3))

    first = log.get("/admin/team/log").text
    older = re.search(r'rel="next" href="/admin/team/log\?cursor=([^"]+)"', first)

    assert older is not None
    assert subjects(first) + subjects(log.get("/admin/team/log", cursor=older[1].replace("%3A", ":")).text) == [
        4,
        3,
        2,
        1,
    ]
