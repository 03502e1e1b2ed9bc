"""A week in the life of the demo company, written straight into the database: what pages need to be looked at.

Numbers are leased as the lease script would: the longest idle first, the pool's overflow when none is free. The same
week every time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import pi, sin
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.leases.models import Lease
from tracker.pools.models import Number, Pool, PoolHour, PoolKind
from tracker.sites.models import Site
from tracker.visits.models import PageView, Visit, Visitor

DAYS = 8
HOLD = timedelta(minutes=15)
BUSIEST = 9  # visits in the busiest hour
CALLS = 0.09  # of visits
PAGES = (
    ("/demo/site/", "Northlight Windows"),
    ("/demo/site/prices", "Prices · Northlight Windows"),
    ("/demo/site/rooms", "Rooms · Northlight Windows"),
    ("/demo/site/rooms/study", "A study with light · Northlight Windows"),
)
CITIES = ("London", "London", "London", "Croydon", "Reading", "Brighton", "Guildford")
NAMES = ("Emma Clarke", "James Osei", "Priya Nair", "Tom Wright", "Helen Marsh", "Oliver Kent", "Ruth Adeyemi", None)


@dataclass(frozen=True)
class Origin:
    """Where a visit comes from, and how often of a hundred."""

    weight: int
    channel: str
    source: str
    medium: str
    campaign: str | None = None
    referrer: str | None = None


ORIGINS = (
    Origin(34, "paid-search", "google", "cpc", "sash-windows"),
    Origin(9, "paid-search", "google", "cpc", "brand"),
    Origin(12, "paid-social", "facebook", "paid_social", "autumn-light"),
    Origin(22, "organic-search", "google", "organic", None, "https://www.google.com/"),
    Origin(8, "referral", "houzz.co.uk", "referral", None, "https://www.houzz.co.uk/"),
    Origin(15, "direct", "(direct)", "(none)"),
)


@dataclass
class Shelf:
    """The numbers of a pool and until when each is taken."""

    pool: Pool
    until: dict[str, datetime] = field(default_factory=dict)
    hours: dict[datetime, PoolHour] = field(default_factory=dict)

    def take(self, at: datetime, until: datetime) -> str | None:
        """The number that has been idle longest; None when none is free."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        row = self.hours.setdefault(hour, PoolHour(pool_id=self.pool.id, hour=hour, wanted=0, granted=0, shared=0))
        row.wanted += 1
        number = min(self.until, key=lambda each: self.until[each])
        if self.until[number] > at:
            return None
        row.granted += 1
        self.until[number] = until
        return number


def fill(session: Session, now: datetime, site_key: str = "demo") -> None:
    """Adds the week that ends now; the caller commits."""
    site = session.scalars(select(Site).where(Site.key == site_key)).one()
    dice = random.Random(7)  # noqa: S311 - the same week every time
    shelves = _shelves(session, site, now - timedelta(days=DAYS + 1))
    for place, at in enumerate(_arrivals(dice, now, ZoneInfo(site.timezone))):
        _visit(session, site, dice, shelves, place, at, now)
    for shelf in shelves.values():
        session.add_all(shelf.hours.values())


def _shelves(session: Session, site: Site, idle_since: datetime) -> dict[str, Shelf]:
    pools = session.scalars(select(Pool).where(Pool.site_id == site.id, Pool.kind == PoolKind.DYNAMIC)).all()
    shelves = {}
    for pool in pools:
        numbers = session.scalars(select(Number).where(Number.pool_id == pool.id)).all()
        for number in numbers:
            number.verified_at = idle_since
        shelves[pool.key] = Shelf(pool, {number.e164: idle_since for number in numbers})
    return shelves


