"""Whole stories: a visit, a call or a letter, and the card in the CRM, by public doors and with real sandboxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from world import EXAMPLE, World, letter_text

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.bitrix24 import Portal, create_app, demo_portal
from tracker import clock
from tracker.commands.deliver import Deliverer
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import ConnectionOwner, Delivery, DeliveryStatus
from tracker.extensions import db

CALLER, NUMBER = "+79161234567", "+74957770001"


@dataclass
class Company:
    """The site with both CRMs connected, and what people see in them."""

    world: World
    account: Account
    portal: Portal

    def work(self, *workers: Deliverer) -> None:
        """The worker delivers all that is due; several compete for it."""
        for deliverer in workers or (Deliverer(self.world.app),):
            deliverer.turn(self.world.services)
            for future in deliverer._busy.values():
                future.result(60)

    def deliveries(self) -> dict[str, Any]:
        db.session.remove()
        [inquiry] = self.world.inquiries()
        return {one["connection"]: one for one in inquiry["deliveries"]}


@pytest.fixture
def company(world: World, serve: Callable[[Any], str]) -> Company:
    account, portal = Account(sleep=lambda seconds: None), demo_portal(sleep=lambda seconds: None)
    account.limit.per_second = 0
    amo, b24 = serve(create_sandbox(account)), serve(create_app(portal))
    world.apply(
        EXAMPLE
        + f"      - {{key: amo, provider: crm/amocrm, settings: {{base_url: '{amo}', access_token: demo-token}},"
        + " policy: {first: contact+deal, repeat: event}}\n"
        + f"      - {{key: b24, provider: crm/bitrix24, settings: {{webhook_url: '{b24}/rest/1/secret/'}},"
        + " policy: {first: contact+deal, repeat: event}}\n"
    )
    return Company(world, account, portal)


def test_visit_call_card(company: Company) -> None:
    world = company.world
    browser = world.browser()
    browser.open(ga="GA1.1.123456789.1700000000", title="Catalogue")
    started = clock.now()

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": NUMBER, "at": clock.to_iso(started)})
    company.work()
    world.call("c1", "answered", answered_by="101", at=clock.to_iso(started + timedelta(seconds=8)))
    world.call("c1", "ended", status="answered", ring_seconds=8, talk_seconds=95)
    world.call("c1", "recorded", recording_url="https://pbx.example.com/1.mp3")
    company.work()

    assert answer.get_json()["attribution"]["visitor"] == browser.visitor
    sent = company.deliveries()
    assert {key: one["status"] for key, one in sent.items()} == {"amo": "sent", "b24": "sent"}
    assert set(sent["amo"]["entities"]) == set(sent["b24"]["entities"]) == {"contact", "deal"}
    account, portal = company.account, company.portal
    assert (len(account.contacts), len(account.leads)) == (1, 1)
    kinds = sorted(note.note_type for note in account.notes.values())
    assert kinds == ["call_in", "common"]
    assert (len(portal.cards["CONTACT"]), len(portal.cards["DEAL"])) == (1, 1)
    told = repr([account.contacts, account.leads, account.notes]), repr(portal.cards)
    for text in told:
        assert "123456789.1700000000" in text
        assert "spring" in text


def test_visit_letter_card(company: Company) -> None:
    world = company.world
    address = world.browser().open()["emails"][0]["address"]

    world.letter(letter_text(address, text="How much is the blue one?"))
    company.work()

    assert {one["status"] for one in company.deliveries().values()} == {"sent"}
    assert len(company.account.contacts) == len(company.portal.cards["CONTACT"]) == 1
    for told in (repr(company.account.contacts), repr(company.portal.cards["CONTACT"])):
        assert "anna@mail.example" in told
    assert "How much is the blue one?" in repr(company.account.notes)


def test_second_inquiry_of_one_person_completes_his_card(company: Company) -> None:
    world = company.world
    browser = world.browser()
    address = browser.open()["emails"][0]["address"]
    browser.fill_form({"phone": CALLER, "email": "anna@mail.example"})
    company.work()

    world.letter(letter_text(address))
    world.call("c1", "ringing", **{"from": CALLER, "to": NUMBER})
    company.work()

    assert (len(company.account.contacts), len(company.portal.cards["CONTACT"])) == (1, 1)
    assert {one["person"] for one in world.inquiries()} == {world.inquiries()[0]["person"]}


def test_workers_that_compete_double_nothing(company: Company) -> None:
    world = company.world
    world.browser().open()
    for number in range(3):
        world.call(f"c{number}", "ended", **{"from": CALLER, "to": NUMBER, "talk_seconds": 9, "status": "answered"})
    workers = [Deliverer(world.app) for _ in range(3)]
    for worker in workers:
        worker.turn(world.services)

    for worker in workers:
        for future in worker._busy.values():
            future.result(60)
    company.work()

    db.session.remove()
    assert {row.status for row in db.session.query(Delivery)} == {DeliveryStatus.SENT}
    assert len(company.account.contacts) == len(company.portal.cards["CONTACT"]) == 1
    assert sum(note.note_type == "call_in" for note in company.account.notes.values()) == 3


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["contact", "deal", "note"])
def test_worker_killed_after_a_request_and_before_its_note_of_it_doubles_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world = company.world
    world.browser().open()
    world.call("c1", "ringing", **{"from": CALLER, "to": NUMBER})
    done = DeliveryMemory.done

    def dies(self: DeliveryMemory, name: str, remote_id: str) -> None:
        if name == step:
            raise Killed
        done(self, name, remote_id)

    with monkeypatch.context() as dying:
        dying.setattr(DeliveryMemory, "done", dies)
        with pytest.raises(Killed):
            company.work()
    _let_the_terms_end()

    company.work()
    _let_the_terms_end()
    company.work()

    assert {one["status"] for one in company.deliveries().values()} == {"sent"}
    account, portal = company.account, company.portal
    assert (len(account.contacts), len(account.leads)) == (1, 1)
    assert (len(portal.cards["CONTACT"]), len(portal.cards["DEAL"])) == (1, 1)
    assert sum(note.note_type == "common" for note in account.notes.values()) == 1


def _let_the_terms_end() -> None:
    db.session.remove()
    db.session.execute(update(ConnectionOwner).values(expires_at=clock.now() - timedelta(seconds=1)))
    db.session.commit()
