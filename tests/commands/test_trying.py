"""A connection that tells us something is tried by the worker: whether it lets us in, and whether it reaches us."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from admin_people import Person
from mail_servers import Dovecot, free_port
from mail_servers import dovecot as dovecot
from sqlalchemy import select
from werkzeug.serving import make_server
from world import EXAMPLE, World, iso, letter_text

sys.path.insert(0, str(Path(__file__).parents[1] / "providers" / "telephony"))
from fake_callibri import FakeCallibri
from fake_manager import FakeManager

from tracker import clock
from tracker.access import users
from tracker.access.models import Role
from tracker.commands.deliver import Deliverer
from tracker.commands.trying import try_out
from tracker.database import writing
from tracker.deliveries.models import Errand
from tracker.extensions import db
from tracker.providers.crm.base import Finding
from tracker.providers.email.smtp import LmtpListener
from tracker.sites.models import Connection, ConnectionState

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOTHING_YET = "warning: Nothing has come from it yet: make a call, or write a letter, and look again."


def tried(world: World, key: str) -> list[str]:
    number = db.session.scalars(select(Connection.id).where(Connection.key == key)).one()
    db.session.rollback()
    return [_shown(one) for one in try_out(world.services, number)]


def _shown(found: Finding) -> str:
    return f"{found.level}: {found.text % found.about if found.about else found.text}"


def connect(world: World, provider: str, **settings: object) -> None:
    said = ", ".join(f'{name}: "{value}"' for name, value in settings.items())
    world.apply(f"{EXAMPLE.rstrip()}\n      - {{key: new, provider: {provider}, settings: {{{said}}}}}\n")


@pytest.fixture
def public(world: World) -> Iterator[Callable[[str], None]]:
    """Sets the address others reach us at; at first it is the real one."""
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def set_to(address: str | None) -> None:
        object.__setattr__(world.services.config, "public_url", address)

    set_to(f"http://127.0.0.1:{server.port}")
    yield set_to
    server.shutdown()
    thread.join()
    set_to(None)


def test_mailbox_is_opened_folder_by_folder(world: World, dovecot: Dovecot) -> None:
    connect(world, "email/imap", **dovecot.settings("anna"))

    assert tried(world, "new") == [
        "ok: The folder INBOX opens; letters in it: 0.",
        "ok: The server tells of new letters at once.",
        NOTHING_YET,
    ]


def test_mailbox_that_refuses_us_says_so(world: World, dovecot: Dovecot) -> None:
    connect(world, "email/imap", **{**dovecot.settings("anna"), "password": "wrong"})

    [said] = tried(world, "new")
    assert said.startswith("error: ")


def test_switchboard_lets_us_in(world: World) -> None:
    manager = FakeManager()
    connect(world, "telephony/asterisk", host="127.0.0.1", port=manager.port, username="tracker", secret="s3cr3t")

    said = tried(world, "new")
    manager.close()
    connect(world, "telephony/asterisk", host="127.0.0.1", port=free_port(), username="tracker", secret="s3cr3t")

    assert said == ["ok: The manager interface lets us in; channels open now: 0.", NOTHING_YET]
    assert tried(world, "new")[0].startswith("error: ")


def test_call_list_is_read_and_nothing_of_it_kept(world: World) -> None:
    service = FakeCallibri()
    service.channels = []
    connect(world, "telephony/callibri", user_email="me@example.com", user_token="t0ken", base_url=service.address)

    said = tried(world, "new")
    service.close()

    assert said == ["ok: The call list can be read; calls in the last 24 hours, as far as asked: 0.", NOTHING_YET]


def test_listener_is_knocked_at(world: World) -> None:
    address = f"127.0.0.1:{free_port()}"
    connect(world, "email/lmtp", listen=address)
    silent = tried(world, "new")[0]
    listener = LmtpListener({"listen": address}, lambda raw, to: None, lambda to: True)
    listener.start()

    answers = tried(world, "new")[0]
    listener.stop()

    assert silent == f"error: Nothing listens on {address} on the worker's machine."
    assert answers == f"ok: The listener answers on {address}."


def test_webhook_address_is_knocked_at_from_outside(world: World, public: Callable[[str | None], None]) -> None:
    reached = tried(world, "pbx")
    world.letter(letter_text("a@mail.example", "sales@example.com"))
    heard = tried(world, "mail")[1]
    public(f"http://127.0.0.1:{free_port()}")
    closed = tried(world, "pbx")[0]
    public(None)

    assert reached == ["ok: The webhook address is reached, and refuses who does not know the secret.", NOTHING_YET]
    assert heard == "ok: Its last message arrived well; it stands below."
    assert closed.startswith("error: Nothing answers at http://127.0.0.1:")
    assert tried(world, "pbx")[0].startswith("warning: SKVOZ_PUBLIC_URL is not set")


def test_server_in_front_that_keeps_the_hooks_back_is_named(
    world: World, public: Callable[[str], None], serve: Callable[[Any], str]
) -> None:
    def everything_is_a_page(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"welcome"]

    public(serve(everything_is_a_page))

    assert "answers with 200: let the web server pass /hooks/ on to us." in tried(world, "pbx")[0]


def test_worker_tries_it_in_the_reader_s_language_and_mends_it(world: World) -> None:
    world.call("c1", "ended", **{"from": "+79161234567", "to": "+74957770001", "at": iso(clock.now())}, status="missed")
    world.app.config["WTF_CSRF_ENABLED"] = False
    with writing(db.session()) as session:
        users.add(session, "o@example.com", "correct horse battery", Role.OWNER)
        session.scalars(select(Connection).where(Connection.key == "pbx")).one().state = ConnectionState.BROKEN
    owner, worker = Person(world.app), Deliverer(world.app)
    owner.log_in("o@example.com")
    owner.post("/admin/connections/pbx/test")
    worker.turn(world.services)
    deadline = time.monotonic() + 10
    while not db.session.scalar(select(Errand.done_at)) and time.monotonic() < deadline:
        db.session.rollback()
        time.sleep(0.01)
    worker.stop()

    owner.client.set_cookie("language", "ru")
    owner.post("/admin/language", language="ru")
    page = owner.get("/admin/connections/pbx").text

    assert "Последнее сообщение дошло" in page
    db.session.rollback()
    assert db.session.scalars(select(Connection.state).where(Connection.key == "pbx")).one() is ConnectionState.OK
