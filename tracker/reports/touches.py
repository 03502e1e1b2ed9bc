"""Attribution models: which visits of a person share the credit for an inquiry, and how much each gets.

A touch is a visit of the person up to the one that explains the inquiry; docs/decisions/0017 names the models.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, Subquery, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from tracker.inquiries.models import Inquiry
from tracker.people.models import PersonVisitor
from tracker.visits.models import Visit

ENDS, MIDDLE = 0.4, 0.2  # position-based: each end, and what all between them share


class Model(StrEnum):
    """How the credit for an inquiry is given to the visits before it."""

    LAST_NON_DIRECT = "last-non-direct"  # the latest visit that came from somewhere
    LAST = "last"  # the visit that explains the inquiry
    FIRST = "first"  # the first visit of the person
    LINEAR = "linear"  # equal shares
    POSITION = "position"  # 40 % first, 40 % last, the rest between them


def touches(model: Model, *wanted: ColumnElement[bool]) -> Subquery:
    """The credit of visits for inquiries: columns `inquiry_id`, `visit_id`, `credit`; shares of an inquiry add up to 1.

    Args:
        wanted: conditions on `Inquiry`; inquiries without a visit have no touch.
    """
    if model == Model.LAST:
        own = select(Inquiry.id.label("inquiry_id"), Inquiry.visit_id, literal(1.0).label("credit"))
        return own.where(Inquiry.visit_id.is_not(None), *wanted).subquery()
    way = _way(wanted)
    credit = _credit(model, way.c).label("credit")
    given = select(way.c.inquiry_id, way.c.visit_id, credit).subquery()
    return select(given).where(given.c.credit > 0).subquery()


def _way(wanted: tuple[ColumnElement[bool], ...]) -> Subquery:
    """Every visit of the person up to the explaining one, numbered; `named_place` counts direct visits first."""
    own, touch = aliased(Visit), aliased(Visit)
    joined, fellow = aliased(PersonVisitor), aliased(PersonVisitor)
    order = (touch.started_at, touch.id)
    is_named = case((touch.channel == "direct", 0), else_=1)
    return (
        select(
            Inquiry.id.label("inquiry_id"),
            touch.id.label("visit_id"),
            func.row_number().over(partition_by=Inquiry.id, order_by=order).label("place"),
            func.row_number().over(partition_by=Inquiry.id, order_by=(is_named, *order)).label("named_place"),
            func.count().over(partition_by=Inquiry.id).label("total"),
        )
        .join(own, own.id == Inquiry.visit_id)
        .outerjoin(joined, joined.visitor_id == own.visitor_id)
        .outerjoin(fellow, fellow.person_id == joined.person_id)
        .join(touch, touch.visitor_id == func.coalesce(fellow.visitor_id, own.visitor_id))
        .where(touch.started_at <= own.started_at, or_(touch.bot_reason.is_(None), touch.id == own.id), *wanted)
        .subquery()
    )


def _credit(model: Model, way: Any) -> ColumnElement[float]:
    is_first: ColumnElement[bool] = way.place == 1
    is_last: ColumnElement[bool] = way.place == way.total
    match model:
        case Model.FIRST:
            return case((is_first, 1.0), else_=0.0)
        case Model.LINEAR:
            share: ColumnElement[float] = cast(1.0, Float) / way.total
            return share
        case Model.POSITION:
            return case(
                (way.total == 1, 1.0),
                (way.total == 2, 0.5),
                (is_first | is_last, ENDS),
                else_=cast(MIDDLE, Float) / (way.total - 2),
            )
        case _:
            return case((way.named_place == way.total, 1.0), else_=0.0)
