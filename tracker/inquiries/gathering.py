"""Gathers from the database who could have made a call, and what is known of each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tracker.inquiries import memory
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.evidence import CLOCK_SKEW, LOOK_BACK, TAP_WINDOW, Candidate
from tracker.inquiries.memory import Memory
from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease
from tracker.people import identity
from tracker.people.models import IdentifierKind, PersonIdentifier, PersonVisitor
from tracker.values import phone
from tracker.visits.models import Visit, VisitEvent, Visitor

RegionOf = Callable[[str, str], str | None]  # E.164 and language to a place in words

TAPS = ("tel_click", "tel_copy")
MOST_CANDIDATES = 500  # on a busy number those of the last days; whoever is left out would be missing from the shares
RECENTLY = timedelta(days=7)  # over which it is counted how often a number changes hands


def candidates(
    session: Session, inquiry: Inquiry, remembered: Memory | None = None, region_of: RegionOf | None = None
) -> list[Candidate]:
    """Returns who held the dialled number in the 30 days before the call, each visitor once, latest lease first.

    Whoever may have made an earlier call from the same telephone is among them, however long ago he held it.

    Args:
        remembered: what was thought of that earlier call.
        region_of: knows where numbers are from; None leaves that signal out.
    """
    rows = _holders(session, inquiry)
    # What this very call has joined proves nothing about it.
    linked = identity.visitors_of(session, inquiry.site_id, inquiry.caller, joined_before=inquiry.created_at)
    visitor_ids = [lease.visitor_id for lease, _, _ in rows]
    strangers = _known_by_other_phones(session, visitor_ids, inquiry)
    taps = _taps(session, visitor_ids, inquiry)
    calls = _calls(session, inquiry)
    found: list[Candidate] = []
    for lease, visitor, visit in rows:
        found.append(
            Candidate(
                visitor=visitor.key,
                visit=visit.key,
                started_at=lease.started_at,
                last_beat_at=min(lease.last_beat_at, max(inquiry.at, lease.started_at)),
                until=lease.until,
                is_shared=lease.is_shared,
                tapped_at=taps.get(lease.visitor_id),
                is_linked=lease.visitor_id in linked,
                is_somebody_else=lease.visitor_id in strangers and lease.visitor_id not in linked,
                other_callers=len({who for at, who in calls if lease.started_at <= at < lease.until}),
                is_on_telephone=visit.device == "mobile",
                fits_region=_fits_region(inquiry.caller, visit, region_of),
                fits_kind=_fits_kind(inquiry.caller, visit.device),
            )
        )
    if remembered is None:
        return found
    return memory.apply(session, remembered, found, {visit.key: visit for _, _, visit in rows}, inquiry)


def shown_a_day(session: Session, inquiry: Inquiry) -> float:
    """Returns to how many visitors the dialled number was leased in a day, of late."""
    count = (
        select(func.count())
        .select_from(Lease)
        .where(
            Lease.number == inquiry.called,
            Lease.started_at <= inquiry.at,
            Lease.started_at > inquiry.at - RECENTLY,
        )
    )
    return (session.scalar(count) or 0) / (RECENTLY / timedelta(days=1))


def _holders(session: Session, inquiry: Inquiry) -> list[tuple[Lease, Visitor, Visit]]:
    held = (
        select(Lease, Visitor, Visit)
        .join(Visitor, Lease.visitor_id == Visitor.id)
        .join(Visit, Lease.visit_id == Visit.id)
        .where(
            Lease.number == inquiry.called,
            Lease.started_at <= inquiry.at + CLOCK_SKEW,
            Lease.until > inquiry.at - LOOK_BACK,
        )
        .order_by(Lease.started_at.desc())
        .limit(MOST_CANDIDATES)
    )
    latest: dict[int, tuple[Lease, Visitor, Visit]] = {}
    for lease, visitor, visit in session.execute(held):
        latest.setdefault(visitor.id, (lease, visitor, visit))
    return list(latest.values())


def _taps(session: Session, visitor_ids: Sequence[int], inquiry: Inquiry) -> dict[int, datetime]:
    """When each visitor last tapped or copied this very number before the call."""
    taps = (
        select(Visit.visitor_id, VisitEvent.at, VisitEvent.data)
        .join(Visit, VisitEvent.visit_id == Visit.id)
        .where(
            Visit.visitor_id.in_(visitor_ids),
            VisitEvent.name.in_(TAPS),
            VisitEvent.at <= inquiry.at + CLOCK_SKEW,
            VisitEvent.at > inquiry.at - TAP_WINDOW,
        )
        .order_by(VisitEvent.at)
    )
    rows = session.execute(taps)
    return {visitor_id: at for visitor_id, at, data in rows if data.get("number") in (inquiry.called, None)}


def _known_by_other_phones(session: Session, visitor_ids: Sequence[int], inquiry: Inquiry) -> set[int]:
    """Those of the visitors who are known people with telephones of which the caller's is none."""
    if not (inquiry.caller or "").startswith("+"):
        return set()
    rows = session.execute(
        select(PersonVisitor.visitor_id, PersonIdentifier.value)
        .join(PersonIdentifier, PersonIdentifier.person_id == PersonVisitor.person_id)
        .where(
            PersonVisitor.visitor_id.in_(visitor_ids),
            PersonVisitor.joined_at < inquiry.created_at,
            PersonIdentifier.kind == IdentifierKind.PHONE,
        )
    )
    phones: dict[int, set[str]] = defaultdict(set)
    for visitor_id, value in rows:
        phones[visitor_id].add(value)
    return {visitor_id for visitor_id, known in phones.items() if inquiry.caller not in known}


def _calls(session: Session, inquiry: Inquiry) -> list[tuple[datetime, str]]:
    """The calls of others to this number before this one."""
    rows = session.execute(
        select(Inquiry.at, Inquiry.caller).where(
            Inquiry.kind == InquiryKind.CALL,
            Inquiry.called == inquiry.called,
            Inquiry.at <= inquiry.at,
            Inquiry.at > inquiry.at - LOOK_BACK,
            Inquiry.id != inquiry.id,
            Inquiry.caller != inquiry.caller,
        )
    )
    return [(at, caller) for at, caller in rows if caller and caller.startswith("+")]


def _fits_region(caller: str | None, visit: Visit, region_of: RegionOf | None) -> bool | None:
    """True when the caller's number is of the visit's city or region; None where one of them is not known."""
    if region_of is None or not (caller or "").startswith("+") or not (visit.city or visit.region):
        return None
    if phone.is_mobile(caller or ""):
        return None  # it travels with its owner
    place = (region_of(caller or "", "en") or "").casefold()
    return _names(place, (visit.city, visit.region)) if place else None


def _names(place: str, wanted: Iterable[str | None]) -> bool:
    return any(name.casefold() in place or place in name.casefold() for name in wanted if name)


def _fits_kind(caller: str | None, device: str) -> bool | None:
    """True for a mobile number and a telephone, a landline and a desktop; None where the plan cannot tell."""
    if not (caller or "").startswith("+"):
        return None
    if phone.is_mobile(caller or ""):
        return {"mobile": True, "desktop": False}.get(device)
    return {"mobile": False, "desktop": True}.get(device) if phone.is_landline(caller or "") else None
