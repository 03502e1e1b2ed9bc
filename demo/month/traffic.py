"""Visits with their page views and deeds, and the numbers they held, as the worker would have stored them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from demo.month.sources import Company, Way
from tracker import clock
from tracker.database import Base
from tracker.leases.models import EmailTag, Lease
from tracker.leases.tags import make_tags
from tracker.pools.models import Pool, PoolHour, PoolKind
from tracker.sites.models import Site
from tracker.values import landing_url
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor, VisitorTrait
from tracker.visits.source import Source, classify

HOURS = (0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 11, 11, 9, 10, 10, 9, 8, 7, 7, 6, 5, 4, 2, 1)  # weights of the day's hours
DEVICES = (("mobile", "Android", "Chrome"), ("mobile", "iOS", "Safari"), ("desktop", "Windows", "Chrome"))
RETURNS = 0.2  # share of visits by somebody who has been there before
HOLD = timedelta(minutes=15)
NAMED = (
    "source", "medium", "channel", "named_by", "is_paid", "landing_page", "referrer",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
)  # fmt: skip
Page = tuple[str, str]  # path and title
TAGS = 10_000  # set aside for the visitors of a site


@dataclass
class Stay:
    """A visit as far as an inquiry of it needs: who, until when, which number he saw, his tag."""

    company: Company
    way: Way
    visit: Visit
    ends_at: datetime
    number: str | None
    tag: str | None


class Month:
    """The traffic of one company; the same for the same seed and moment."""

    def __init__(self, session: Session, company: Company, now: datetime, days: int, seed: int) -> None:
        self.session, self.company, self.now, self.days = session, company, now, days
        self.choose = random.Random(seed)
        self.site = session.scalars(select(Site).where(Site.key == company.key)).one()
        pools = select(Pool).where(Pool.site_id == self.site.id).order_by(Pool.priority.desc())
        self.pools = list(session.scalars(pools))
        self.free_at: dict[str, datetime] = {}
        self.hours: dict[tuple[int, datetime], list[int]] = defaultdict(lambda: [0, 0])
        self.known: list[Visitor] = []
        self.tags: dict[str, str] = {}
        self.later: list[tuple[type[Base], Visitor | None, Visit | None, dict[str, Any]]] = []
        self._made = iter(make_tags(0, TAGS, self.site.tag_key.encode()))

    def live(self) -> list[Stay]:
        """Stores everything and returns the stays, oldest first."""
        with self.session.no_autoflush:
            stays = [self._stay(at) for at in sorted(self._moments())]
        self.session.add_all(stay.visit for stay in stays)
        self.site.next_tag = TAGS
        self.session.flush()
        self._store_later()
        return stays

    def _store_later(self) -> None:
        """What refers to visitors and visits, table by table, now that they have their ids."""
        rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        for model, visitor, visit, row in self.later:
            ids = ({"visitor_id": visitor.id} if visitor else {}) | ({"visit_id": visit.id} if visit else {})
            rows[model].append(row | ids)
        for (pool, hour), (wanted, granted) in self.hours.items():
            rows[PoolHour].append({"pool_id": pool, "hour": hour, "wanted": wanted, "granted": granted, "shared": 0})
        for model, some in rows.items():
            self.session.execute(insert(model), some)

    def _moments(self) -> Iterator[datetime]:
        midnight = self.now.astimezone(ZoneInfo(self.site.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        for back in range(self.days, -1, -1):
            day = midnight - timedelta(days=back)
            for hour in self._hours(day, back):
                at = day + timedelta(hours=hour, seconds=self.choose.randrange(3600))
                if at < self.now - timedelta(minutes=1):
                    yield at.astimezone(clock.now().tzinfo)
        for minutes in (1, 2, 4, 6, 9, 13):  # somebody is there now, whatever the hour
            yield self.now - timedelta(minutes=minutes, seconds=self.choose.randrange(50))

    def _hours(self, day: datetime, back: int) -> list[int]:
        """The hour of each visit of a day; today is a full day already, so its hours are those that have begun."""
        quiet = 0.7 if day.weekday() > 4 and back else 1
        growth = 1 - 0.3 * back / self.days
        weights = HOURS if back else HOURS[: self.now.astimezone(day.tzinfo).hour + 1]
        visits = int(self.company.visits_a_day * quiet * growth * self.choose.uniform(0.85, 1.15))
        return self.choose.choices(range(len(weights)), [weight + 1 - bool(back) for weight in weights], k=visits)

    def _stay(self, at: datetime) -> Stay:
        way = self.choose.choices(self.company.ways, [way.weight for way in self.company.ways])[0]
        visitor = self._visitor(at)
        visit, ends_at = self._visit(way, visitor, at)
        number = self._lease(visit, ends_at)
        if number and self.choose.random() < 0.09:
            self._deed(visit, ends_at - timedelta(seconds=20), "tel_click", {"number": number})
        return Stay(self.company, way, visit, ends_at, number, self.tags.get(visitor.key))

    def _visitor(self, at: datetime) -> Visitor:
        if not self.known or self.choose.random() >= RETURNS:
            return self._newcomer(at)
        visitor = self.choose.choice(self.known[-400:])
        visitor.last_at = at
        return visitor

    def _newcomer(self, at: datetime) -> Visitor:
        ip = f"203.0.113.{self.choose.randrange(1, 255)}"
        ga = f"{self.choose.randrange(10**8, 10**9)}.{int(at.timestamp())}"
        key = f"{self.choose.getrandbits(128):032x}"
        visitor = Visitor(site_id=self.site.id, key=key, first_at=at, last_at=at, ip=ip, ga_client_id=ga)
        for kind, value in (("ip", ip), ("ga", ga)):
            self._add(VisitorTrait, visitor, None, kind=kind, value=value, first_at=at, last_at=at)
        self.tags[key] = next(self._made)
        self._add(EmailTag, visitor, None, site_id=self.site.id, tag=self.tags[key], issued_at=at)
        self.known.append(visitor)
        return visitor

    def _add(self, model: type[Base], visitor: Visitor | None, visit: Visit | None, **row: Any) -> None:
        self.later.append((model, visitor, visit, row))

    def _visit(self, way: Way, visitor: Visitor, at: datetime) -> tuple[Visit, datetime]:
        host = self.site.domains[0].host
        first = self.choose.choices(self.company.pages, range(len(self.company.pages) * 2, 0, -2))[0]
        url = landing_url.parse(f"https://{host}{first[0]}{way.query}")
        views, left_at = self._views(at, first)
        ends_at = min(left_at, self.now)
        visit = Visit(
            site_id=self.site.id, visitor=visitor, key=f"{self.choose.getrandbits(96):024x}", started_at=at,
            last_at=ends_at, landing_path=f"{host}{first[0]}", ip=visitor.ip, ga_client_id=visitor.ga_client_id,
            ga_sessions={}, is_test=False, bot_reason="crawler" if self.choose.random() < 0.02 else None,
            **self._place(), **_named(classify(url, way.referrer, [host])),
        )  # fmt: skip
        for when, (path, title) in views:
            page = url.text if when == at else f"https://{host}{path}"
            key = f"{self.choose.getrandbits(64):016x}"
            self._add(PageView, None, visit, key=key, month=clock.month_of(at), at=when, url=page, title=title)
        return visit, ends_at

    def _views(self, at: datetime, first: Page) -> tuple[list[tuple[datetime, Page]], datetime]:
        """What was opened when, as far as that has happened yet, and when the visitor left or will leave."""
        views, ends_at = [(at, first)], at
        for _ in range(self.choose.choice((0, 0, 1, 1, 2, 3, 5))):
            ends_at += timedelta(seconds=self.choose.randrange(15, 150))
            views.append((ends_at, self.choose.choice(self.company.pages)))
        seen = [(when, page) for when, page in views if when <= self.now]
        return seen, ends_at + timedelta(seconds=self.choose.randrange(10, 90))

    def _place(self) -> dict[str, str]:
        """Where somebody is and what he holds in his hands."""
        device, os, browser = self.choose.choice(DEVICES)
        region, city = self.choose.choice(self.company.cities)
        return {
            "device": device, "browser": browser, "os": os, "language": self.company.language,
            "country": self.company.country, "region": region, "city": city,
        }  # fmt: skip

    def _deed(self, visit: Visit, at: datetime, name: str, data: dict[str, str]) -> None:
        entry = f"{clock.to_millis(at)}-{self.choose.randrange(99)}"
        month = clock.month_of(visit.started_at)
        at = max(at, visit.started_at)
        self._add(VisitEvent, None, visit, entry_id=entry, month=month, at=at, name=name, data=data)

    def _lease(self, visit: Visit, ends_at: datetime) -> str | None:
        """A free number of the first pool that wants the visit, the one that rested longest; None: none was free."""
        pool = next((pool for pool in self.pools if self._suits(pool, visit)), None)
        if pool is None or visit.bot_reason:
            return None
        at = visit.started_at
        tally = self.hours[pool.id, at.replace(minute=0, second=0, microsecond=0)]
        tally[0] += 1
        number = min(pool.numbers, key=lambda one: self.free_at.get(one.e164, self.now - timedelta(days=999))).e164
        if pool.kind is PoolKind.DYNAMIC:
            if self.free_at.get(number, at) > at:
                return None
            self._hold(number, pool, visit, ends_at)
        tally[1] += 1
        return number

    def _hold(self, number: str, pool: Pool, visit: Visit, ends_at: datetime) -> None:
        self.free_at[number] = ends_at + HOLD
        self._add(
            Lease, visit.visitor, visit, site_id=self.site.id, pool_id=pool.id, number=number,
            started_at=visit.started_at, last_beat_at=ends_at, until=self.free_at[number], is_shared=False,
        )  # fmt: skip

    def _suits(self, pool: Pool, visit: Visit) -> bool:
        wanted = {"channel": visit.channel, "utm_source": visit.utm_source}
        asked = pool.conditions.items()
        return all(wanted[name] in ([said] if isinstance(said, str) else said) for name, said in asked)


def _named(source: Source) -> dict[str, Any]:
    return {name: getattr(source, name) for name in NAMED} | {"click_ids": dict(source.click_ids)}
