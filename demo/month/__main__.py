"""Fills an empty instance (SKVOZ_INSTANCE, DATABASE_URL): `python -m demo.month`, then `skvoz run`."""

from __future__ import annotations

import argparse
import random
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.month import inquiring, office, sending
from demo.month.sources import COMPANIES
from demo.month.traffic import Month, Stay
from tracker import clock, create_app
from tracker.commands.providers import PROVIDER_RULES
from tracker.config import Config, load
from tracker.configuration.apply import apply
from tracker.configuration.reading import read_file
from tracker.database import upgrade, writing
from tracker.extensions import db
from tracker.inquiries import learning
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Site

DAYS = 56  # a month, and the one before it to compare with
FILE = Path(__file__).with_name("skvoz.yaml")
POSTER_CALLERS = ("+447700900701", "+447700900702", "+447700900703", "+447700900704")


def fill(config: Config, days: int) -> None:
    """Makes the schema, the companies and their month."""
    upgrade(config)
    with create_app(config).app_context(), writing(db.session()) as session:
        if session.scalar(select(Site.id).limit(1)):
            raise SystemExit("This instance has sites already; name an empty folder by SKVOZ_INSTANCE.")
        visits, inquiries = live(session, days, config.secret_key)
    print(f"{visits} visits, {inquiries} inquiries; log in as {office.OWNER} with: {office.PASSWORD}")


def live(session: Session, days: int, secret_key: str) -> tuple[int, int]:
    """Makes the companies and lets so many days pass until now; returns the number of visits and of inquiries."""
    apply(session, read_file(str(FILE), {}), PROVIDER_RULES, secret_key)
    now, choose = clock.now(), random.Random(11)
    stays = [stay for place, one in enumerate(COMPANIES) for stay in Month(session, one, now, days, place).live()]
    taken = take(session, stays, now, choose)
    taken.append(inquiring.write_with_files(session, secret_key, now - timedelta(hours=2)))
    inquiring.annotate(session, [one for one in taken if one.kind is InquiryKind.CALL])
    sending.settle(session, now, choose)
    office.furnish(session, now, secret_key)
    for site in session.scalars(select(Site)).all():
        learning.learn(session, site.id)
    return len(stays), len(taken)


def take(session: Session, stays: list[Stay], now: datetime, choose: random.Random) -> list[Inquiry]:
    """The inquiries of these visits, and calls to the number of the poster, which no visit explains."""
    taker = inquiring.Inquiring(session, choose)
    taken = [taker.take(planned) for planned in inquiring.plan(stays, now, choose)]
    for days_ago, caller in zip((17, 11, 6, 2), POSTER_CALLERS, strict=True):
        at = now.replace(hour=11, minute=5) - timedelta(days=days_ago)
        taken.append(inquiring.call_from_poster(session, taker, at, caller))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS, help=f"how far back it begins  [default: {DAYS}]")
    fill(load(), parser.parse_args().days)


if __name__ == "__main__":
    main()
