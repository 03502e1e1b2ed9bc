"""Attribution models: which visits of a person share the credit for an inquiry, and how much each gets.

A touch is a visit of the person up to the one that explains the inquiry; docs/decisions/0018 names the models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Float,
    FromClause,
    Label,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from tracker.inquiries.models import Inquiry
from tracker.people.models import PersonVisitor
from tracker.visits.models import Visit, Visitor

Told = Callable[[type[Visit]], Sequence[Label[Any]]]  # of a visit, or an alias of it, to labelled columns

ENDS, MIDDLE = 0.4, 0.2  # position-based: each end, and what all between them share
PLACE, TOTAL = "place", "total"  # of a visit on the way, and the visits on it


class Model(StrEnum):
    """How the credit for an inquiry is given to the visits before it."""

    LAST_NON_DIRECT = "last-non-direct"  # the latest visit that came from somewhere
    LAST = "last"  # the visit that explains the inquiry
    FIRST = "first"  # the first visit of the person
    LINEAR = "linear"  # equal shares
    POSITION = "position"  # 40 % first, 40 % last, the rest between them


def touches(model: Model, inquiries: FromClause, told: Told) -> Subquery:
    """The credit of visits for inquiries: column `credit`; shares of an inquiry add up to 1.

    Args:
        inquiries: has columns `id` and `visit_id`; those without a visit have no touch. Its further columns are
            carried along: it has no index by which to find them again.
        told: the columns that are wanted of each visit with credit, of the alias it is given; they are carried along,
            too, for looking the visits up once more would cost as much as finding them.
    """
    own = aliased(Visit)
    if model == Model.LAST:
        return _one(inquiries, told(own)).join(own, _explains(own, inquiries)).subquery()
    if model == Model.LAST_NON_DIRECT:
        named = aliased(Visit)
        best = [
            case((named.id.is_(None), mine), else_=its).label(mine.name)
            for mine, its in zip(told(own), told(named), strict=True)
        ]
        found = _one(inquiries, best).join(own, _explains(own, inquiries))
        return found.outerjoin(named, named.id == case((own.channel == "direct", _latest_named(own)))).subquery()
    way = _way(model, inquiries, own, told).subquery()
    kept = (column for column in way.c if column.name not in (PLACE, TOTAL))
    given = select(_credit(model, way.c).label("credit"), *kept)
    return given.where(way.c[PLACE] == 1).subquery() if model == Model.FIRST else given.subquery()


def is_touched(model: Model, *wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """A visit with some credit for an `Inquiry` is as wanted, a condition on `Visit`.

    The same as `touches`, but asked of one inquiry after another, so that the first page of a list needs no others.
    """
    own, touch = aliased(Visit), aliased(Visit)
    if model == Model.LAST:
        which = [Visit.id == own.id]
    elif model == Model.LAST_NON_DIRECT:
        which = [Visit.id == _named(own)]
    elif model == Model.FIRST:
        way = select(touch.id).where(*_of_way(touch, own)).correlate(own)
        which = [Visit.id == way.order_by(touch.started_at, touch.id).limit(1).scalar_subquery()]
    else:
        which = _of_way(Visit, own)
    found = select(Visit.id).select_from(own).join(Visit, and_(*which))
    one = found.where(own.id == Inquiry.visit_id, *wanted).correlate(Inquiry).limit(1)
    return one.scalar_subquery().is_not(None)  # for EXISTS, PostgreSQL would work out the answers of all visits


def visits_of(visitors: Sequence[int]) -> Select[int]:
    """The visits of these visitors, and of whoever is the same person as one of them."""
    joined, fellow = aliased(PersonVisitor), aliased(PersonVisitor)
    fellows = select(fellow.visitor_id).join(joined, joined.person_id == fellow.person_id)
    them = union_all(select(Visitor.id).where(Visitor.id.in_(visitors)), fellows.where(joined.visitor_id.in_(visitors)))
    return select(Visit.id).where(Visit.visitor_id.in_(them))


def _explains(own: type[Visit], inquiries: FromClause) -> ColumnElement[bool]:
    """The visit explains an inquiry. The bounds follow; without them PostgreSQL reads the visits of all years."""
    ids = inquiries.c.visit_id
    first, last = (select(edge(ids)).correlate(None).scalar_subquery() for edge in (func.min, func.max))
    return and_(own.id == ids, own.id.between(first, last))


def _carried(inquiries: FromClause) -> list[ColumnElement[Any]]:
    return [column for column in inquiries.c if column.name not in ("id", "visit_id")]


def _one(inquiries: FromClause, told: Sequence[Label[Any]]) -> Select[*tuple[Any, ...]]:
    """All credit for one visit."""
    return select(literal(1.0).label("credit"), *told, *_carried(inquiries)).select_from(inquiries)


def _named(own: type[Visit]) -> ColumnElement[int]:
    """The visit itself, or the one that `_latest_named` finds when it came directly."""
    return case((own.channel != "direct", own.id), else_=func.coalesce(_latest_named(own), own.id))


def _theirs(own: type[Visit]) -> CompoundSelect[int]:
    """The visitors who are the same person."""
    joined, fellow = aliased(PersonVisitor), aliased(PersonVisitor)
    fellows = (
        select(fellow.visitor_id)
        .join(joined, joined.person_id == fellow.person_id)
        .where(joined.visitor_id == own.visitor_id)
        .correlate(own)
    )
    return union_all(select(own.visitor_id).correlate(own), fellows)


def _of_way(touch: type[Visit], own: type[Visit]) -> list[ColumnElement[bool]]:
    """A visit of the person up to the explaining one."""
    is_real = or_(touch.bot_reason.is_(None), touch.id == own.id)
    return [touch.visitor_id.in_(_theirs(own)), touch.started_at <= own.started_at, is_real]


def _latest_named(own: type[Visit]) -> ScalarSelect[Any]:
    """The latest visit of the person that did not come directly, looked up for the few whose own one did."""
    touch = aliased(Visit)
    named = (touch.visitor_id.in_(_theirs(own)), touch.channel != "direct", touch.bot_reason.is_(None))
    found = select(touch.id).where(*named, touch.started_at <= own.started_at).correlate(own)
    return found.order_by(touch.started_at.desc(), touch.id.desc()).limit(1).scalar_subquery()


def _way(model: Model, inquiries: FromClause, own: type[Visit], told: Told) -> Select[*tuple[Any, ...]]:
    """Every visit of the person up to the explaining one; numbered and counted as far as the model asks."""
    touch, joined, fellow = aliased(Visit), aliased(PersonVisitor), aliased(PersonVisitor)
    place = func.row_number().over(partition_by=inquiries.c.id, order_by=(touch.started_at, touch.id)).label(PLACE)
    total = func.count().over(partition_by=inquiries.c.id).label(TOTAL)
    wanted = {Model.FIRST: (place,), Model.LINEAR: (total,), Model.POSITION: (place, total)}[model]
    return (
        select(*wanted, *told(touch), *_carried(inquiries))
        .select_from(inquiries)
        .join(own, _explains(own, inquiries))
        .outerjoin(joined, joined.visitor_id == own.visitor_id)
        .outerjoin(fellow, fellow.person_id == joined.person_id)
        .join(touch, touch.visitor_id == func.coalesce(fellow.visitor_id, own.visitor_id))
        .where(touch.started_at <= own.started_at, or_(touch.bot_reason.is_(None), touch.id == own.id))
    )


def _credit(model: Model, way: Any) -> ColumnElement[float]:
    if model == Model.FIRST:
        return literal(1.0)
    if model == Model.LINEAR:
        share: ColumnElement[float] = cast(1.0, Float) / way.total
        return share
    return case(
        (way.total == 1, 1.0),
        (way.total == 2, 0.5),
        (or_(way.place == 1, way.place == way.total), ENDS),
        else_=cast(MIDDLE, Float) / (way.total - 2),
    )
