"""What figures count: no tests, no robots, nothing that the site leaves out. Lists show everything, with a mark."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from tracker.inquiries.events import LetterClass
from tracker.inquiries.models import Inquiry
from tracker.visits.models import Visit


def is_counted() -> ColumnElement[bool]:
    """The site wants the inquiry in its figures: not of staff, not short, and no machine wrote the letter."""
    by_a_person = or_(Inquiry.letter_class.is_(None), Inquiry.letter_class == LetterClass.HUMAN)
    return and_(Inquiry.not_counted.is_(None), by_a_person)


def real_inquiries() -> list[ColumnElement[bool]]:
    """Inquiries that figures count."""
    return [is_counted(), ~Inquiry.is_test]


def real_visits() -> list[ColumnElement[bool]]:
    """Visits that figures count."""
    return [~Visit.is_test, Visit.bot_reason.is_(None)]
