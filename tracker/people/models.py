"""Which visitors proved to be one human being, and by what he is known."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker import clock
from tracker.database import Base, BigId


class IdentifierKind(StrEnum):
    """By what a person is known."""

    PHONE = "phone"  # E.164
    EMAIL = "email"  # lower-cased


class Person(Base):
    """One human being as one site knows him."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # public id
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # the same human being as that one
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class PersonIdentifier(Base):
    """A phone or address belongs to one person of a site."""

    __tablename__ = "person_identifiers"
    __table_args__ = (UniqueConstraint("site_id", "kind", "value"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[IdentifierKind]
    value: Mapped[str]


class PersonVisitor(Base):
    """A visitor is one person's."""

    __tablename__ = "person_visitors"

    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitors.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(default=clock.now)
