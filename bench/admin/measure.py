"""Server time and number of queries of every admin page, over a database that `bench.admin.fill` has filled.

`python -m bench.admin.measure` prints a table: median of three requests after one that warms up, through the test
client, so neither gunicorn nor the network counts. Right before each request every visit is read once, in one plain
statement: the last column says how many times as long the page took, median as well, which load changes less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from bench.admin.fill import EMAIL, PASSWORD
from tracker import create_app
from tracker.config import load
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.people.models import Person
from tracker.visits.models import Visit, Visitor

YEAR = "since=2000-01-01"
PAGES = [
    "", "inquiries/", "inquiries/?search=nothing+like+this", "inquiries/?search=916000123", "inquiries/?mark=stale",
    "inquiries/?channel=email&counted=yes&tests=no", "inquiries/?source=google&medium=cpc&model=first",
    "inquiries/?unique=no", "inquiries/?target=yes",
    f"inquiries/?source=nobody&{YEAR}", f"inquiries/?source=nobody&model=first&{YEAR}",
    "inquiries/?label=vip", "inquiries/?delivery=dead", "inquiries/{inquiry}",
    "visitors/", "visitors/?search={visitor}", "visitors/?search=%2B74957770001",
    "visitors/?site=example&search=198.51.3.7", "visitors/example/{visitor}",
    "reports/", "reports/?model=first", "reports/?model=last", f"reports/?model=linear&{YEAR}",
    "reports/channels", f"reports/channels?{YEAR}", "reports/campaigns", "reports/contents", "reports/cities",
    "reports/landing-pages", f"reports/landing-pages?model=last&{YEAR}",
    "reports/weekdays", "reports/managers", "reports/pools", f"reports/pools?{YEAR}",
    "reports/hours", f"reports/hours?{YEAR}", "reports/accuracy",
    f"reports/accuracy?{YEAR}", "pools/", "pools/example/ads", "deliveries/", "deliveries/?status=dead",
    "deliveries/?site=example", "connections/",
    "pools/example/ads/health", "people/{person}", "connections/b24", "sites/", "sites/example", "team/", "team/log",
    "alerts/",
]  # fmt: skip


class Counter:
    """How many statements the database was sent."""

    def __init__(self) -> None:
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, *_args: object) -> None:
        self.count += 1


@dataclass(frozen=True)
class Measured:
    """One page: `ratio` is its time by that of reading every visit right before it."""

    milliseconds: float
    ratio: float
    queries: int
    kilobytes: int
    status: int


def measured(client: FlaskClient, counter: Counter, path: str, times: int) -> Measured:
    """Medians of one page."""
    seconds, ratios = [], []
    for _ in range(times + 1):
        plain = read_every_visit()
        counter.count, begin = 0, time.perf_counter()
        answer = client.get(f"/admin/{path}")
        size = len(answer.get_data())
        seconds.append(time.perf_counter() - begin)
        ratios.append(seconds[-1] / plain)
    spent, ratio = statistics.median(seconds[1:]) * 1000, statistics.median(ratios[1:])
    return Measured(spent, ratio, counter.count, size // 1024, answer.status_code)


def read_every_visit() -> float:
    """Seconds for a statement that no index answers."""
    begin = time.perf_counter()
    db.session.scalar(select(func.count(Visit.ip)))
    db.session.rollback()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder))
        store.start()
        try:
            _measure(store.url, times)
        finally:
            store.stop()


def _measure(redis_url: str, times: int) -> None:
    config = load()
    app = create_app(type(config)(**{**vars(config), "redis_url": redis_url}))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/admin/login", data={"email": EMAIL, "password": PASSWORD}).status_code == 302
    with app.app_context():
        counter = Counter()
        inquiry = db.session.scalars(select(Inquiry.key).where(Inquiry.visit_id.is_not(None)).limit(1)).one()
        visitor = db.session.scalars(select(Visitor.key).order_by(Visitor.id.desc()).limit(1)).one()
        person = db.session.scalars(select(Person.key).limit(1)).one()
        print("| Page | ms | queries | KB | by a plain read |\n|---|---|---|---|---|")
        for page in PAGES:
            found = measured(client, counter, page.format(inquiry=inquiry, visitor=visitor, person=person), times)
            name = f"`/admin/{page}`{'' if found.status == 200 else f' ({found.status})'}"
            figures = f"{found.milliseconds:.0f} | {found.queries} | {found.kilobytes} | {found.ratio:.1f}"
            print(f"| {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
