"""The pretend month, here one day of it: enough for every page to have something to show."""

from __future__ import annotations

import pytest
from admin_people import Person
from flask import Flask
from sqlalchemy import select

from demo.month.__main__ import live
from demo.month.office import OWNER, PASSWORD
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry

PAGES = ("", "visitors/", "reports/", "pools/", "deliveries/", "team/")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_day_fills_the_pages(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with writing(db.session()) as session:
        visits, inquiries = live(session, 1, app.config["SKVOZ"].secret_key)
    object.__setattr__(app.extensions["services"].config, "letter_files", True)
    letter = db.session.scalars(select(Inquiry.key).where(Inquiry.name == "Maya Lindqvist")).one()
    owner = Person(app)
    owner.log_in(OWNER, PASSWORD)

    assert visits > inquiries > 0
    assert {page: owner.get(f"/admin/{page}").status_code for page in PAGES} == dict.fromkeys(PAGES, 200)
    assert "windows.csv" in owner.get(f"/admin/inquiries/{letter}").text
    assert owner.get(f"/admin/inquiries/{letter}/files/0").data.startswith(b"<svg")
    assert "London" in owner.get("/admin/inquiries/").text  # the companies live in two zones
