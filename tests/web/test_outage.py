"""The database is away for a while: no visit lost, no answer slowed, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from admin_people import PASSWORD, Person
from flask import Flask
from sqlalchemy import text
from world import World, letter_text

from tracker import create_app, outage
from tracker.access import users
from tracker.access.models import Role
from tracker.commands.recover import recover
from tracker.database import writing
from tracker.errors import DatabaseAway
from tracker.extensions import db
from tracker.inquiries import spool
from tracker.inquiries.models import Inquiry, RawMessage
from tracker.outage import Outage
from tracker.visits.models import PageView

CALL = {"from": "+79161234567", "to": "+74957770001"}
Switch = Callable[[bool], None]


@pytest.fixture
def database(world: World, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Switch]:
    """Takes the database away (False) and brings it back (True)."""
    monkeypatch.setattr(outage, "QUIET_SECONDS", 0.2)
    if db.engine.dialect.name == "sqlite":
        yield from _locked(Path(str(db.engine.url.database)))
    else:
        yield from _stopped(request.getfixturevalue("postgres_server"))


def _locked(path: Path) -> Iterator[Switch]:
    """Another program holds the file; ours would wait ten seconds for it each time."""
    held = sqlite3.connect(path, isolation_level=None)

    def switch(is_there: bool) -> None:
        db.session.remove()
        held.execute("ROLLBACK" if is_there else "BEGIN EXCLUSIVE")

    yield switch
    held.close()


def _stopped(server: Any) -> Iterator[Switch]:
    state = {"is_there": True}

    def switch(is_there: bool) -> None:
        if not is_there:
            db.session.execute(text("CHECKPOINT"))  # the test's server forgets the last moment when it is stopped
        db.session.remove()
        server.start() if is_there else server.stop()
        state["is_there"] = is_there

    yield switch
    if not state["is_there"]:
        server.start()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # a locked SQLite can still be read
def test_admin_says_on_a_page_that_the_database_is_away(app: Flask, world: World, database: Switch) -> None:
    with writing(db.session()) as session:
        users.add(session, "owner@example.com", PASSWORD, Role.OWNER)
    app.config["WTF_CSRF_ENABLED"] = False
    owner = Person(app)
    owner.log_in("owner@example.com")

    database(False)
    page = owner.get("/admin/inquiries/")
    database(True)

    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert "A part of the server is away" in page.text
    assert owner.get("/admin/inquiries/").status_code == 200


def test_minute_without_the_database_loses_nothing_and_slows_no_page(world: World, database: Switch) -> None:
    browser = world.browser()
    browser.open()
    tagged = browser.open()["emails"][0]["address"]
    world.call("before", "ringing", **CALL)
    token = world.token()
    world.add({"site": "example", "kind": "order", "external_id": "before"}, token)

    database(False)
    started = time.monotonic()
    shown = [world.browser().open(), browser.open(), browser.beat()]
    assert time.monotonic() - started < 1.5
    answers = [
        world.call("c1", "ringing", **CALL),
        world.call("c1", "ringing", **CALL),
        world.letter(letter_text(tagged)),
        browser.fill_form({"phone": "+79160000001"}),
        world.add({"site": "example", "kind": "order", "external_id": "o-1"}, token),
    ]
    malformed = world.call("c2", "sneezed")
    database(True)

    assert [one["reason"] for one in shown] == [None, None, None]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 202, 201]
    assert malformed.status_code == 400
    assert answers[0].get_json() == {"inquiry": None, "attribution": None}
    assert len(list(spool.waiting(world.services.config.spool))) == 6

    _recover(world)

    world.store_visits()
    assert world.count(PageView) == 4
    assert list(spool.waiting(world.services.config.spool)) == []
    kinds = sorted(one["kind"] for one in world.inquiries())
    assert kinds == ["call", "call", "email", "form", "order", "order"]
    known = {one["id"] for one in world.inquiries()}
    assert {answers[3].get_json()["inquiry"], answers[4].get_json()["id"]} <= known
    attributions = {one["external_id"]: one["attribution"] for one in world.inquiries(kind="call")}
    assert attributions["c1"]["visitor"] == browser.visitor


def _recover(world: World) -> None:
    time.sleep(0.25)  # until the process dares to ask the database again
    db.session.remove()
    while recover(world.services):
        pass


def test_cold_process_serves_sites_and_doors_from_the_store(world: World, database: Switch) -> None:
    cold = World(create_app(world.services.config))
    database(False)

    shown = cold.browser().open()
    answer = cold.call("c1", "ringing", **CALL)

    database(True)
    with cold.app.app_context():
        db.engine.dispose()
    assert shown["numbers"]
    assert answer.status_code == 202
    _recover(world)
    assert [one["external_id"] for one in world.inquiries()] == ["c1"]


def test_forged_message_is_refused_without_the_database_too(world: World, database: Switch) -> None:
    database(False)

    forged = world.hook("telephony", "pbx", "{}", "wrong")
    unknown = world.hook("telephony", "none", "{}", "pbx-secret")

    database(True)
    assert forged.status_code == 403
    # A locked file can still be read; a server that is gone tells nothing, so the sender is to try again.
    assert unknown.status_code == (404 if db.engine.dialect.name == "sqlite" else 503)
    assert list(spool.waiting(world.services.config.spool)) == []


def test_5xx_only_when_the_disk_fails_too(
    world: World, database: Switch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    database(False)

    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(spool, "put", full)
    call = world.call("c1", "ringing", **CALL)
    form = world.browser().send("form", {"site": "example", "fields": {"phone": "+79160000001"}})

    database(True)
    assert call.status_code == 500
    assert (form.status_code, form.get_json()["reason"]) == (200, "store-down")


# --- the spool ------------------------------------------------------------------------------------


def test_message_offered_twice_is_stored_once(world: World) -> None:
    world.call("c1", "ringing", **CALL)
    raw = db.session.query(RawMessage).one()
    names = ("key", "site_id", "connection_id", "entrance", "received_at", "request", "body")
    again = spool.Arrived(**{name: getattr(raw, name) for name in names})
    spool.put(world.services.config.spool, again)

    _recover(world)

    assert (world.count(RawMessage), world.count(Inquiry)) == (1, 1)


def test_broken_files_and_refused_messages_hold_nobody_up(world: World) -> None:
    folder = world.services.config.spool
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text(json.dumps({"body": 5}))
    world.call("c1", "ringing", **CALL)
    raw = db.session.query(RawMessage).one()
    stray = spool.Arrived("f" * 32, 999, None, raw.entrance, raw.received_at, raw.request, raw.body)
    spool.put(folder, stray)
    spool.put(folder, spool.Arrived("e" * 32, 1, 1, raw.entrance, raw.received_at, raw.request, raw.body))

    _recover(world)

    assert sorted(path.name for path in folder.iterdir()) == ["a.broken", "b.broken", "f" * 32 + ".broken"]
    assert world.count(RawMessage) == 2


# --- who asks -------------------------------------------------------------------------------------


def test_during_an_outage_one_asks_and_the_others_are_refused_at_once() -> None:
    now = [100.0]
    watch = Outage(lambda: now[0])
    asked: list[str] = []

    def step(name: str, error: Exception | None = None) -> Callable[[], None]:
        def ask() -> None:
            asked.append(name)
            if error:
                raise error

        return ask

    away = outage.OperationalError("", {}, Exception("away"))
    with pytest.raises(DatabaseAway):
        watch.ask(step("first", away))
    with pytest.raises(DatabaseAway):
        watch.ask(step("at once"))
    now[0] += outage.QUIET_SECONDS
    with pytest.raises(DatabaseAway):
        watch.ask(step("later", away))
    now[0] += outage.QUIET_SECONDS
    with pytest.raises(KeyError):
        watch.ask(step("answered", KeyError()))
    watch.ask(step("again"))

    assert asked == ["first", "later", "answered", "again"]
