"""Who would get a pool: the last days' visits, held against conditions that somebody is about to save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from tracker.pools import conditions
from tracker.pools.conditions import Conditions, VisitFacts
from tracker.pools.models import Pool
from tracker.reports import sources
from tracker.reports.counting import real_visits
from tracker.reports.sources import Source
from tracker.values import landing_url
from tracker.visits.models import Visit, Visitor

LOOKED_AT = timedelta(days=7)
MOST_VISITS = 3000  # the latest ones; more would not change the share
EXAMPLES = 5


@dataclass(frozen=True)
class Example:
    """A visit that fits."""

    visitor_key: str
    at: datetime
    source: Source
    city: str | None
    device: str
    landing_page: str


@dataclass(frozen=True)
class Preview:
    """How many visits fit. `before`: of them, those that another pool of higher priority takes first."""

    visits: int
    fitting: int
    before: int
    examples: tuple[Example, ...]

    @property
    def share(self) -> float | None:
        """0 to 1; None when there were no visits."""
        return self.fitting / self.visits if self.visits else None


def preview(
    session: Session, site_id: int, when: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], now: datetime
) -> Preview:
    """Holds the visits of the last seven days against conditions; machines and tests are left out.

    Args:
        when: as a pool keeps them, see `conditions.read`.
        earlier: conditions of the pools that are asked before.

    Raises:
        InvalidInput: conditions that cannot be read.
    """
    wanted, others = conditions.read(when), [conditions.read(each) for each in earlier]
    visits = _visits(session, site_id, now - LOOKED_AT)
    fitting = [visit for visit in visits if _fits(wanted, visit)]
    before = sum(any(_fits(other, visit) for other in others) for visit in fitting)
    return Preview(len(visits), len(fitting), before, tuple(_example(visit) for visit in fitting[:EXAMPLES]))


def asked_before(session: Session, site_id: int, swap: str, priority: int, key: str | None) -> list[dict[str, Any]]:
    """Conditions of the enabled pools for the same original number that have a higher priority than a pool."""
    found = select(Pool).where(Pool.site_id == site_id, Pool.swap == swap, Pool.enabled, Pool.priority > priority)
    return [pool.conditions or dict(pool.source or {}) for pool in session.scalars(found) if pool.key != key]


def _visits(session: Session, site_id: int, since: datetime) -> Sequence[Visit]:
    found = (
        select(Visit)
        .join(Visit.visitor)
        .options(contains_eager(Visit.visitor))
        .where(Visit.site_id == site_id, Visit.started_at >= since, *real_visits())
        .order_by(Visit.started_at.desc())
        .limit(MOST_VISITS)
    )
    return session.scalars(found).all()


def _fits(wanted: Conditions, visit: Visit) -> bool:
    visitor: Visitor = visit.visitor
    if wanted.returning is not None and wanted.returning is not (visitor.first_at < visit.started_at):
        return False
    return conditions.matches(wanted, _facts(visit, visitor))


def _facts(visit: Visit, visitor: Visitor) -> VisitFacts:
    return VisitFacts(
        visitor=visitor.key,
        channel=visit.channel,
        utm_source=visit.utm_source,
        utm_medium=visit.utm_medium,
        utm_campaign=visit.utm_campaign,
        utm_term=visit.utm_term,
        utm_content=visit.utm_content,
        referrer_host=landing_url.host_of(visit.referrer) or None,
        landing_path=landing_url.parse(visit.landing_page).path,
        country=visit.country,
        region=visit.region,
        city=visit.city,
        device=visit.device,
        language=visit.language,
    )


def _example(visit: Visit) -> Example:
    return Example(
        visit.visitor.key, visit.started_at, sources.of_visit(visit), visit.city, visit.device, visit.landing_page
    )
