"""Letters sent to a real Postfix reach us by LMTP, by SMTP and through a mailbox of a real Dovecot: each once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from mail_servers import Dovecot, free_port
from mail_servers import dovecot as dovecot
from postfix_server import Postfix, running_postfix
from sqlalchemy import select
from world import EXAMPLE, World, letter_text

from tracker.commands import listeners, mailboxes
from tracker.commands.listeners import Listeners
from tracker.commands.mailboxes import Watcher
from tracker.extensions import db
from tracker.inquiries.models import Inquiry

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DOMAINS = ("lmtp.example.com", "smtp.example.com", "imap.example.com")
MAILBOX = "sales"


@pytest.fixture(scope="module")
def listen() -> dict[str, str]:
    """Where the worker listens."""
    return {name: f"127.0.0.1:{free_port()}" for name in ("lmtp", "smtp")}


@pytest.fixture(scope="module")
def postfix(listen: dict[str, str], dovecot: Dovecot) -> Iterator[Postfix]:
    _, _, port = listen["smtp"].partition(":")
    hops = (f"lmtp:inet:{listen['lmtp']}", f"smtp:[127.0.0.1]:{port}", "virtual:")
    with running_postfix(dict(zip(DOMAINS, hops, strict=True)), dovecot, MAILBOX) as server:
        yield server


class Worker:
    """What of the worker takes letters."""

    def __init__(self, world: World) -> None:
        self._services = world.services
        self._parts = (Listeners(world.app), Watcher(world.app))

    def start(self) -> None:
        for part in self._parts:
            part.turn(self._services)
        db.session.remove()

    def stop(self) -> None:
        for part in self._parts:
            part.stop()


@pytest.fixture
def company(world: World, listen: dict[str, str], dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(mailboxes, "PROLONG", timedelta(seconds=0.2))
    shutil.rmtree(dovecot.home / "mail" / MAILBOX, ignore_errors=True)
    emails = "".join(f"\n      - {{swap: sales@{domain}, style: plus}}" for domain in DOMAINS)
    box = ", ".join(f"{name}: '{value}'" for name, value in dovecot.settings(MAILBOX).items())
    connections = f"""
      - {{key: lmtp, provider: email/lmtp, settings: {{listen: "{listen["lmtp"]}"}}}}
      - {{key: smtp, provider: email/smtp, settings: {{listen: "{listen["smtp"]}"}}}}
      - {{key: imap, provider: email/imap, settings: {{{box}}}}}
"""
    return world.apply(EXAMPLE.replace("    emails:", f"    emails:{emails}").rstrip() + connections)


@pytest.fixture
def worker(company: World) -> Iterator[Callable[[], Worker]]:
    """Starts a worker; what the last one left is there for the next."""
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker(company))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()


def until(is_so: Callable[[], Any], postfix: Postfix) -> Any:
    """Returns what is so as soon as it is; looks every few milliseconds, for others do it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        db.session.remove()
        if found := is_so():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not happen\n{postfix.log()[-3000:]}")


def taken() -> list[str]:
    """The letters that became inquiries, by subject: `smtp 1`; a letter taken twice stands there twice."""
    return sorted(one.text for one in db.session.scalars(select(Inquiry)))


def post(postfix: Postfix, tag: str, *numbers: int) -> list[str]:
    """Sends letters on every route; returns what must be taken."""
    texts = []
    for domain in DOMAINS:
        name = domain.partition(".")[0]
        named = {f"{name} {number}": f"<{name}-{number}@mail.example>" for number in numbers}
        letters = [letter_text(f"sales@{domain}", text=text, message_id=id_) for text, id_ in named.items()]
        postfix.send(f"sales+{tag}@{domain}", *letters)
        texts += named
    return texts


def test_letters_arrive_once_on_every_route_also_those_sent_while_we_were_down(
    company: World, worker: Callable[[], Worker], postfix: Postfix
) -> None:
    tag = company.browser().open()["tag"]
    first = worker()
    sent = post(postfix, tag, 1, 2)
    until(lambda: taken() == sorted(sent), postfix)

    first.stop()
    sent += post(postfix, tag, 3, 4)
    until(lambda: postfix.log().count("status=deferred") >= 4, postfix)
    assert len(taken()) == 6
    worker()
    postfix.flush()
    until(lambda: len(taken()) >= len(sent) and postfix.queue() == 0, postfix)

    assert taken() == sorted(sent)
    attributions = {one["attribution"]["status"] for one in company.inquiries()}
    assert attributions == {"certain"}


def test_letter_stored_by_a_worker_that_died_before_its_answer_is_taken_once(
    company: World, worker: Callable[[], Worker], postfix: Postfix, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[str] = []
    receive = listeners._receive

    def dies_after_storing(*arguments: Any) -> None:
        receive(*arguments)
        stored.append(arguments[0])
        if len(stored) <= 2:
            raise OSError("killed")

    monkeypatch.setattr(listeners, "_receive", dies_after_storing)
    worker()
    sent = post(postfix, company.browser().open()["tag"], 5)

    until(lambda: len(stored) == 4 and postfix.queue() == 0, postfix)
    until(lambda: len(taken()) >= 3, postfix)
    assert taken() == sorted(sent)


def test_letter_to_two_visitors_is_two_inquiries(
    company: World, worker: Callable[[], Worker], postfix: Postfix
) -> None:
    worker()
    tags = [company.browser().open()["tag"] for _ in range(2)]
    letter = letter_text("undisclosed-recipients:;")
    for tag in tags:
        postfix.send(f"sales+{tag}@lmtp.example.com", letter)

    until(lambda: len(taken()) == 2, postfix)
    assert len({one["attribution"]["visitor"] for one in company.inquiries()}) == 2
