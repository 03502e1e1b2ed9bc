"""The reports once more, reckoned row by row in Python: what their statements must agree with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.models import Inquiry, InquiryLabel
from tracker.people.models import PersonVisitor
from tracker.reports.dimensions import BOUND, COLUMNS, NONE, OF_VISITS_ONLY
from tracker.reports.lines import FIGURES, Keys, Question
from tracker.reports.periods import Period
from tracker.reports.touches import Model
from tracker.sites.models import Site
from tracker.visits.models import Visit

MERGED = ("campaign", "content", "term")
LOST = (CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)


@dataclass
class Reckoned:
    """A line of a report: who came, and its figures by name, `visits` and `before` among them."""

    visitors: set[int] = field(default_factory=set)
    figures: Counter[str] = field(default_factory=Counter)


class Reckoning:
    """All rows of a database, and what reports make of them."""

    def __init__(self, session: Session) -> None:
        self.visits = {visit.id: visit for visit in session.scalars(select(Visit))}
        self.inquiries = [one for one in session.scalars(select(Inquiry)) if _counts(one)]
        self.sites = {site.id: site for site in session.scalars(select(Site))}
        self.person = dict(session.execute(select(PersonVisitor.visitor_id, PersonVisitor.person_id)).all())
        self.labels: dict[int, set[str]] = defaultdict(set)
        for one in session.scalars(select(InquiryLabel)):
            self.labels[one.inquiry_id].add(one.label)
        self.figures = {one.id: self._figures(one) for one in self.inquiries}
        self.ways = {one.visit_id: self._way(self.visits[one.visit_id]) for one in self.inquiries if one.visit_id}

    def lines(self, question: Question) -> dict[Keys, Reckoned]:
        lines: dict[Keys, Reckoned] = defaultdict(Reckoned)
        for visit in self.came(question):
            line = lines[_keys(question, visit)]
            line.visitors.add(visit.visitor_id)
            line.figures["visits"] += 1
        for period in (question.period, question.period.before()):
            for one in self.of(question, period):
                names = self.figures[one.id] if period == question.period else ["before"]
                for keys, credit in self.credits(question, one):
                    lines[keys].figures.update(dict.fromkeys(names, credit))
        return lines

    def came(self, question: Question) -> list[Visit]:
        period = question.period
        return [
            visit
            for visit in self.visits.values()
            if period.since <= visit.started_at < period.until and not visit.is_test and visit.bot_reason is None
            and question.site_id in (None, visit.site_id)
            and all(_value(visit, name) == value for name, value in question.narrowed.items())
        ]  # fmt: skip

    def of(self, question: Question, period: Period) -> Iterator[Inquiry]:
        for one in self.inquiries:
            if period.since <= one.at < period.until and question.site_id in (None, one.site_id):
                yield one

    def credits(self, question: Question, one: Inquiry) -> Iterator[tuple[Keys, float]]:
        """Who gets how much; only what the report is narrowed to."""
        if one.visit_id is None:
            if all(_static(one, name) == value for name, value in question.narrowed.items()):
                yield _merged(question, tuple(_static(one, name) for name in question.by)), 1.0
            return
        for visit, credit in self.touches(question.model, self.visits[one.visit_id]):
            if all(_value(visit, name) == value for name, value in question.narrowed.items()):
                yield _keys(question, visit), credit

    def touches(self, model: Model, own: Visit) -> list[tuple[Visit, float]]:
        way = self.ways[own.id]
        if model == Model.LAST:
            return [(own, 1.0)]
        if model == Model.LAST_NON_DIRECT:
            named = [visit for visit in way if visit.channel != "direct"]
            return [(own if own.channel != "direct" or not named else named[-1], 1.0)]
        if model == Model.FIRST:
            return [(way[0], 1.0)]
        if model == Model.LINEAR or len(way) < 3:
            return [(visit, 1 / len(way)) for visit in way]
        between = [(visit, 0.2 / (len(way) - 2)) for visit in way[1:-1]]
        return [(way[0], 0.4), *between, (way[-1], 0.4)]

    def _way(self, own: Visit) -> list[Visit]:
        """The visits of the person up to this one."""
        person = self.person.get(own.visitor_id)
        theirs = {own.visitor_id} | {visitor for visitor, one in self.person.items() if one == person}
        came = (
            visit
            for visit in self.visits.values()
            if visit.visitor_id in theirs and visit.started_at <= own.started_at
            and (visit.bot_reason is None or visit is own)
        )  # fmt: skip
        return sorted(came, key=lambda visit: (visit.started_at, visit.id))

    def _figures(self, one: Inquiry) -> list[str]:
        is_call, is_letter = one.kind == InquiryKind.CALL, one.kind == InquiryKind.EMAIL
        which = (True, self.is_unique(one), self.is_target(one), is_call, is_call and one.status in LOST, is_letter,
                 not is_call and not is_letter)  # fmt: skip
        return [name for name, holds in zip(FIGURES, which, strict=True) if holds]

    def is_unique(self, one: Inquiry) -> bool:
        days = self.sites[one.site_id].unique_days
        return not any(
            each is not one and each.site_id == one.site_id and _same(one, each)
            and (each.at < one.at or (each.at == one.at and each.id < one.id))
            and (not days or each.at >= one.at - timedelta(days=days))
            for each in self.inquiries
        )  # fmt: skip

    def is_target(self, one: Inquiry) -> bool:
        site, labels = self.sites[one.site_id], self.labels[one.id]
        talked = one.status == CallStatus.ANSWERED and (one.talk_seconds or 0) >= site.target_talk_seconds
        by_itself = not site.target_needs_label and (one.kind != InquiryKind.CALL or talked)
        return not labels & set(site.never_target_labels) and (by_itself or bool(labels & set(site.target_labels)))


def _counts(one: Inquiry) -> bool:
    return one.not_counted is None and not one.is_test and one.letter_class in (None, LetterClass.HUMAN)


def _same(one: Inquiry, earlier: Inquiry) -> bool:
    if one.person_id is not None:
        return earlier.person_id == one.person_id
    return one.visitor_id is not None and earlier.visitor_id == one.visitor_id and earlier.person_id is None


def _value(visit: Visit, name: str) -> str:
    return getattr(visit, COLUMNS[name].key) or NONE


def _static(one: Inquiry, name: str) -> str:
    if name in OF_VISITS_ONLY:
        return NONE
    if name == "channel":
        return BOUND if one.static_source else NONE
    return (one.static_source or {}).get(f"utm_{name}") or NONE


def _keys(question: Question, visit: Visit) -> Keys:
    return _merged(question, tuple(_value(visit, name) for name in question.by))


def _merged(question: Question, keys: Sequence[str]) -> Keys:
    return (NONE,) * len(keys) if question.by[0] in MERGED and keys[0] == NONE else tuple(keys)
