"""The pretend month, here one day of it: enough for every page to have something to show."""

from __future__ import annotations

import pytest
from admin_people import Person
from flask import Flask

from demo.month.__main__ import live
from demo.month.office import OWNER, PASSWORD
from tracker.database import writing
from tracker.extensions import db

PAGES = ("", "visitors/", "reports/", "pools/", "deliveries/", "team/")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_day_fills_the_pages(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    with writing(db.session()) as session:
        visits, inquiries = live(session, 1, app.config["SKVOZ"].secret_key)
    owner = Person(app)
    owner.log_in(OWNER, PASSWORD)

    assert visits > inquiries > 0
    assert {page: owner.get(f"/admin/{page}").status_code for page in PAGES} == dict.fromkeys(PAGES, 200)
    assert "London" in owner.get("/admin/inquiries/").text  # the companies live in two zones
