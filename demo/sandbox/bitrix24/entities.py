"""Which fields contacts, leads and deals have, and what they are worth when nothing is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UTM = ("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_CONTENT", "UTM_TERM")
COMMON = ("ASSIGNED_BY_ID", "OPENED", "COMMENTS", "SOURCE_ID", "SOURCE_DESCRIPTION", "COMPANY_ID",
          "ORIGINATOR_ID", "ORIGIN_ID", *UTM)  # fmt: skip
READ_ONLY = ("ID", "DATE_CREATE", "DATE_MODIFY", "CREATED_BY_ID", "MODIFY_BY_ID")


@dataclass(frozen=True)
class Entity:
    """One type of card.

    Args:
        name: key of `Portal.cards`; type_id: its number in activities and bindings.
        writable: fields a request may set; every other name is silently ignored.
        own: read-only fields besides the common ones.
        stage: field that holds the stage, None for contacts.
    """

    name: str
    type_id: int
    writable: tuple[str, ...]
    own: tuple[str, ...]
    defaults: dict[str, Any]
    has_multi: bool
    stage: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """All standard fields, as `*` in a select means them."""
        return (*READ_ONLY, *self.own, *self.writable)


CONTACT = Entity(
    "CONTACT", 3,
    ("HONORIFIC", "NAME", "SECOND_NAME", "LAST_NAME", "POST", "TYPE_ID", "BIRTHDATE", *COMMON),
    ("HAS_PHONE", "HAS_EMAIL"),
    {"TYPE_ID": "CLIENT", "OPENED": "Y"}, has_multi=True,
)  # fmt: skip
LEAD = Entity(
    "LEAD", 1,
    ("TITLE", "NAME", "SECOND_NAME", "LAST_NAME", "STATUS_ID", "STATUS_DESCRIPTION", "OPPORTUNITY",
     "CURRENCY_ID", *COMMON),
    ("HAS_PHONE", "HAS_EMAIL", "STATUS_SEMANTIC_ID", "IS_RETURN_CUSTOMER", "CONTACT_ID", "DATE_CLOSED",
     "MOVED_TIME", "MOVED_BY_ID"),
    {"STATUS_ID": "NEW", "OPENED": "Y", "CURRENCY_ID": "RUB", "IS_RETURN_CUSTOMER": "N"},
    has_multi=True, stage="STATUS_ID",
)  # fmt: skip
DEAL = Entity(
    "DEAL", 2,
    ("TITLE", "TYPE_ID", "STAGE_ID", "OPPORTUNITY", "CURRENCY_ID", "PROBABILITY", "BEGINDATE", "CLOSEDATE",
     "LEAD_ID", "ADDITIONAL_INFO", *COMMON),
    ("CATEGORY_ID", "STAGE_SEMANTIC_ID", "CLOSED", "CONTACT_ID", "IS_NEW", "IS_RETURN_CUSTOMER",
     "IS_REPEATED_APPROACH", "MOVED_TIME", "MOVED_BY_ID"),
    {"TYPE_ID": "SALE", "OPENED": "Y", "CURRENCY_ID": "RUB", "CLOSED": "N", "IS_NEW": "Y",
     "IS_RETURN_CUSTOMER": "N", "IS_REPEATED_APPROACH": "N", "OPPORTUNITY": "0.00"},
    has_multi=False, stage="STAGE_ID",
)  # fmt: skip

ENTITIES = {entity.name: entity for entity in (CONTACT, LEAD, DEAL)}
BY_TYPE_ID = {entity.type_id: entity for entity in ENTITIES.values()}
