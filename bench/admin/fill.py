"""Fills an empty database with a year of a busy company: `python -m bench.admin.fill` (SKVOZ_INSTANCE, DATABASE_URL).

One visit has three page views on average; every tenth of a thousand visits brings an inquiry, half of them calls. Rows
go straight into the tables: what is measured afterwards is reading.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select, text

from tracker import clock, create_app, upkeep
from tracker.access import users
from tracker.access.models import Role
from tracker.commands.providers import PROVIDER_RULES
from tracker.config import Config, load
from tracker.configuration.apply import apply
from tracker.configuration.reading import read
from tracker.database import upgrade, writing
from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.extensions import db
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.models import AttributionStatus, Inquiry, NotCounted
from tracker.leases.models import Lease
from tracker.people.models import IdentifierKind, Person, PersonIdentifier, PersonVisitor
from tracker.pools.models import Pool, PoolHour
from tracker.sites.models import Connection, Site
from tracker.visits.models import PageView, Visit, Visitor

EMAIL, PASSWORD = "bench@example.com", "correct horse battery"
YEAR = timedelta(days=365)
BATCH = 20_000
NUMBERS = [f"+7495777{number:04}" for number in range(60)]
CONFIGURATION = f"""
sites:
  - key: example
    name: Example LLC
    domains: [example.com]
    country: RU
    timezone: Europe/Moscow
    pools:
      - {{key: ads, kind: dynamic, swap: "+74951112233", numbers: {NUMBERS[:50]}}}
      - {{key: poster, kind: static, swap: "+74951112233", source: {{utm_source: poster, utm_medium: offline}},
         numbers: {NUMBERS[50:]}}}
    connections:
      - {{key: pbx, provider: telephony/generic, settings: {{secret: bench}}}}
      - {{key: b24, provider: crm/bitrix24, settings: {{webhook_url: "https://b24.example/rest/1/secret/"}}}}
