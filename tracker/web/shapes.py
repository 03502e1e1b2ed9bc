"""The JSON shapes of the API, in one place: an inquiry, its attribution, a visitor, a pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tracker import clock
from tracker.deliveries.cards import source_of
from tracker.deliveries.models import Delivery
from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease
from tracker.reports.api import PoolState
from tracker.visits.models import PageView, Visit, Visitor


def attribution(inquiry: Inquiry) -> dict[str, Any] | None:
    """None while nothing is decided."""
    if inquiry.attribution_status is None:
        return None
    return {
        "status": str(inquiry.attribution_status),
        "visitor": inquiry.visitor.key if inquiry.visitor else None,
        "visit": inquiry.visit.key if inquiry.visit else None,
        "probability": inquiry.probability,
        "explanation": inquiry.explanation,
        "candidates": inquiry.candidates,
        "evidence": inquiry.evidence,
        "corrected": inquiry.correction is not None,
    }


def inquiry(inquiry: Inquiry, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    """One item of `GET /api/v1/inquiries`."""
    return {
        "id": inquiry.key,
        "site": inquiry.site.key,
        "kind": str(inquiry.kind),
        "external_id": inquiry.external_id,
        "connection": inquiry.connection.key if inquiry.connection else None,
        "at": clock.to_iso(inquiry.at),
        "from": inquiry.caller,
        "to": inquiry.called,
        "status": str(inquiry.status) if inquiry.status else None,
        "talk_seconds": inquiry.talk_seconds,
        "ring_seconds": inquiry.ring_seconds,
        "answered_by": inquiry.answered_by,
        "recording_url": inquiry.recording_url,
        "name": inquiry.name,
        "phones": inquiry.phones,
        "emails": inquiry.emails,
        "subject": inquiry.subject,
        "text": inquiry.text,
        "fields": inquiry.fields,
        "page": inquiry.page,
        "letter_class": str(inquiry.letter_class) if inquiry.letter_class else None,
        "sum_minor": inquiry.sum_minor,
        "currency": inquiry.currency,
        "test": inquiry.is_test,
        "counted": inquiry.not_counted is None,
        "not_counted": str(inquiry.not_counted) if inquiry.not_counted else None,
        "person": inquiry.person.key if inquiry.person else None,
        "attribution": attribution(inquiry),
        "source": source(inquiry),
        "deliveries": [delivery(one) for one in deliveries],
    }


def source(inquiry: Inquiry) -> dict[str, Any]:
    """Where the inquiry came from; an unexplained one has the channel `other`."""
    facts = source_of(inquiry)
    return {
        "utm_source": facts.utm_source,
        "utm_medium": facts.utm_medium,
        "utm_campaign": facts.utm_campaign,
        "utm_term": facts.utm_term,
        "utm_content": facts.utm_content,
        "referrer": facts.referrer,
        "channel": facts.channel or f"other-{inquiry.kind}",
        "landing_page": facts.landing_page,
        "ga_client_id": facts.ga_client_id,
    }


def delivery(delivery: Delivery) -> dict[str, Any]:
    """How one connection was told."""
    return {
        "connection": delivery.connection.key,
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "error": delivery.error,
        "entities": delivery.entities,
    }


def visitor(
    visitor: Visitor,
    tag: str | None,
    visits: Sequence[tuple[Visit, Sequence[PageView]]],
    leases: Sequence[Lease],
) -> dict[str, Any]:
    """`GET /api/v1/visitors/{id}`."""
    return {
        "id": visitor.key,
        "tag": tag,
        "ip": visitor.ip,
        "ga_client_id": visitor.ga_client_id,
        "first_at": clock.to_iso(visitor.first_at),
        "last_at": clock.to_iso(visitor.last_at),
        "test": visitor.is_test,
        "bot": visitor.bot_reason,
        "visits": [visit(one, views) for one, views in visits],
        "leases": [lease(one) for one in leases],
    }


def visit(visit: Visit, views: Sequence[PageView]) -> dict[str, Any]:
    """One visit with its source and page views, oldest first."""
    return {
        "id": visit.key,
        "started_at": clock.to_iso(visit.started_at),
        "last_at": clock.to_iso(visit.last_at),
        "source": {
            "source": visit.source,
            "medium": visit.medium,
            "utm_source": visit.utm_source,
            "utm_medium": visit.utm_medium,
            "utm_campaign": visit.utm_campaign,
            "utm_term": visit.utm_term,
            "utm_content": visit.utm_content,
            "referrer": visit.referrer,
            "channel": visit.channel,
            "landing_page": visit.landing_page,
            "click_ids": visit.click_ids,
        },
        "device": visit.device,
        "bot": visit.bot_reason,
        "page_views": [
            {"view": view.key, "at": clock.to_iso(view.at), "url": view.url, "title": view.title} for view in views
        ],
    }


def lease(lease: Lease) -> dict[str, Any]:
    """One lease."""
    return {
        "number": lease.number,
        "pool": lease.pool.key,
        "from": clock.to_iso(lease.started_at),
        "last_beat": clock.to_iso(lease.last_beat_at),
        "until": clock.to_iso(lease.until),
        "shared": lease.is_shared,
    }


def pool(state: PoolState, site: str) -> dict[str, Any]:
    """One pool now."""
    return {
        "key": state.key,
        "site": site,
        "size": state.size,
        "leased": state.leased,
        "free": state.free,
        "coverage": state.coverage,
    }
