"""When a condition counts as an alert: the default of each, and what a site has set in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.alerts.models import AlertRule, Condition
from tracker.database import upsert


@dataclass(frozen=True)
class Threshold:
    """One condition of one site; the unit is the condition's own."""

    value: float
    enabled: bool = True


DEFAULTS: Mapping[Condition, Threshold] = {
    Condition.MISSED_CALL: Threshold(1),  # calls within an hour
    Condition.COVERAGE: Threshold(0.95),  # share of wanted leases granted in 24 hours, below
    Condition.NO_PAGE_VIEWS: Threshold(24),  # hours
    Condition.CONNECTION_BROKEN: Threshold(0),  # has none
    Condition.DELIVERIES_STUCK: Threshold(15),  # minutes
    Condition.TOKEN_ENDING: Threshold(14),  # days
}
OF_A_SITE = tuple(DEFAULTS)  # the certificate is of the installation: SKVOZ_CERTIFICATE_DAYS


def of_site(session: Session, site_id: int) -> dict[Condition, Threshold]:
    """Every condition's threshold for a site."""
    rows = session.scalars(select(AlertRule).where(AlertRule.site_id == site_id))
    return {**DEFAULTS, **{row.condition: Threshold(row.threshold, row.enabled) for row in rows}}


def set_of_site(session: Session, site_id: int, wanted: Mapping[Condition, Threshold]) -> None:
    """Sets thresholds of a site."""
    for condition, threshold in wanted.items():
        chosen = {"threshold": threshold.value, "enabled": threshold.enabled}
        row = {"site_id": site_id, "condition": condition, **chosen}
        upsert(session, AlertRule, [row], ("site_id", "condition"), tuple(chosen))
