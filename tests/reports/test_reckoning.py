"""Reports over random rows say what reckoning row by row says: by whatever, by every model, of one site and of all."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from reckoning import Reckoning
from sqlalchemy import insert, select
from world import World

from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.models import Inquiry, InquiryLabel, NotCounted
from tracker.people.models import Person, PersonVisitor
from tracker.reports import breakdown
from tracker.reports.dimensions import NONE
from tracker.reports.lines import FIGURES, Question
from tracker.reports.periods import Period
from tracker.reports.touches import Model
from tracker.sites.models import Site
from tracker.visits.models import Visit, Visitor

VISITORS, VISITS, INQUIRIES, PEOPLE = 40, 260, 200, 20
PERIOD = Period(date(2026, 3, 10), date(2026, 3, 31), "Europe/Berlin")  # the clocks go forward in it
START = PERIOD.before().since
SOURCES = [("google", "cpc", "paid-search"), ("google", "organic", "organic-search"), ("vk", "cpc", "paid-social"),
           ("(direct)", "(none)", "direct"), ("(direct)", "(none)", "direct")]  # fmt: skip
BY = [("source", "medium"), ("channel",), ("campaign", "source"), ("content", "campaign"), ("term", "campaign"),
      ("landing",), ("city",)]  # fmt: skip
NARROWED = [{}, {"source": "google"}, {"channel": "direct", "city": NONE}, {"campaign": NONE}]


class Rows:
    """Rows that may be anything: robots, tests, people with several browsers, inquiries of the same moment."""

    def __init__(self) -> None:
        self.choose = random.Random(5)

    def at(self) -> Any:
        return START + timedelta(minutes=self.choose.randrange(0, 2 * PERIOD.days * 24 * 60, 30))

    def visitors(self) -> list[dict[str, Any]]:
        return [{"id": n, "site_id": n % 2 + 1, "key": f"{n:032x}", "first_at": START, "last_at": START}
                for n in range(1, VISITORS + 1)]  # fmt: skip

    def joined(self) -> list[dict[str, Any]]:
        return [{"visitor_id": n, "person_id": (n % PEOPLE + 1)} for n in range(1, VISITORS + 1) if n % 3]

    def visits(self) -> list[dict[str, Any]]:
        return [self._visit(n, self.choose.randint(1, VISITORS)) for n in range(1, VISITS + 1)]

    def _visit(self, n: int, visitor: int) -> dict[str, Any]:
        source, medium, channel = self.choose.choice(SOURCES)
        at, some = self.at(), self.choose.choice
        return {
            "id": n, "site_id": visitor % 2 + 1, "visitor_id": visitor, "key": f"{n:024x}", "started_at": at,
            "last_at": at, "source": source, "medium": medium, "channel": channel, "named_by": "utm",
            "utm_campaign": some([None, "", "spring", "winter"]), "utm_content": some([None, "a", "b"]),
            "utm_term": some([None, "", "c"]), "is_paid": medium == "cpc", "click_ids": {}, "ga_sessions": {},
            "landing_page": "https://example.com/", "landing_path": some(["example.com/", "example.com/b"]),
            "device": "mobile", "city": some([None, "", "Tver"]), "is_test": some([False] * 9 + [True]),
            "bot_reason": some([None] * 9 + ["crawler"]),
        }  # fmt: skip

    def inquiries(self, visits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self._inquiry(n, self.choose.choice([*visits, None])) for n in range(1, INQUIRIES + 1)]

    def _inquiry(self, n: int, visit: dict[str, Any] | None) -> dict[str, Any]:
        some, kind = self.choose.choice, self.choose.choice(list(InquiryKind))
        is_known = visit is not None and self.choose.random() < 0.7
        static = {"utm_source": "poster", "utm_medium": "offline", **some([{}, {"utm_campaign": "metro"}])}
        site = visit["site_id"] if visit else some([1, 2])
        return {
            "id": n, "key": f"{n:032x}", "site_id": site, "scope": "pbx", "external_id": str(n), "kind": kind,
            "at": visit["started_at"] if visit and self.choose.random() < 0.3 else self.at(),
            "status": some(list(CallStatus)) if kind == InquiryKind.CALL else None, "talk_seconds": some([None, 5, 90]),
            "letter_class": some(list(LetterClass)) if kind == InquiryKind.EMAIL else None,
            "is_test": some([False] * 9 + [True]), "not_counted": some([None] * 9 + [NotCounted.SHORT]),
            "person_id": some([None, n % PEOPLE + 1]), "visitor_id": visit["visitor_id"] if is_known else None,
            "visit_id": visit["id"] if is_known else None,
            "static_source": None if is_known else some([None, static]),
        }  # fmt: skip


@pytest.fixture
def reckoning(world: World) -> Reckoning:
    """Two sites that call different inquiries unique and target ones, and what reckoning makes of their rows."""
    with writing(db.session()) as session:
        first = session.scalars(select(Site)).one()
        second = Site(**{c.key: getattr(first, c.key) for c in Site.__table__.columns if c.key != "id"})
        second.key, second.unique_days, second.target_needs_label, second.target_labels = "other", 0, True, ["vip"]
        first.unique_days, first.never_target_labels = 7, ["spam"]
        session.add(second)
        session.flush()
        assert {first.id, second.id} == {1, 2}
        rows = Rows()
        session.execute(insert(Visitor), rows.visitors())
        session.execute(insert(Person), [{"id": n, "key": str(n), "site_id": 1} for n in range(1, PEOPLE + 1)])
        session.execute(insert(PersonVisitor), rows.joined())
        visits = rows.visits()
        session.execute(insert(Visit), visits)
        session.execute(insert(Inquiry), rows.inquiries(visits))
        labels = [{"inquiry_id": n, "label": ("vip", "spam")[n % 2]} for n in range(1, INQUIRIES + 1, 3)]
        session.execute(insert(InquiryLabel), labels)
    return Reckoning(db.session())


def test_reports_say_what_reckoning_says(reckoning: Reckoning) -> None:
    for number in range(2 * len(BY)):  # every dimension twice, every model, site and narrowing with many of them
        by, model = BY[number % len(BY)], list(Model)[number % len(Model)]
        narrowed, site_id = NARROWED[number % len(NARROWED)], (None, 1, 2)[number % 3]
        question = Question(by, PERIOD, model, site_id, narrowed)

        lines = breakdown.breakdown(db.session(), question)

        expected = reckoning.lines(question)
        assert {line.keys for line in lines} == set(expected), question
        for line in lines:
            wanted = expected[line.keys]
            told = {name: getattr(line, name) for name in ("visits", "before", *FIGURES)}
            assert line.visitors == len(wanted.visitors), (question, line)
            assert told == pytest.approx({name: wanted.figures[name] for name in told}), (question, line)
        assert breakdown.visitors(db.session(), question) == len({v.visitor_id for v in reckoning.came(question)})


def test_charts_add_up_to_the_lines(reckoning: Reckoning) -> None:
    for model, narrowed in zip(Model, [*NARROWED, {}], strict=True):
        question = Question(("channel",), PERIOD, model, narrowed=narrowed)

        bars = breakdown.by_day(db.session(), question, PERIOD)

        lines = reckoning.lines(question).values()
        assert sum(bars) == pytest.approx(sum(line.figures["inquiries"] for line in lines)), question
