"""Which sites a request may see: every query of the ORM is narrowed to them, so that no page can forget it.

A table belongs to a site by its `site_id`, or through its `connection_id` or `pool_id`; rows that hang on a visit or
an inquiry are reached through it alone. Statements in plain SQL would not be narrowed: the admin has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, event, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from tracker.access.rights import Access, Right
from tracker.database import Base
from tracker.extensions import db
from tracker.pools.models import Pool
from tracker.sites.models import Connection, Site

CONNECTIONS, POOLS = Connection.__table__.c, Pool.__table__.c


def register() -> None:
    """Lets every session of a request keep to its scope."""
    if not event.contains(db.session, "do_orm_execute", _keep_to_scope):
        event.listen(db.session, "do_orm_execute", _keep_to_scope)


def visible(session: Session, access: Access, right: Right) -> frozenset[int] | None:
    """Ids of the sites where the user has the right; None: all there are and will be."""
    if not access.by_site:
        return None if access.everywhere(right) else frozenset()
    return frozenset(number for number, key in session.execute(select(Site.id, Site.key)) if access.at(key, right))


def narrow(sites: frozenset[int] | None) -> None:
    """Narrows the rest of the request to these sites; None: to nothing."""
    g.visible_sites = sites


@contextmanager
def lifted() -> Iterator[None]:
    """Looks at the whole installation for a moment, for what must be unique in it."""
    kept = g.get("visible_sites")
    narrow(None)
    try:
        yield
    finally:
        narrow(kept)


def _keep_to_scope(state: ORMExecuteState) -> None:
    sites = g.get("visible_sites") if has_request_context() else None
    if sites is not None and state.is_select and not state.is_column_load:
        state.statement = state.statement.options(*_options(sites))


@lru_cache(maxsize=256)
def _options(sites: frozenset[int]) -> tuple[LoaderCriteriaOption, ...]:
    found = ((mapper.class_, _within(mapper, sites)) for mapper in Base.registry.mappers)
    return tuple(with_loader_criteria(kind, rule, include_aliases=True) for kind, rule in found if rule)


def _within(mapper: Mapper[Any], sites: frozenset[int]) -> Callable[[Any], ColumnElement[bool]] | None:
    """What narrows a table, as a function of the table or its alias; None: it belongs to no site."""
    wanted, columns = sorted(sites), mapper.columns
    if mapper.class_ is Site:
        return lambda table: table.id.in_(wanted)
    if "site_id" in columns:
        return lambda table: table.site_id.in_(wanted)
    if "connection_id" in columns:
        return lambda table: table.connection_id.in_(select(CONNECTIONS.id).where(CONNECTIONS.site_id.in_(wanted)))
    if "pool_id" in columns:
        return lambda table: table.pool_id.in_(select(POOLS.id).where(POOLS.site_id.in_(wanted)))
    return None
