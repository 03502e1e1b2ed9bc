"""Today at a glance."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker import clock
from tracker.access.rights import Right
from tracker.alerts import seeing
from tracker.alerts.models import Condition
from tracker.extensions import db
from tracker.reports import journal, occupancy
from tracker.reports import overview as report
from tracker.reports.filtering import Filters
from tracker.web.admin import health
from tracker.web.admin.choosing import chosen_site, sites
from tracker.web.admin.guard import requires

LATEST_SHOWN = 6
SAID_BY_TROUBLES = (Condition.CONNECTION_BROKEN, Condition.DELIVERIES_STUCK)

blueprint = Blueprint("overview", __name__)


@blueprint.get("/")
@requires(Right.READ_JOURNAL)
def show() -> ResponseReturnValue:
    """Figures since midnight, the pools now, the latest inquiries, and what needs attention."""
    session, now = db.session(), clock.now()
    known = sites(session)
    site = chosen_site(known, request.args.get("site"))
    zone = (site or known[0]).timezone if known else "UTC"
    key = site.key if site else None
    return render_template(
        "admin/overview.html",
        sites=known,
        site=site,
        zone=zone,
        now=now,
        day=now.astimezone(ZoneInfo(zone)).date(),
        health=health.lately() if current_user.access.everywhere(Right.CHANGE) else None,
        today=report.overview(session, _midnight(now, zone), now, site.id if site else None, zone),
        alerts=[one for one in seeing.alerts(session) if one.condition not in SAID_BY_TROUBLES],
        pools=occupancy.pools(session, now, key),
        latest=journal.page(session, Filters(site=key), size=LATEST_SHOWN).rows,
    )


def _midnight(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
