"""Finds the evidence for an inquiry in the database, has it judged, and writes the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.inquiries import attribution, evidence, gathering, learning, memory, sentences
from tracker.inquiries.attribution import Verdict
from tracker.inquiries.events import FormEvent
from tracker.inquiries.evidence import CLOCK_SKEW, Rules
from tracker.inquiries.gathering import RegionOf
from tracker.inquiries.letter_writer import Writer
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.people import identity
from tracker.people.models import Person
from tracker.pools.models import Number, Pool, PoolKind
from tracker.sites.models import SiteEmail
from tracker.visits.models import Visit, Visitor, VisitorTrait

MOST_SHOWN = 20  # candidates kept with the inquiry; the weights of all count
SURE_ENOUGH = 0.9  # a probable call joins the visitor to the caller only above this


def is_due(inquiry: Inquiry) -> bool:
    """True while nothing is decided, or what decides has changed since; what a person decided stays."""
    return inquiry.attribution_status is None and inquiry.correction is None


def match_call(session: Session, inquiry: Inquiry, region_of: RegionOf | None = None) -> None:
    """Decides whose call it is by who held the dialled number when the call began.

    Args:
        region_of: knows where numbers are from; None in processes that cannot afford the knowledge.
    """
    if inquiry.called is None:
        return _write_given(inquiry, inquiry.told_source) if inquiry.told_source else _write_other(inquiry)
    static = _static_source(session, inquiry.called)
    remembered = memory.recall(session, inquiry)
    found = gathering.candidates(session, inquiry, remembered, region_of)
    rules = Rules(learning.curve_of(session, inquiry.site_id), inquiry.site.timezone)
    nobody = attribution.strangers(gathering.shown_a_day(session, inquiry), rules.curve)
    if remembered is not None:
        nobody = evidence.again(nobody, remembered.nobody, inquiry.at - remembered.at)
    verdict = attribution.decide(found, inquiry.at, inquiry.site.threshold, nobody, rules)
    if verdict.winner is None and inquiry.told_source:
        return _write_given(inquiry, inquiry.told_source)
    if verdict.winner is None and static is not None:
        return _write_static(inquiry, static, inquiry.called)
    sentence = sentences.explain_call(verdict, inquiry.called, inquiry.at, inquiry.site.language, inquiry.site.timezone)
    _write_verdict(session, inquiry, verdict, sentence)
    inquiry.evidence = inquiry.evidence | {"nobody": _short(nobody)}
    return None


def _static_source(session: Session, number: str) -> Mapping[str, Any] | None:
    pool = session.scalar(select(Pool).join(Number).where(Number.e164 == number, Pool.kind == PoolKind.STATIC))
    return (pool.source or {}) if pool else None


def learns(inquiry: Inquiry, event: FormEvent) -> bool:
    """True when nothing explained the inquiry so far, and this report of it names somebody."""
    is_open = inquiry.attribution_status == AttributionStatus.OTHER and inquiry.correction is None
    return is_open and bool(event.visitor or event.ga)


def match_letter(session: Session, inquiry: Inquiry, found: Writer | None, address: SiteEmail | None) -> None:
    """Decides whose letter it is: a tag or its thread names the visitor; else the address itself may be a source."""
    if found is not None:
        visit = visit_before(session, found.visitor, inquiry.at)
        sentence = sentences.explain_letter(found.tag, inquiry.site.language)
        return _write_certain(inquiry, found.visitor, visit, sentence)
    if address is not None:
        return _write_static(inquiry, address.source or {}, address.address)
    return _write_other(inquiry)


def match_form(session: Session, inquiry: Inquiry, event: FormEvent) -> None:
    """Decides whose form it is: it names the visitor itself, or shows his Google id from his address."""
    visitor = _named_visitor(session, inquiry.site_id, event)
    if visitor is None:
        return _write_other(inquiry)
    visit = session.scalar(select(Visit).where(Visit.key == event.visit, Visit.visitor_id == visitor.id))
    visit = visit or visit_before(session, visitor, inquiry.at)
    _write_certain(inquiry, visitor, visit, sentences.explain_form(event.visitor is not None, inquiry.site.language))
    return None


def _named_visitor(session: Session, site_id: int, event: FormEvent) -> Visitor | None:
    if event.visitor:
        return session.scalar(select(Visitor).where(Visitor.site_id == site_id, Visitor.key == event.visitor))
    if not (event.ga and event.ip):
        return None
    shows_ga = select(VisitorTrait.visitor_id).where(VisitorTrait.kind == "ga", VisitorTrait.value == event.ga)
    shows_ip = select(VisitorTrait.visitor_id).where(VisitorTrait.kind == "ip", VisitorTrait.value == event.ip)
    both = select(Visitor).where(Visitor.site_id == site_id, Visitor.id.in_(shows_ga), Visitor.id.in_(shows_ip))
    return session.scalar(both.order_by(Visitor.last_at.desc()).limit(1))


def join_person(session: Session, inquiry: Inquiry) -> None:
    """Finds or makes the person of the inquiry's phones and addresses; a sure match joins the visitor to him."""
    person = identity.person_of(session, inquiry.site_id, inquiry.phones, inquiry.emails)
    if person is None:
        return
    if inquiry.visitor_id is not None and _proves_identity(inquiry):
        is_certain = inquiry.attribution_status == AttributionStatus.CERTAIN
        person = identity.join_visitor(session, person, inquiry.visitor_id, is_certain)
    inquiry.person_id = person.id
    merged = select(Person.id).where(Person.merged_into_id == person.id)
    session.execute(update(Inquiry).where(Inquiry.person_id.in_(merged)).values(person_id=person.id))


