"""Server time and number of queries of every admin page, over a database that `bench.admin.fill` has filled.

`python -m bench.admin.measure` prints a table: median of three requests after one that warms up, through the test
client, so neither gunicorn nor the network counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import event, select

from bench.admin.fill import EMAIL, PASSWORD
from tracker import create_app
from tracker.config import load
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.visits.models import Visitor

YEAR = "since=2000-01-01"
PAGES = [
    "", "inquiries/", "inquiries/?search=nothing+like+this", "inquiries/?search=916000123", "inquiries/?mark=stale",
    "inquiries/?channel=email&counted=yes&tests=no", "inquiries/?source=google&medium=cpc&model=first",
    "inquiries/?unique=no", "inquiries/?target=yes",
    "inquiries/?label=vip", "inquiries/?delivery=dead", "inquiries/{inquiry}",
    "visitors/", "visitors/example/{visitor}",
    "reports/", "reports/?model=first", "reports/?model=last", f"reports/?model=linear&{YEAR}",
    "reports/channels", f"reports/channels?{YEAR}", "reports/campaigns", "reports/contents", "reports/cities",
    "reports/landing-pages", f"reports/landing-pages?model=last&{YEAR}",
    "reports/weekdays", "reports/managers", "reports/pools", f"reports/pools?{YEAR}",
    "reports/hours", f"reports/hours?{YEAR}", "reports/accuracy",
    f"reports/accuracy?{YEAR}", "pools/", "pools/example/ads", "deliveries/", "deliveries/?status=dead", "connections/",
    "sites/", "team/",
]  # fmt: skip


class Counter:
    """How many statements the database was sent."""

    def __init__(self) -> None:
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, *_args: object) -> None:
        self.count += 1


def measured(client: FlaskClient, counter: Counter, path: str, times: int) -> tuple[float, int, int, int]:
    """Median milliseconds, queries, kilobytes and status of one page."""
    seconds = []
    for _ in range(times + 1):
        counter.count, begin = 0, time.perf_counter()
        answer = client.get(f"/admin/{path}")
        size = len(answer.get_data())
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[1:]) * 1000, counter.count, size // 1024, answer.status_code


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
    print("| Page | ms | queries | KB |\n|---|---|---|---|")
    for page in PAGES:
        path = page.format(inquiry=inquiry, visitor=visitor)
        spent, queries, size, status = measured(client, counter, path, times)
        print(
            f"| `/admin/{page}`{'' if status == 200 else f' ({status})'} | {spent:.0f} | {queries} | {size} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
