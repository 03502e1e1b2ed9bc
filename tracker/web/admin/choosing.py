"""What the address of a page narrows it to: a site, or one value of a closed set."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import NotFound
from tracker.sites.models import Site

Choice = TypeVar("Choice", bound=StrEnum)


def sites(session: Session) -> Sequence[Site]:
    """Every site, by name."""
    return session.scalars(select(Site).order_by(Site.name, Site.id)).all()


def chosen_site(known: Sequence[Site], key: str | None) -> Site | None:
    """The site of this key; None when no key is given.

    Raises:
        NotFound: there is no such site.
    """
    if not key:
        return None
    for site in known:
        if site.key == key:
            return site
    raise NotFound(f"there is no site {key}")


def the_site(session: Session, key: str) -> Site:
    """The site of this key.

    Raises:
        NotFound: there is none.
    """
    site = session.scalar(select(Site).where(Site.key == key))
    if site is None:
        raise NotFound(f"there is no site {key}")
    return site


def one_of(choices: type[Choice], value: str | None) -> Choice | None:
    """The member of this value; None when the address says nothing, or something unknown."""
    try:
        return choices(value or "")
    except ValueError:
        return None
