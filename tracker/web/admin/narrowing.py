"""The filters that stand in the address of the journal, and the days of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tracker.deliveries.models import DeliveryStatus
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, NotCounted
from tracker.reports.dimensions import COLUMNS, OWN
from tracker.reports.filtering import Filters
from tracker.reports.touches import Model
from tracker.sites.models import Site
from tracker.web.admin.choosing import chosen_site, one_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LOST, OTHERS = "lost", "others"  # groups, beside the single outcomes and kinds
ANSWERS = {"yes": True, "no": False}
TYPED = ("label", "source", "search")  # by hand, so that spaces around mean nothing
TEXTS = ("pool", *COLUMNS, *OWN)


def read_filters(args: Mapping[str, str], known: Sequence[Site]) -> Filters:
    """Reads the filters of an address; a value that means nothing narrows nothing.

    Days begin where the site is; with all sites, where the first one is.
    """
    site = chosen_site(known, args.get("site"))
    zone = ZoneInfo(zone_of(known, site))
    until = day(args.get("until"), zone)
    texts: dict[str, Any] = {name: args.get(name) or None for name in TEXTS}
    texts |= {name: args.get(name, "").strip() or None for name in TYPED}
    return Filters(
        site=site.key if site else None,
        kind=one_of(InquiryKind, args.get("kind")),
        status=one_of(CallStatus, args.get("status")),
        match=one_of(AttributionStatus, args.get("match")),
        mark=one_of(Mark, args.get("mark")),
        corrected=True if args.get("corrected") == "yes" else None,
        counted=ANSWERS.get(args.get("counted", "")),
        not_counted=one_of(NotCounted, args.get("counted")),
        delivery=one_of(DeliveryStatus, args.get("delivery")),
        model=one_of(Model, args.get("model")) or Model.LAST,
        since=day(args.get("since"), zone),
        until=until + timedelta(days=1) if until else None,
        tests=args.get("tests") != "no",
        zone=zone.key,
        unique=ANSWERS.get(args.get("unique", "")),
        target=ANSWERS.get(args.get("target", "")),
        lost=args.get("status") == LOST,
        others=args.get("kind") == OTHERS,
        **texts,
    )


def is_narrowed(filters: Filters) -> bool:
    """True when some filter hides something."""
    nothing = Filters()
    names = (field.name for field in fields(Filters) if field.name not in ("model", "zone"))
    return any(getattr(filters, name) != getattr(nothing, name) for name in names)


def kept(args: Mapping[str, str], filters: DataclassInstance) -> dict[str, str]:
    """What links of a list carry on: the filters of its address, in the words of the address, and nothing else.

    Args:
        filters: a dataclass whose fields are named like them.
    """
    names = {field.name for field in fields(filters)}
    return {name: value for name, value in args.items() if name in names and value}


def zone_of(known: Sequence[Site], site: Site | None) -> str:
    """Where days begin: at the site, with all sites at the first one."""
    return (site or known[0]).timezone if known else "UTC"


def day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """When the day `2026-11-22` begins there, aware UTC; None for anything else."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
