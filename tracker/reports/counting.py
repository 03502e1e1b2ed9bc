"""What figures count: no tests, no robots, nothing that the site leaves out. Lists show everything, with a mark."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from tracker.inquiries.events import CallStatus, LetterClass
from tracker.inquiries.models import Inquiry
from tracker.visits.models import Visit

LOST = (CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)


def is_counted(of: type[Inquiry] = Inquiry) -> ColumnElement[bool]:
    """The site wants the inquiry in its figures: not of staff, not short, and no machine wrote the letter.

    Args:
        of: `Inquiry` itself, or an alias of it.
    """
    by_a_person = or_(of.letter_class.is_(None), of.letter_class == LetterClass.HUMAN)
    return and_(of.not_counted.is_(None), by_a_person)


def real_inquiries(of: type[Inquiry] = Inquiry) -> list[ColumnElement[bool]]:
    """Inquiries that figures count."""
    return [is_counted(of), ~of.is_test]


def real_visits() -> list[ColumnElement[bool]]:
    """Visits that figures count."""
    return [~Visit.is_test, Visit.bot_reason.is_(None)]
