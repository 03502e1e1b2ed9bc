"""Builds the card of an inquiry: everything another system is told, read from the database once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.deliveries.card import AttributionFacts, CallFacts, InquiryCard, PageSeen, SourceFacts
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.visits.models import PageView, Visit

LONGEST_PATH = 30


def build(session: Session, inquiry: Inquiry) -> InquiryCard:
    """Returns the card of an inquiry whose attribution is decided."""
    return InquiryCard(
        inquiry=inquiry.key,
        kind=inquiry.kind,
        site=inquiry.site.key,
        site_name=inquiry.site.name,
        at=inquiry.at,
        timezone=inquiry.site.timezone,
        language=inquiry.site.language,
        attribution=AttributionFacts(
            status=str(inquiry.attribution_status),
            explanation=inquiry.explanation or "",
            probability=inquiry.probability,
            visitor=inquiry.visitor.key if inquiry.visitor else None,
        ),
        source=source_of(inquiry),
        name=inquiry.name,
        phones=tuple(inquiry.phones),
        emails=tuple(inquiry.emails),
        subject=inquiry.subject,
        text=inquiry.text,
        fields=inquiry.fields,
        page=inquiry.page or _last_page(session, inquiry),
        path=_path(session, inquiry),
        call=_call(inquiry),
        subscriber=inquiry.kind == InquiryKind.SUBSCRIPTION,
        sum_minor=inquiry.sum_minor,
        currency=inquiry.currency,
        is_test=inquiry.is_test,
    )


def source_of(inquiry: Inquiry) -> SourceFacts:
    """Returns where the inquiry came from: the visit's source, else that of the static number or address."""
    visit = inquiry.visit
    if visit is None:
        return _static(inquiry)
    return SourceFacts(
        utm_source=visit.utm_source,
        utm_medium=visit.utm_medium,
        utm_campaign=visit.utm_campaign,
        utm_term=visit.utm_term,
        utm_content=visit.utm_content,
        referrer=visit.referrer,
        channel=visit.channel,
        landing_page=visit.landing_page or None,
        ga_client_id=visit.visitor.ga_client_id or visit.ga_client_id,
        ym_client_id=visit.visitor.ym_client_id,
        ip=visit.ip or visit.visitor.ip,
        click_ids=visit.click_ids,
        ga_sessions=visit.ga_sessions,
        last_activity_at=visit.last_at,
    )


def _static(inquiry: Inquiry) -> SourceFacts:
    visitor = inquiry.visitor
    source: dict[str, Any] = inquiry.static_source or {}
    return SourceFacts(
        utm_source=source.get("utm_source"),
        utm_medium=source.get("utm_medium"),
        utm_campaign=source.get("utm_campaign"),
        utm_term=source.get("utm_term"),
        utm_content=source.get("utm_content"),
        channel=source.get("channel") or ("offline" if source.get("utm_medium") == "offline" else None),
        ga_client_id=visitor.ga_client_id if visitor else None,
        ip=visitor.ip if visitor else None,
    )


def _path(session: Session, inquiry: Inquiry) -> tuple[PageSeen, ...]:
    if inquiry.visit_id is None:
        return ()
    views = session.scalars(
        select(PageView)
        .where(PageView.visit_id == inquiry.visit_id)
        .order_by(PageView.at.desc(), PageView.id.desc())
        .limit(LONGEST_PATH)
    )
    return tuple(PageSeen(view.at, view.url, view.title) for view in reversed(views.all()))


def _last_page(session: Session, inquiry: Inquiry) -> str | None:
    """The page he was on when it began."""
    return session.scalar(
        select(PageView.url)
        .join(Visit, PageView.visit_id == Visit.id)
        .where(Visit.id == inquiry.visit_id, PageView.at <= inquiry.at)
        .order_by(PageView.at.desc())
        .limit(1)
    )


def _call(inquiry: Inquiry) -> CallFacts | None:
    if inquiry.kind != InquiryKind.CALL:
        return None
    return CallFacts(
        called=inquiry.called or "",
        status=inquiry.status or CallStatus.RINGING,
        started_at=inquiry.at,
        answered_by=inquiry.answered_by,
        ring_seconds=inquiry.ring_seconds,
        talk_seconds=inquiry.talk_seconds,
        recording_url=inquiry.recording_url,
    )
