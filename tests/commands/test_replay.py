"""What was not understood is read anew after a fix, and nothing else changes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update
from world import World

from tracker.commands.replay import replay
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.inquiries.models import RawMessage, RawStatus


def run(*words: str) -> str:
    return CliRunner().invoke(replay, list(words), catch_exceptions=False).output


@pytest.fixture
def failed(world: World) -> World:
    """A message at which our program failed, one that nobody can read, and one that was understood."""
    world.call("c1", "ringing", to="+74957770001", **{"from": "+79160000001"})
    world.call("c2", "ringing", to="+74957770001", **{"from": "+79160000002"})
    world.call("c3", "sung", to="+74957770001")
    with writing(db.session()) as session:
        first = select(RawMessage.id).order_by(RawMessage.id).limit(1).scalar_subquery()
        session.execute(update(RawMessage).where(RawMessage.id == first).values(status=RawStatus.FAILED))
    return world


def test_failed_message_is_understood_and_a_broken_one_says_why(failed: World) -> None:
    said = run()

    assert "2 messages read anew" in said
    assert "1 understood" in said
    assert "1 malformed" in said
    assert "event" in said
    assert sorted(call["external_id"] for call in failed.inquiries()) == ["c1", "c2"]


def test_messages_are_chosen_by_connection_status_and_day(failed: World) -> None:
    assert "1 messages" in run("--status", "failed", "--connection", "pbx")
    assert "0 messages" in run("--connection", "mail")
    assert "0 messages" in run("--since", "2099-01-01")
    assert "2 messages" in run("--status", "understood")
    with pytest.raises(NotFound):
        run("--connection", "none")