def _proves_identity(inquiry: Inquiry) -> bool:
    if inquiry.attribution_status == AttributionStatus.CERTAIN:
        return True
    return inquiry.attribution_status == AttributionStatus.PROBABLE and (inquiry.probability or 0) >= SURE_ENOUGH


def visit_before(session: Session, visitor: Visitor, at: datetime) -> Visit | None:
    """Returns the visitor's latest visit that began before an instant, else his first one."""
    visits = select(Visit).where(Visit.visitor_id == visitor.id)
    before = visits.where(Visit.started_at <= at + CLOCK_SKEW).order_by(Visit.started_at.desc()).limit(1)
    return session.scalar(before) or session.scalar(visits.order_by(Visit.started_at).limit(1))


def _write_certain(inquiry: Inquiry, visitor: Visitor, visit: Visit | None, sentence: str) -> None:
    one = {"visitor": visitor.key, "visit": visit.key if visit else None, "probability": 1.0}
    _write(inquiry, AttributionStatus.CERTAIN, sentence, 1.0, [one], visitor.id, visit.id if visit else None)


def _write_static(inquiry: Inquiry, source: Mapping[str, Any], bound: str) -> None:
    inquiry.static_source = dict(source)
    sentence = sentences.explain_static(bound, inquiry.site.language)
    _write(inquiry, AttributionStatus.STATIC, sentence, None, [])


def _write_given(inquiry: Inquiry, source: Mapping[str, Any]) -> None:
    """Nobody of ours is named, but the provider says where the caller came from."""
    inquiry.static_source = dict(source)
    _write(inquiry, AttributionStatus.GIVEN, sentences.explain_given(inquiry.site.language), None, [])


def _write_other(inquiry: Inquiry) -> None:
    sentence = sentences.explain_other(inquiry.site.language)
    _write(inquiry, AttributionStatus.OTHER, sentence, None, [])


def _write_verdict(session: Session, inquiry: Inquiry, verdict: Verdict, sentence: str) -> None:
    shown = [
        {"visitor": w.candidate.visitor, "visit": w.candidate.visit, "probability": w.probability}
        for w in verdict.weighed[:MOST_SHOWN]
    ]
    ids: tuple[int | None, int | None] = (None, None)
    if verdict.winner:
        row = session.execute(select(Visit.visitor_id, Visit.id).where(Visit.key == verdict.winner.visit)).one()
        ids = row[0], row[1]
    _write(inquiry, verdict.status, sentence, verdict.probability, shown, *ids)
    inquiry.evidence = {
        "marks": [str(mark) for mark in verdict.marks],
        "factors": {
            w.candidate.visitor: {name: _short(value) for name, value in w.factors.items()}
            for w in verdict.weighed[:MOST_SHOWN]
        },
    }


def _short(value: float) -> float:
    """Four figures are enough to see what a signal did."""
    return float(f"{value:.4g}")


def _write(
    inquiry: Inquiry,
    status: AttributionStatus,
    sentence: str,
    probability: float | None,
    shown: Sequence[Mapping[str, Any]],
    visitor_id: int | None = None,
    visit_id: int | None = None,
) -> None:
    if inquiry.attribution_status is not None and inquiry.visitor_id != visitor_id:
        inquiry.revision += 1
    if status not in (AttributionStatus.STATIC, AttributionStatus.GIVEN):
        inquiry.static_source = None
    inquiry.attribution_status, inquiry.explanation, inquiry.probability = status, sentence, probability
    inquiry.candidates = [dict(one) for one in shown]
    inquiry.evidence = {}
    inquiry.visitor_id, inquiry.visit_id = visitor_id, visit_id
