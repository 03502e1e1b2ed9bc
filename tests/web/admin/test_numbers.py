"""Numbers from files, their quarantine and history; how large a pool should be; who would get it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import xlsxwriter
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.commands.end_quarantines import end_quarantines
from tracker.database import writing
from tracker.extensions import db
from tracker.pools.models import Number, Pool, PoolHour
from tracker.reports import occupancy, pool_health
from tracker.web.admin import numbers_form
from tracker.web.admin.numbers_form import read_file

NUMBER = "/admin/pools/example/ads/numbers/+74957770001"
POOL = {"kind": "dynamic", "swap": "8 495 111-22-33", "priority": "0", "hold": "15", "max_age": "24", "sticky": "30"}
POOL |= {"lease_on": "arrival", "overflow": "original", "paid_reserve": "0", "network_limit": "0", "enabled": "y"}
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def number() -> Number:
    db.session.rollback()
    return db.session.scalars(select(Number).where(Number.e164 == "+74957770001")).one()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_file_of_a_spreadsheet_is_read_in_its_encoding(encoding: str) -> None:
    assert read_file("номер;имя\r\n84957770003;Щит".encode(encoding)) == "номер;имя\r\n84957770003;Щит"


@ON_SQLITE
def test_uploaded_file_is_reported_on_line_by_line(world: World, owner: Person) -> None:
    file = (io.BytesIO("номер;название\n8 495 777-00-03;Щит\n84957770001;Дубль\nпусто;\n".encode("cp1251")), "n.csv")

    page = owner.post("/admin/pools/example/ads/numbers", numbers="", file=file).text

    assert db.session.scalars(select(Number.label).where(Number.e164 == "+74957770003")).one() == "Щит"
    assert re.findall(r'<td class="number">(\d)</td>', page) == ["3", "4"]


def workbook(rows: list[list[object]], **options: object) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Numbers")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.add_worksheet("Another").write(0, 0, "84957770009")
    book.close()
    return file.getvalue()


@ON_SQLITE
def test_workbook_is_reported_on_row_by_row(world: World, owner: Person) -> None:
    rows = [["Номер", "", "Название"], [84957770003, "", "Щит"], [], ["8 495 777-00-01", "", "Дубль"], ["пусто"]]
    file = (io.BytesIO(workbook(rows)), "numbers.xlsx")

    page = owner.post("/admin/pools/example/ads/numbers", numbers="", file=file).text

    labels = select(Number.e164, Number.label).where(Number.e164.in_(["+74957770003", "+74957770009"]))
    assert [tuple(row) for row in db.session.execute(labels)] == [("+74957770003", "Щит")]
    assert re.findall(r'<td class="number">(\d)</td>', page) == ["4", "5"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (workbook([[84957770003]])[:-40], "This workbook cannot be read"),
        (b"PK\x03\x04 nothing of the kind", "This workbook cannot be read"),
        (b"\xd0\xcf\x11\xe0 old", "a workbook of the old kind"),
        (b"84957770003\n" * 1000, "larger than 1 MB"),
    ],
    ids=["cut off", "not a workbook", "old", "too large"],
)
def test_file_that_cannot_be_read_says_what_to_do(
    world: World, owner: Person, content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbers_form, "LARGEST_FILE", 10_000)
    answer = owner.post("/admin/pools/example/ads/numbers", numbers="", file=(io.BytesIO(content), "n.xlsx"))

    assert answer.status_code == 422
    assert said in answer.text


@ON_SQLITE
def test_neither_text_nor_file_is_refused(world: World, owner: Person) -> None:
    assert owner.post("/admin/pools/example/ads/numbers", numbers=" ").status_code == 422


@ON_SQLITE
def test_number_rests_for_some_days_and_comes_back_by_itself(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.post(NUMBER + "/quarantine", days="14")
    until = number().quarantined_until
    end_quarantines(world.services)
    rested = number().quarantined
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(days=14, minutes=1))
    end_quarantines(world.services)

    assert until is not None and timedelta(days=13) < until - datetime.now(UTC) <= timedelta(days=14)
    assert rested
    assert (number().quarantined, number().quarantined_until) == (False, None)


@ON_SQLITE
def test_number_rests_until_somebody_takes_it_back(world: World, owner: Person) -> None:
    owner.post(NUMBER + "/quarantine", days="")
    rested, until = number().quarantined, number().quarantined_until
    owner.post(NUMBER + "/back")

    assert (rested, until) == (True, None)
    assert not number().quarantined


@ON_SQLITE
def test_number_in_quarantine_is_neither_there_nor_taken(world: World) -> None:
    shown = world.browser().open()["numbers"][0]["number"]
    world.store_visits()
    [pool] = [one for one in occupancy.pools(db.session(), clock.now()) if one.key == "ads"]

    with writing(db.session()) as session:
        session.scalars(select(Number).where(Number.e164 == shown)).one().quarantined = True

    [later] = [one for one in occupancy.pools(db.session(), clock.now()) if one.key == "ads"]
    assert (pool.leased - later.leased, pool.size - later.size) == (1, 1)


@ON_SQLITE
def test_history_names_holders_and_calls(world: World, owner: Person) -> None:
    browser = world.browser()
    shown = browser.open()["numbers"][0]["number"]
    world.call("c1", "ringing", **{"from": "+79161234567", "to": shown, "at": clock.to_iso(clock.now())})

    page = owner.get(f"/admin/pools/example/ads/numbers/{shown}").text

    assert browser.visitor is not None
    calls, holders = page.split("Who held it", 1)
    assert "+7 916 123-45-67" in calls
    assert browser.visitor[:8] in calls and browser.visitor[:8] in holders
    assert "unverified" not in page


@ON_SQLITE
def test_preview_tells_who_would_get_the_pool_and_saves_nothing(world: World, owner: Person) -> None:
    world.browser().open()
    world.browser().open("https://example.com/", referrer="https://www.google.com/")
    world.store_visits()

    answer = owner.post("/admin/pools/example/new", **POOL, key="new", channel="paid-search", preview="1")

    assert answer.status_code == 200
    assert re.search(r"<b>50%</b> of the last 2 visits fit", answer.text)
    assert db.session.scalar(select(Pool.id).where(Pool.key == "new")) is None


@ON_SQLITE
def test_preview_says_what_goes_to_a_pool_of_higher_priority(world: World, owner: Person) -> None:
    owner.post("/admin/pools/example/new", **{**POOL, "priority": "9"}, key="first", channel="paid-search")
    world.browser().open()
    world.store_visits()

    page = owner.post("/admin/pools/example/new", **POOL, key="second", preview="1").text

    assert "<b>100%</b>" in page
    assert "1 of them goes to a pool of higher priority first" in page


def test_health_counts_taken_numbers_and_visitors_who_got_none(world: World, owner: Person) -> None:
    for _ in range(2):
        world.browser().open()
    world.store_visits()
    now = clock.now()
    with writing(db.session()) as session:
        pool = session.scalars(select(Pool).where(Pool.key == "ads")).one()
        hour = session.scalars(select(PoolHour).where(PoolHour.pool_id == pool.id)).one()
        hour.wanted += 2

    db.session.rollback()
    pool = db.session.scalars(select(Pool).where(Pool.key == "ads")).one()
    seen = pool_health.health(db.session(), pool, "UTC", now + timedelta(seconds=1))

    busy = seen.hours[now.hour]
    assert (busy.most, busy.wanted, busy.granted, busy.coverage) == (2, 4, 2, 0.5)
    assert (seen.wanted, seen.granted) == (4, 2)
    assert sum(hour.wanted for hour in seen.hours) == 4
    assert seen.sizes[-1].replayed == 1.0
    assert owner.get("/admin/pools/example/ads/health").status_code == 200
