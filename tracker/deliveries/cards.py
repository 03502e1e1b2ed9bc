"""Builds what another system is told of an inquiry or a visit, read from the database once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.deliveries.card import AttributionFacts, CallFacts, InquiryCard, PageSeen, SourceFacts
from tracker.deliveries.models import Delivery, SubjectType
from tracker.deliveries.visit_card import Told, VisitCard
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import Inquiry
from tracker.people.models import IdentifierKind, PersonIdentifier, PersonVisitor
from tracker.sites.models import Site
from tracker.visits.channel import classify
from tracker.visits.models import PageView, Visit

LONGEST_PATH = 30


def build_for(session: Session, delivery: Delivery) -> Told:
    """Returns what the delivery is about, as it stands now."""
    if delivery.subject_type == SubjectType.VISIT:
        return build_visit(session, session.get_one(Visit, delivery.subject_id))
    return build(session, session.get_one(Inquiry, delivery.subject_id))


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
        path=_path(session, inquiry.visit_id) if inquiry.visit_id is not None else (),
        call=_call(inquiry),
        subscriber=inquiry.kind == InquiryKind.SUBSCRIPTION,
        sum_minor=inquiry.sum_minor,
        currency=inquiry.currency,
        is_test=inquiry.is_test,
    )


def build_visit(session: Session, visit: Visit) -> VisitCard:
    """Returns the card of a visit, with what its person is known by."""
    site = session.get_one(Site, visit.site_id)
    return VisitCard(
        visit=visit.key,
        visitor=visit.visitor.key,
        site=site.key,
        site_name=site.name,
        at=visit.started_at,
        ended_at=visit.last_at,
        timezone=site.timezone,
        language=site.language,
        source=source_of_visit(visit),
        path=_path(session, visit.id),
        device=" ".join(filter(None, (visit.device, visit.browser))),
        city=visit.city,
        phones=_known_by(session, visit, IdentifierKind.PHONE),
        emails=_known_by(session, visit, IdentifierKind.EMAIL),
    )


def _known_by(session: Session, visit: Visit, kind: IdentifierKind) -> tuple[str, ...]:
    query = (
        select(PersonIdentifier.value)
        .join(PersonVisitor, PersonVisitor.person_id == PersonIdentifier.person_id)
        .where(PersonVisitor.visitor_id == visit.visitor_id, PersonIdentifier.kind == kind)
        .order_by(PersonIdentifier.id)
    )
    return tuple(session.scalars(query))


def source_of(inquiry: Inquiry) -> SourceFacts:
    """Returns where the inquiry came from: the visit's source, else that of the static number or address."""
    visit = inquiry.visit
    if visit is None:
        return _static(inquiry)
    return source_of_visit(visit)


def source_of_visit(visit: Visit) -> SourceFacts:
    """Returns what brought the visitor."""
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
        channel=_static_channel(source),
        ga_client_id=visitor.ga_client_id if visitor else None,
        ip=visitor.ip if visitor else None,
    )


def _static_channel(source: Mapping[str, Any]) -> str | None:
    """As configured, else by the rules for visits, to which billboards and flyers are unknown."""
    if not source or source.get("channel"):
        return source.get("channel")
    if source.get("utm_medium") == "offline":
        return "offline"
    return classify(source.get("utm_source"), source.get("utm_medium"), source.get("utm_campaign"))


def _path(session: Session, visit_id: int) -> tuple[PageSeen, ...]:
    views = session.scalars(
        select(PageView)
        .where(PageView.visit_id == visit_id)
        .order_by(PageView.at.desc(), PageView.key.desc())
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