def _arrivals(dice: random.Random, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    hour = (now - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)
    while hour < now:
        clock_hour = hour.astimezone(zone).hour
        daylight = max(0.06, sin((clock_hour - 5) / 18 * pi)) if clock_hour >= 5 else 0.06
        weekend = 0.6 if hour.weekday() > 4 else 1.0
        number = round(BUSIEST * daylight * weekend * dice.uniform(0.6, 1.3))
        yield from sorted(at for _ in range(number) if (at := hour + timedelta(seconds=dice.randrange(3600))) < now)
        hour += timedelta(hours=1)


def _visit(
    session: Session,
    site: Site,
    dice: random.Random,
    shelves: dict[str, Shelf],
    place: int,
    at: datetime,
    now: datetime,
) -> None:
    origin = dice.choices(ORIGINS, [each.weight for each in ORIGINS])[0]
    stay = timedelta(seconds=dice.expovariate(1 / 240) + 20)
    visitor = Visitor(
        site_id=site.id, key=f"{dice.getrandbits(128):032x}", first_at=at, last_at=at + stay, ip=None, is_test=False
    )
    visit = Visit(site_id=site.id, visitor=visitor, **_facts(dice, origin, place, at, stay))
    pages = dice.sample(PAGES, dice.randint(1, 4))
    session.add_all([visitor, visit])
    session.flush()
    session.add_all(
        PageView(
            visit_id=visit.id,
            key=f"{dice.getrandbits(64):016x}",
            at=at + stay * number / len(pages),
            url=f"https://northlight.example{path}",
            title=title,
        )
        for number, (path, title) in enumerate(pages)
    )
    shelf = shelves["ads" if origin.channel.startswith("paid") else "everybody"]
    number = shelf.take(at, at + stay + HOLD)
    if number is None:
        return
    session.add(
        Lease(
            site_id=site.id,
            pool_id=shelf.pool.id,
            number=number,
            visitor_id=visitor.id,
            visit_id=visit.id,
            started_at=at,
            last_beat_at=at + stay,
            until=at + stay + HOLD,
        )
    )
    if dice.random() < CALLS:
        _call(session, site, dice, place, visit, number, at + stay + timedelta(seconds=dice.expovariate(1 / 400)), now)


def _facts(dice: random.Random, origin: Origin, place: int, at: datetime, stay: timedelta) -> dict[str, object]:
    phone = dice.random() < 0.6
    is_tagged = origin.medium not in ("organic", "referral", "(none)")
    query = (
        f"?utm_source={origin.source}&utm_medium={origin.medium}&utm_campaign={origin.campaign}" if is_tagged else ""
    )
    return {
        "key": f"{place:024x}",
        "started_at": at,
        "last_at": at + stay,
        "source": origin.source,
        "medium": origin.medium,
        "utm_source": origin.source if is_tagged else None,
        "utm_medium": origin.medium if is_tagged else None,
        "utm_campaign": origin.campaign,
        "channel": origin.channel,
        "named_by": "utm" if is_tagged else "referrer" if origin.referrer else "direct",
        "is_paid": origin.channel.startswith("paid"),
        "click_ids": {},
        "landing_page": f"https://northlight.example/demo/site/{query}",
        "referrer": origin.referrer,
        "ga_sessions": {},
        "device": "mobile" if phone else "desktop",
        "browser": "Safari" if phone else "Chrome",
        "os": "iOS" if phone else "Windows",
        "language": "en-GB",
        "country": "GB",
        "region": "England",
        "city": dice.choice(CITIES),
        "is_test": False,
    }


def _call(
    session: Session,
    site: Site,
    dice: random.Random,
    place: int,
    visit: Visit,
    number: str,
    at: datetime,
    now: datetime,
) -> None:
    if at >= now:
        return
    is_answered = dice.random() < 0.84
    probability = round(dice.uniform(0.72, 0.99), 2)
    session.add(
        Inquiry(
            key=f"demo-week-{place}",
            site_id=site.id,
            scope="demo-week",
            external_id=str(place),
            kind=InquiryKind.CALL,
            at=at,
            caller=f"+4477009{dice.randrange(100_000):05}",
            called=number,
            name=dice.choice(NAMES),
            status=CallStatus.ANSWERED if is_answered else CallStatus.MISSED,
            ring_seconds=dice.randint(3, 25),
            talk_seconds=dice.randint(30, 400) if is_answered else None,
            attribution_status=AttributionStatus.PROBABLE,
            visitor_id=visit.visitor_id,
            visit_id=visit.id,
            probability=probability,
            explanation=f"The number was shown to this visitor alone when the call came ({probability:.0%}).",
            candidates=[{"visitor": visit.visitor.key, "visit": visit.key, "probability": probability}],
        )
    )
