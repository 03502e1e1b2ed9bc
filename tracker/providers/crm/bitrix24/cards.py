"""Contacts, deals and leads of the portal: read, found, made, completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Additions, Contact, Deal, Draft, Entity, EntityType, Lead
from tracker.deliveries.finding import holds_email, holds_phone
from tracker.providers.crm.bitrix24.client import Client, Command
from tracker.providers.crm.bitrix24.drafting import ORIGINATOR, draft_fields, multifield, trace_of
from tracker.providers.crm.bitrix24.duplicates import DuplicateSearch, parts
from tracker.providers.crm.bitrix24.fields import Fields
from tracker.providers.crm.bitrix24.refusals import Missing

PAGE_SIZE = 50
SOURCE_VALUES = frozenset({"utm_source", "utm_medium", "utm_campaign", "ga_id", "referrer", "landing_page"})
OPEN = "P"  # STAGE_SEMANTIC_ID of what is neither won nor lost
STAGE_FIELDS = {EntityType.DEAL: "STAGE_SEMANTIC_ID", EntityType.LEAD: "STATUS_SEMANTIC_ID"}
SELECTED = {
    EntityType.CONTACT: ["ID", "NAME", "LAST_NAME", "DATE_CREATE", "ASSIGNED_BY_ID", "PHONE", "EMAIL"],
    EntityType.DEAL: ["ID", "STAGE_SEMANTIC_ID", "DATE_CREATE", "ASSIGNED_BY_ID", "CONTACT_ID",
                      "LEAD_ID"],
    EntityType.LEAD: ["ID", "STATUS_SEMANTIC_ID", "DATE_CREATE", "ASSIGNED_BY_ID", "CONTACT_ID", "PHONE",
                      "EMAIL"],
}  # fmt: skip

Row = dict[str, Any]


class Cards:
    """The cards of one portal, as one delivery sees them: one request brings what the next questions will ask for."""

    def __init__(self, client: Client, fields: Fields, source: str) -> None:
        self._client = client
        self._fields = fields
        self._source = source
        self._duplicates = DuplicateSearch(client)
        self._deals: dict[str, list[Row]] = {}  # of contacts just read, each good for one use
        self._fresh: dict[Entity, Row] = {}  # likewise cards
        self._seen: dict[Entity, Row] = {}

    def get(self, type: EntityType, id: str) -> Row | None:
        """The whole card, None when it does not exist."""
        try:
            row: Row = self._client.call(f"read the {type}", f"crm.{type}.get", {"id": id})
        except Missing:
            return None
        self._seen[Entity(type, id)] = row
        return row

    def contact(self, id: str) -> Row | None:
        """The whole contact, None when it does not exist. The same request brings its deals."""
        commands: dict[str, Command] = {
            "contact": ("crm.contact.get", {"id": id}),
            "deals": ("crm.deal.list", self._wanted(EntityType.DEAL, {"=CONTACT_ID": id})),
        }
        answer = self._client.batch("read the contact", commands)
        try:
            row: Row = answer.get("contact")
        except Missing:
            return None
        self._fresh[Entity(EntityType.CONTACT, id)] = row
        deals = answer.results.get("deals") or []
        if "deals" not in answer.errors and len(deals) < PAGE_SIZE:
            self._deals[id] = deals
            self._fresh |= {Entity(EntityType.DEAL, str(deal["ID"])): deal for deal in deals}
            self._seen |= {Entity(EntityType.DEAL, str(deal["ID"])): deal for deal in deals}
        return row

    def deals_of(self, contact: str) -> list[Row]:
        """The deals the contact takes part in, the oldest first."""
        known = self._deals.pop(contact, None)
        return known if known is not None else self.where(EntityType.DEAL, {"=CONTACT_ID": contact})

    def deal(self, id: str) -> Row | None:
        """The deal, None when it does not exist."""
        return self._fresh.pop(Entity(EntityType.DEAL, id), None) or self.get(EntityType.DEAL, id)

    def seen(self, entity: Entity) -> Row:
        """The card as this delivery last saw it; empty when it does not exist."""
        return self._seen.get(entity) or self.get(entity.type, entity.id) or {}

    def where(self, type: EntityType, conditions: Mapping[str, object]) -> list[Row]:
        """Cards by a filter, the oldest first. Unknown filter fields are ignored by the portal: verify."""
        return list(self._client.rows(f"find the {type}", f"crm.{type}.list", self._wanted(type, conditions)))

    def holding(self, type: EntityType, phones: Sequence[str], emails: Sequence[str]) -> list[Row]:
        """Cards in which the portal's duplicate search sees one of the values."""
        ids = self._duplicates.ids(type, phones, emails)
        return [row for part in parts(ids, PAGE_SIZE) for row in self.where(type, {"@ID": part})]

    def with_values(self, type: EntityType, values: Mapping[str, str]) -> list[Row]:
        """Cards whose fields hold all the values; none when a field is unknown, for the portal would then
        leave the condition out."""
        known = self._fields.of(type)
        if not values or any(name not in known for name in values):
            return []
        rows = self.where(type, {f"={known[name].code}": text for name, text in values.items()})
        return [row for row in rows if values.items() <= self._fields.read(type, row).items()]

    def marked(self, type: EntityType, marker: str) -> str | None:
        """The card that carries our marker as its foreign id."""
        rows = self._client.rows(
            f"look for the {type}",
            f"crm.{type}.list",
            {"filter": {"=ORIGINATOR_ID": ORIGINATOR, "=ORIGIN_ID": marker}, "select": ["ID", "ORIGIN_ID"]},
        )
        return next((str(row["ID"]) for row in rows if row.get("ORIGIN_ID") == marker), None)

    def add(self, type: EntityType, draft: Draft) -> str:
        """Makes a card out of a draft and returns its id."""
        fields = draft_fields(type, draft, self._source) | self._fields.write(type, draft.values)
        if draft.tags:
            fields |= self._fields.write_tags(type, [], draft.tags)
        return str(self._client.call(f"create the {type}", f"crm.{type}.add", {"fields": fields}))

    def complete(self, entity: Entity, additions: Additions) -> None:
        """Appends phones, emails and tags that the card does not hold yet, and replaces values."""
        row = (None if additions.tags else self._fresh.pop(entity, None)) or self.get(entity.type, entity.id)
        if row is None:
            return
        changes = self._fields.write(entity.type, additions.values)
        if additions.tags:
            changes |= self._fields.write_tags(entity.type, self._fields.read_tags(entity.type, row), additions.tags)
        if entity.type is not EntityType.DEAL:
            changes |= _appended(row, additions)
        if changes:
            self.change(entity, changes, row)
        if additions.card is not None and not SOURCE_VALUES.isdisjoint(additions.values):
            self._trace(entity, additions.card)

    def change(self, entity: Entity, changes: Mapping[str, object], row: Row) -> None:
        """Overwrites fields; `row` is the card as it was, kept in the journal."""
        before = {code: row.get(code) for code in changes}
        params = {"id": entity.id, "fields": changes}
        self._client.call(f"complete the {entity.type}", f"crm.{entity.type}.update", params, before)

    def _trace(self, entity: Entity, card: InquiryCard) -> None:
        """A card that gains a source gains its visit in the portal's own analytics too."""
        trace = trace_of(card)
        if trace is not None:
            link = {"TYPE": entity.type.upper(), "ID": entity.id}
            params = {"TRACE": trace, "ENTITIES": [link]}
            self._client.call("tell the portal's analytics", "crm.tracking.trace.add", params)

    def assign(self, entity: Entity, owner: str) -> None:
        """Makes an employee responsible."""
        row = self.get(entity.type, entity.id)
        if row is not None and _id(row.get("ASSIGNED_BY_ID")) != owner:
            self.change(entity, {"ASSIGNED_BY_ID": owner}, row)

    def contact_from(self, row: Row) -> Contact:
        """A row as our contact."""
        return Contact(
            id=str(row["ID"]),
            name=" ".join(filter(None, (row.get("NAME"), row.get("LAST_NAME")))),
            phones=_texts(row, "PHONE"),
            emails=_texts(row, "EMAIL"),
            values=self._fields.read(EntityType.CONTACT, row),
            created_at=_instant(row.get("DATE_CREATE")),
            owner=_id(row.get("ASSIGNED_BY_ID")),
            url=f"{self._client.portal_url}/crm/contact/details/{row['ID']}/",
        )

    def deal_from(self, row: Row) -> Deal:
        """A row as our deal."""
        return Deal(
            id=str(row["ID"]),
            is_open=is_open(EntityType.DEAL, row),
            values=self._fields.read(EntityType.DEAL, row),
            created_at=_instant(row.get("DATE_CREATE")),
            owner=_id(row.get("ASSIGNED_BY_ID")),
        )

    def lead_from(self, row: Row, deal: str | None = None) -> Lead:
        """A row as our lead."""
        return Lead(
            id=str(row["ID"]),
            is_open=is_open(EntityType.LEAD, row),
            phones=_texts(row, "PHONE"),
            emails=_texts(row, "EMAIL"),
            values=self._fields.read(EntityType.LEAD, row),
            contact=_id(row.get("CONTACT_ID")),
            deal=deal,
            created_at=_instant(row.get("DATE_CREATE")),
            owner=_id(row.get("ASSIGNED_BY_ID")),
        )

    def _wanted(self, type: EntityType, conditions: Mapping[str, object]) -> dict[str, object]:
        select = [*SELECTED[type], *self._fields.codes(type)]
        return {"filter": conditions, "select": select, "order": {"ID": "ASC"}}


def is_open(type: EntityType, row: Row) -> bool:
    """True while the deal or lead is neither won nor lost; the meaning decides, never the stage's code."""
    return row.get(STAGE_FIELDS[type]) == OPEN


def _appended(row: Row, additions: Additions) -> dict[str, object]:
    held_phones, held_emails = _texts(row, "PHONE"), _texts(row, "EMAIL")
    phones = [number for number in additions.phones if not holds_phone(held_phones, number)]
    emails = [email for email in additions.emails if not holds_email(held_emails, email)]
    return multifield("PHONE", phones) | multifield("EMAIL", emails)


def _texts(row: Row, name: str) -> tuple[str, ...]:
    return tuple(str(item["VALUE"]) for item in row.get(name) or [])


def _id(value: object) -> str | None:
    return str(value) if value not in (None, "", "0", 0) else None


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None