"""
# source, medium, channel, campaign, how often
SOURCES = [
    ("google", "cpc", "paid-search", "spring", 14), ("yandex", "cpc", "paid-search", "brand", 12),
    ("yandex", "cpc", "paid-search", "catalogue", 10), ("google", "organic", "organic-search", None, 18),
    ("yandex", "organic", "organic-search", None, 14), ("(direct)", "(none)", "direct", None, 20),
    ("vk.com", "cpc", "paid-social", "retargeting", 6), ("vk.com", "social", "organic-social", None, 3),
    ("newsletter", "email", "email", "autumn", 2), ("partner.example", "referral", "referral", None, 1),
]  # fmt: skip
PAGES = ["/", "/catalogue", "/catalogue/windows", "/catalogue/doors", "/delivery", "/contacts", "/prices", "/about"]


class Year:
    """A year of traffic, the same for the same seed."""

    def __init__(self, views: int, inquiries: int) -> None:
        self.choose = random.Random(7)
        self.visits, self.inquiries, self.views = views // 3, inquiries, views
        self.visitors = self.visits * 3 // 4
        self.now = clock.now()
        self.start = self.now - YEAR
        self.came = sorted(self._moment() for _ in range(self.visits))

    def _moment(self) -> datetime:
        day = int(self.choose.random() ** 0.8 * 365)  # growing slowly
        return self.start + timedelta(days=day, hours=min(max(self.choose.gauss(11, 4), 0), 23.9))

    def visitor_of(self, visit: int) -> int:
        return visit % self.visitors + 1

    def visitor_rows(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.visitors + 1):
            at = self.came[number - 1]
            yield {"id": number, "site_id": 1, "key": f"{number:032x}", "first_at": at, "last_at": at, "is_test": False,
                   "ip": f"198.51.{number >> 8 & 255}.{number & 255}", "ga_client_id": f"{number}.17"}  # fmt: skip

    def visit_rows(self) -> Iterator[dict[str, Any]]:
        weights = [weight for *_, weight in SOURCES]
        for number, at in enumerate(self.came, start=1):
            source, medium, channel, campaign, _ = self.choose.choices(SOURCES, weights)[0]
            path = self.choose.choice(PAGES)
            yield {
                "id": number, "site_id": 1, "visitor_id": self.visitor_of(number - 1), "key": f"{number:024x}",
                "started_at": at, "last_at": at + timedelta(minutes=4), "source": source, "medium": medium,
                "utm_source": source if campaign else None, "utm_medium": medium if campaign else None,
                "utm_campaign": campaign, "channel": channel, "named_by": "utm" if campaign else "referrer",
                "is_paid": medium == "cpc", "click_ids": {}, "landing_page": f"https://example.com{path}?x={number}",
                "landing_path": f"example.com{path}", "ga_sessions": {}, "is_test": False,
                "device": self.choose.choice(["mobile", "mobile", "desktop"]), "browser": "Chrome", "os": "Android",
                "city": self.choose.choice(["Moscow", "Tver", "Kazan", None]),
                "bot_reason": "crawler" if number % 25 == 0 else None,
            }  # fmt: skip

    def view_rows(self) -> Iterator[dict[str, Any]]:
        for number in range(self.views):
            visit = number % self.visits
            month = self.came[visit].replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            yield {"visit_id": visit + 1, "key": f"{number:016x}", "title": "Windows and doors", "month": month,
                   "at": self.came[visit] + timedelta(seconds=number // self.visits * 40),
                   "url": f"https://example.com{PAGES[number % len(PAGES)]}"}  # fmt: skip

    def lease_rows(self, pool: int) -> Iterator[dict[str, Any]]:
        for visit in range(0, self.visits, 2):
            at = self.came[visit]
            yield {"site_id": 1, "pool_id": pool, "number": NUMBERS[visit // 2 % 50], "visit_id": visit + 1,
                   "visitor_id": self.visitor_of(visit), "started_at": at, "last_beat_at": at + timedelta(minutes=4),
                   "until": at + timedelta(minutes=19), "is_shared": False}  # fmt: skip

    def hour_rows(self, pool: int) -> Iterator[dict[str, Any]]:
        begin = self.start.replace(minute=0, second=0, microsecond=0)
        for hour in range(365 * 24):
            wanted = self.choose.randrange(40)
            yield {"pool_id": pool, "hour": begin + timedelta(hours=hour), "wanted": wanted,
                   "granted": wanted - (wanted > 36), "shared": 0}  # fmt: skip

    def person_rows(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.inquiries // 2 + 1):
            yield {"id": number, "key": f"{number:032x}", "site_id": 1, "name": f"Customer {number}",
                   "created_at": self.start}  # fmt: skip

    def identifier_rows(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.inquiries // 2 + 1):
            yield {"site_id": 1, "person_id": number, "kind": IdentifierKind.PHONE, "value": self.phone_of(number)}

    def joined_rows(self) -> Iterator[dict[str, Any]]:
        step = max(self.visitors // (self.inquiries // 2), 1)
        for number in range(1, self.inquiries // 2 + 1):
            if number * step <= self.visitors:
                yield {"visitor_id": number * step, "person_id": number, "joined_at": self.start}

    def phone_of(self, person: int) -> str:
        return f"+7916{person:07}"

    def inquiry_rows(self) -> Iterator[dict[str, Any]]:
        step = self.visits / self.inquiries
        for number in range(1, self.inquiries + 1):
            visit = int((number - 1) * step)
            yield self._inquiry(number, visit, self.came[visit] + timedelta(minutes=3))

    def _inquiry(self, number: int, visit: int, at: datetime) -> dict[str, Any]:
        kind = self.choose.choices([InquiryKind.CALL, InquiryKind.EMAIL, InquiryKind.FORM], [5, 2, 3])[0]
        is_call, is_known, person = kind == InquiryKind.CALL, number % 10 != 0, number % (self.inquiries // 2) + 1
        caller = self.phone_of(person) if kind != InquiryKind.EMAIL else f"customer{person}@mail.example"
        status = self.choose.choices([CallStatus.ANSWERED, CallStatus.MISSED], [8, 2])[0] if is_call else None
        visitor, words = self.visitor_of(visit), f"order {number} windows {self.choose.randrange(1000)}"
        match = AttributionStatus.PROBABLE if is_call else AttributionStatus.CERTAIN
        return {
            "id": number, "key": f"{number:032x}", "site_id": 1, "connection_id": 1, "scope": "pbx", "at": at,
            "external_id": str(number), "kind": kind, "caller": caller, "called": NUMBERS[visit // 2 % 50],
            "status": status, "talk_seconds": 90 if status == CallStatus.ANSWERED else None, "revision": 2,
            "letter_class": LetterClass.HUMAN if kind == InquiryKind.EMAIL else None, "name": f"Customer {person}",
            "phones": [caller] if kind != InquiryKind.EMAIL else [], "emails": [], "text": words, "fields": {},
            "haystack": f"customer {person}\n{caller}\n{words}", "subject": "" if is_call else "Windows",
            "is_test": False, "person_id": person, "created_at": at,
            "attribution_status": match if is_known else AttributionStatus.UNKNOWN,
            "visitor_id": visitor if is_known else None, "visit_id": visit + 1 if is_known else None,
            "probability": round(self.choose.uniform(0.6, 1), 3), "explanation": "He saw this number.",
            "candidates": [{"visitor": f"{visitor:032x}", "visit": f"{visit + 1:024x}", "probability": 0.9}],
            "evidence": {"marks": ["stale"] if number % 50 == 0 else [],
                         "factors": {f"{visitor:032x}": {"time": 0.8, **({"tap": 60.0} if number % 40 == 0 else {})}}},
            "not_counted": NotCounted.SHORT if number % 30 == 0 else None,
        }  # fmt: skip

    def delivery_rows(self, connection: int) -> Iterator[dict[str, Any]]:
        for number in range(1, self.inquiries + 1):
            yield {"subject_type": SubjectType.INQUIRY, "subject_id": number, "connection_id": connection,
                   "wanted_revision": 2, "done_revision": 2, "attempts": 1, "entities": {"contact": number},
                   "status": DeliveryStatus.DEAD if number % 5000 == 0 else DeliveryStatus.SENT,
                   "next_at": self.start, "created_at": self.start, "sent_at": self.start}  # fmt: skip


def fill(config: Config, views: int, inquiries: int) -> None:
    """Makes the schema, the site, a user and the year."""
    upgrade(config)
    with create_app(config).app_context(), writing(db.session()) as session:
        apply(session, read(CONFIGURATION, {}, "bench"), PROVIDER_RULES, config.secret_key)
        users.add(session, EMAIL, PASSWORD, Role.OWNER)
        pool = session.scalars(select(Pool.id).order_by(Pool.id)).first() or 0
        target = session.scalars(select(Connection.id).where(Connection.key == "b24")).one()
        assert session.scalars(select(Site.id)).all() == [1], "the database must be empty"
        year = Year(views, inquiries)
        for model, rows in (
            (Visitor, year.visitor_rows()), (Visit, year.visit_rows()), (PageView, year.view_rows()),
            (Lease, year.lease_rows(pool)), (PoolHour, year.hour_rows(pool)), (Person, year.person_rows()),
            (PersonIdentifier, year.identifier_rows()), (PersonVisitor, year.joined_rows()),
            (Inquiry, year.inquiry_rows()), (Delivery, year.delivery_rows(target)),
        ):  # fmt: skip
            while batch := list(islice(rows, BATCH)):
                session.execute(insert(model), batch)
            print(f"{model.__tablename__}: {session.scalar(select(func.count()).select_from(model)):,}", flush=True)
    with create_app(config).app_context():
        if db.engine.dialect.name == "postgresql":  # what autovacuum would do in the minutes that follow
            with db.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        upkeep.renew_statistics()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--inquiries", type=int, default=100_000)
    said = parser.parse_args()
    fill(load(), said.views, said.inquiries)


if __name__ == "__main__":
    main()
