"""`skvoz forget` and `skvoz rematch` as they are typed: what they print, and that they did it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click import Command
from click.testing import CliRunner
from sqlalchemy import update
from world import World

from tracker import clock, upkeep
from tracker.commands.forget import forget
from tracker.commands.rematch import rematch
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Site

PHONE, NUMBER = "+79161234567", "+74957770001"


@pytest.fixture
def called(world: World) -> World:
    world.browser().open()
    world.call("c1", "ended", talk_seconds=30, status="answered", to=NUMBER, **{"from": PHONE})
    return world


def run(command: Command, *words: str) -> str:
    return CliRunner().invoke(command, list(words), catch_exceptions=False).output


def test_forget_prints_what_was_erased(called: World) -> None:
    said = run(forget, "8 (916) 123-45-67")

    assert "inquiries: 1" in said
    assert "raw messages: 1" in said
    assert "out of our reach" in said
    assert called.count(Inquiry) == 0


def test_forget_of_a_stranger_says_that_nothing_is_known(called: World) -> None:
    with pytest.raises(NotFound, match="Nothing is known"):
        run(forget, "+79169999999")


def staff(phones: list[str]) -> None:
    with writing(db.session()) as session:
        session.execute(update(Site).values(staff_phones=phones))


def test_rematch_judges_staff_again_and_a_dry_run_changes_nothing(called: World) -> None:
    staff([PHONE])
    yesterday = f"{clock.now() - timedelta(days=1):%Y-%m-%d}"

    preview = run(rematch, "--site", "example", "--since", yesterday, "--dry-run")
    untouched = called.inquiries()[0]["not_counted"]
    done = run(rematch, "--site", "example", "--since", yesterday)
    again = run(rematch, "--site", "example", "--since", yesterday)

    assert "(not counted: staff)" in preview
    assert "1 calls would change" in preview
    assert untouched is None
    assert "1 calls changed" in done
    assert called.inquiries()[0]["not_counted"] == "staff"
    assert "0 calls changed" in again


def test_rematch_counts_again_who_is_staff_no_more_though_a_person_decided_whose_it_was(called: World) -> None:
    key = called.inquiries()[0]["id"]
    upkeep.correct(key, None, None, "boss")
    staff([PHONE])
    now = clock.now()
    upkeep.rematch("example", now - timedelta(days=1), now, dry_run=False)
    staff([])

    upkeep.rematch("example", now - timedelta(days=1), now, dry_run=False)

    (call,) = called.inquiries()
    assert (call["not_counted"], call["attribution"]["corrected"]) == (None, True)


def test_rematch_of_an_unknown_site_is_refused(called: World) -> None:
    with pytest.raises(NotFound):
        run(rematch, "--site", "none", "--since", "2026-01-01")
