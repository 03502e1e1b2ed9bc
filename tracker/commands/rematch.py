"""`skvoz rematch`: matches the calls of a period anew, or shows what that would change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from werkzeug.utils import import_string

from tracker import upkeep
from tracker.commands.database import needs_database
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.inquiries.correcting import Change
from tracker.inquiries.gathering import RegionOf
from tracker.sites.models import Site

_day = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command()
@click.option("--site", required=True, help="Key of the site.")
@click.option("--since", type=_day, required=True, help="First day, in the site's zone.")
@click.option("--until", type=_day, help="Day after the last one; absent: now.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@needs_database
def rematch(site: str, since: datetime, until: datetime | None, dry_run: bool) -> None:
    """Match the calls of a period anew, and judge again which count; what people corrected stays."""
    zone = db.session.scalar(select(Site.timezone).where(Site.key == site))
    if zone is None:
        raise NotFound(f"There is no site {site}.")
    bounds = [_utc(since, zone), _utc(until, zone) if until else datetime.now(UTC)]
    # By name, because it takes 100 MB that only this command needs.
    region_of: RegionOf = import_string("tracker.values.phone_region:find")
    changes = upkeep.rematch(site, bounds[0], bounds[1], dry_run, region_of)
    for change in changes:
        click.echo(_line(change, zone))
    click.echo(f"{len(changes)} calls {'would change' if dry_run else 'changed'}")


def _utc(at: datetime, zone: str) -> datetime:
    return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _line(change: Change, zone: str) -> str:
    old = _answer(change.old_status, change.old_visitor, change.old_probability, change.old_not_counted)
    new = _answer(change.new_status, change.new_visitor, change.new_probability, change.new_not_counted)
    return f"{change.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}  {change.inquiry}  {old} -> {new}"


def _answer(status: str | None, visitor: str | None, probability: float | None, not_counted: str | None) -> str:
    reason = f"(not counted: {not_counted})" if not_counted else None
    return " ".join(str(part) for part in (status, visitor, probability, reason) if part is not None)
