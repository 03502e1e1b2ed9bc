"""Every figure and bar that counts inquiries leads to exactly these: all reports, all models, the overview."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil
from urllib.parse import parse_qs, urlsplit

import pytest
from admin_people import Person
from sqlalchemy import func, select, update
from world import World, letter_text

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, NotCounted
from tracker.reports.calls import SHOWN_EMPTY
from tracker.reports.filtering import conditions
from tracker.reports.lines import Question
from tracker.reports.periods import Period
from tracker.reports.touches import Model
from tracker.visits.models import Visit
from tracker.web.admin import report_charts
from tracker.web.admin.choosing import sites
from tracker.web.admin.narrowing import read_filters
from tracker.web.admin.reports import BY_SOURCE, REPORTS

ADS = (
    "https://example.com/one?utm_source=google&utm_medium=cpc&utm_campaign=spring&utm_content=a&utm_term=windows",
    "https://example.com/two?utm_source=vk&utm_medium=cpc&utm_campaign=winter%20sale%20&utm_term=doors",
    "https://example.com/three?utm_source=mail&utm_medium=email",
)
SHARED = (Model.LINEAR, Model.POSITION)
LINK = re.compile(r'href="(/admin/inquiries/\?[^"]*)"(?: aria-label="[^"]*")?>([\d.,]+)( unique| target)?</a>')
BAR = re.compile(r'<a href="(/admin/inquiries/\?[^"]*)"><title>[^<]*: ([\d.,]+) \(')
VISITS = re.compile(r'<a href="(/admin/visitors/\?[^"]*)"><title>\d\d:00: (\d+) visits?</title>')
WEEK = timedelta(days=7)


@pytest.fixture
def busy(world: World) -> World:
    """Two people from all over, with inquiries of all kinds, some of the week before, some that do not count."""
    for phone in ("+79161234567", "+79160000007"):
        browser = world.browser()
        for address in ADS:
            browser.open(address)
        browser.fill_form({"phone": phone})
        world.letter(letter_text("sales@example.com", headers=[f"Message-ID: <{phone}@mail.example>"]))
        facts = {"from": phone, "to": "+74957770001", "talk_seconds": 50, "answered_by": "101"}
        for outcome in ("answered", "missed", "busy"):
            world.call(f"{phone}-{outcome}", "ended", **facts, status=outcome)
        world.call(f"{phone}-bound", "ended", **{"from": phone, "to": "+74957770100", "status": "answered"})
    world.store_visits()
    with writing(db.session()) as session:
        found = session.scalars(select(Inquiry).order_by(Inquiry.id)).all()
        found[0].is_test, found[7].not_counted = True, NotCounted.STAFF
        for inquiry in found[1:5]:
            inquiry.at -= WEEK
    return world


def figures(page: str) -> Iterator[tuple[str, float]]:
    """The addresses behind the figures of a page, with the figures."""
    for address, figure, *_word in LINK.findall(page) + BAR.findall(page):
        yield html.unescape(address), float(figure.replace(",", ""))


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def count(address: str) -> int:
    """How many inquiries the journal has there."""
    session = db.session()
    found = select(func.count(Inquiry.id)).join(Inquiry.site).outerjoin(Inquiry.visit)
    return session.scalar(found.where(*conditions(session, read_filters(query_of(address), sites(session))))) or 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("model", Model)
def test_figure_is_the_number_of_inquiries_behind_it(busy: World, owner: Person, model: Model) -> None:
    days = {"since": str((clock.now() - WEEK).date() + timedelta(days=1)), "until": str(clock.now().date())}

    for name in sorted(BY_SOURCE if model != Model.LAST else REPORTS):
        path = "" if name == "sources" else name
        page = owner.get(f"/admin/reports/{path}", model=model, **days).text
        found = dict(figures(page))

        assert len(found) > 3, name
        assert BAR.findall(page) or name not in {*BY_SOURCE, *SHOWN_EMPTY}, name
        for address, figure in found.items():
            behind = count(address)
            assert behind >= ceil(figure) if model in SHARED else behind == figure, address


def test_figure_of_the_overview_is_the_number_of_inquiries_behind_it(busy: World, owner: Person) -> None:
    found = dict(figures(owner.get("/admin/").text))

    assert len(found) >= 4
    assert any("hour=" in address for address in found)
    assert {address: count(address) for address in found} == found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bar_of_visits_is_the_number_of_visits_behind_it(busy: World, owner: Person) -> None:
    robot = busy.browser()
    robot.open(ADS[0])
    busy.store_visits()
    with writing(db.session()) as session:
        session.execute(update(Visit).where(Visit.key == robot.visit).values(bot_reason="crawler"))

    found = [(html.unescape(address), int(visits)) for address, visits in VISITS.findall(owner.get("/admin/").text)]

    assert sum(visits for _, visits in found) == 6
    for address, visits in found:
        assert owner.get("/admin/visitors/", **query_of(address)).text.count('href="/admin/visitors/example/') == visits


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("days", "bars", "first", "last"),
    [
        (7, 7, ("2026-03-01", "2026-03-01"), ("2026-03-07", "2026-03-07")),
        (65, 10, ("2026-03-01", "2026-03-07"), ("2026-05-03", "2026-05-04")),
    ],
)
def test_bar_leads_to_its_own_days(
    world: World, days: int, bars: int, first: tuple[str, str], last: tuple[str, str]
) -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 1) + timedelta(days=days - 1), "Europe/Moscow")

    with world.app.test_request_context():
        chart = report_charts.over_time(db.session(), Question(("source",), period))

    ways = [(str(bar.behind["since"]), str(bar.behind["until"])) for bar in chart.bars]
    assert (len(ways), ways[0], ways[-1]) == (bars, first, last)
    assert all(bar.behind_before["until"] < period.first for bar in chart.bars)
