"""Unique, repeat and target inquiries, as each site defines them; nothing of it is stored, so definitions may change.

An inquiry is a repeat when the same person (or a visitor of whom no person is known) had one that counts on that
site within so many days before it. A target inquiry bears a tag that says so, or is an answered call with enough
talk, or no call at all, unless a tag says that it is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import Session, aliased

from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry, InquiryLabel
from tracker.reports.counting import real_inquiries
from tracker.reports.moments import days_before
from tracker.sites.models import Site

Definitions = Sequence[Site]
Judged = tuple[bool | None, bool | None]
NEITHER: Judged = (None, None)


def definitions(session: Session) -> Definitions:
    """The sites with what each calls unique and target."""
    return session.scalars(select(Site).order_by(Site.id)).all()


def is_unique(defined: Definitions) -> ColumnElement[bool]:
    """The inquiry is the first of whoever sent it, or the first for long; one that nobody can be told by is, too."""
    return not_(_by_site(defined, lambda site: _came_before(site.unique_days)))


def is_target(defined: Definitions) -> ColumnElement[bool]:
    """The inquiry is of the kind the site wants."""
    return _by_site(defined, _is_target)


def judged(session: Session, inquiry_ids: Sequence[int]) -> dict[int, Judged]:
    """Inquiry id to whether it is unique and whether it is a target one; `NEITHER` for those that do not count."""
    defined = definitions(session)
    found = select(Inquiry.id, is_unique(defined), is_target(defined))
    rows = session.execute(found.where(Inquiry.id.in_(inquiry_ids), *real_inquiries()))
    known = {number: (bool(unique), bool(target)) for number, unique, target in rows}
    return {number: known.get(number, NEITHER) for number in inquiry_ids}


def _by_site(defined: Definitions, rule: Callable[[Site], ColumnElement[bool]]) -> ColumnElement[bool]:
    if len(defined) == 1:
        return rule(defined[0])
    branches = [(Inquiry.site_id == site.id, rule(site)) for site in defined]
    return case(*branches, else_=false()) if branches else false()  # a database knows no case without a branch


def _came_before(days: int) -> ColumnElement[bool]:
    earlier = aliased(Inquiry)
    nobody = func.coalesce(earlier.person_id, 0) == 0  # IS NULL would be looked up, and found too often, by an index
    return case(
        (Inquiry.person_id.is_not(None), _has(earlier, earlier.person_id == Inquiry.person_id, days)),
        (
            Inquiry.visitor_id.is_not(None),
            _has(earlier, and_(earlier.visitor_id == Inquiry.visitor_id, nobody), days),
        ),
        else_=false(),
    )


def _has(earlier: Any, same: ColumnElement[bool], days: int) -> ColumnElement[bool]:
    is_earlier = or_(earlier.at < Inquiry.at, earlier.id < Inquiry.id)
    within = earlier.at >= days_before(Inquiry.at, days) if days else true()
    same_site = func.coalesce(earlier.site_id, 0) == Inquiry.site_id  # nor may the index of the whole site be read
    wanted = (same, same_site, earlier.at <= Inquiry.at, is_earlier, within)
    return exists().where(*wanted, *real_inquiries(earlier)).correlate(Inquiry)


def _is_target(site: Site) -> ColumnElement[bool]:
    talked = and_(
        Inquiry.status == CallStatus.ANSWERED, func.coalesce(Inquiry.talk_seconds, 0) >= site.target_talk_seconds
    )
    by_itself = false() if site.target_needs_label else or_(Inquiry.kind != InquiryKind.CALL, talked)
    return and_(not_(_bears(site.never_target_labels)), or_(_bears(site.target_labels), by_itself))


def _bears(labels: Sequence[str]) -> ColumnElement[bool]:
    if not labels:
        return false()
    borne = (InquiryLabel.inquiry_id == Inquiry.id, InquiryLabel.label.in_(labels))
    return exists().where(*borne).correlate(Inquiry)
