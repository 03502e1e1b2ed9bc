"""The demo company on a real server: it configures itself, its telephone reaches the webhook, the chain tells of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from world import CHROME

import demo
from tracker import flow
from tracker.extensions import db
from tracker.sites.models import Site

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = ["", "site/", "site/prices", "site/rooms", "site/rooms/study", "chain", "crm/amocrm", "crm/bitrix24"]
POSTER = "+442079460120"
STEP = {"call": "0000-1111", "caller": "+447700900123", "number": POSTER}


@pytest.fixture
def company(app: Flask, serve: Callable[[Any], str]) -> str:
    """Where the demo is served, by threads as in production, because it calls itself."""
    app.config["WTF_CSRF_ENABLED"] = False
    demo.register(app)
    return serve(app) + "/demo/"


def test_every_page_stands_under_a_strict_policy(company: str) -> None:
    for page in PAGES:
        answer = requests.get(company + page, timeout=5)

        assert answer.status_code == 200, page
        assert "unsafe" not in answer.headers["Content-Security-Policy"], page
        assert "<script>" not in answer.text and "style=" not in answer.text, page


def test_first_request_configures_the_company_once(company: str) -> None:
    requests.get(company, timeout=5)
    version = db.session.scalars(select(Site.version).where(Site.key == "demo")).one()
    db.session.rollback()

    requests.get(company, timeout=5)

    assert db.session.scalars(select(Site.version).where(Site.key == "demo")).one() == version


def test_call_to_the_poster_tells_its_source_in_the_chain(company: str) -> None:
    for step, more in (("ringing", {}), ("answered", {"ring": 4}), ("ended", {"status": "answered", "talk": 7})):
        assert requests.post(company + "call", data={**STEP, "step": step, **more}, timeout=5).status_code == 202

    story = requests.get(company + "chain.json", timeout=5).json()

    assert (story["inquiry"]["from"], story["inquiry"]["status"]) == ("+447700900123", "answered")
    assert story["inquiry"]["talk_seconds"] == 7
    assert (story["match"]["status"], story["match"]["source"]) == ("static", "poster / offline · angel-station")
    assert {card["connection"] for card in story["cards"]} == {"demo-amo", "demo-b24"}


def test_visit_begins_the_chain(app: Flask, company: str) -> None:
    requests.get(company, timeout=5)
    said = {"site": "demo", "url": company + "site/?utm_source=google&utm_medium=cpc", "engaged": True}
    door = company.removesuffix("demo/") + "w/visit"
    shown = requests.post(door, json=said, headers={"User-Agent": CHROME}, timeout=5).json()["numbers"]
    site = db.session.scalars(select(Site).where(Site.key == "demo")).one()
    while flow.store_visits(app.extensions["services"], site.id, site.key):
        pass

    story = requests.get(company + "chain.json", timeout=5).json()

    assert (story["visit"]["source"], story["inquiry"]) == ("google / cpc", None)
    assert story["lease"]["number"] in [each["number"] for each in shown]


def test_letter_arrives(company: str) -> None:
    letter = {
        "to": "hello@northlight.example",
        "name": "Emma Clarke",
        "address": "emma@mail.example",
        "subject": "Windows",
        "text": "How much?",
    }

    answer = requests.post(company + "letter", data=letter, timeout=5)

    assert answer.status_code == 202
    story = requests.get(company + "chain.json", timeout=5).json()
    assert (story["inquiry"]["kind"], story["inquiry"]["subject"]) == ("email", "Windows")


WRONG = [{"caller": "anonymous"}, {"number": "999"}, {"step": "dialled"}, {"call": "x" * 90}]


@pytest.mark.parametrize("change", WRONG)
def test_wrong_call_is_refused(company: str, change: dict[str, str]) -> None:
    assert requests.post(company + "call", data={**STEP, "step": "ringing", **change}, timeout=5).status_code == 400
