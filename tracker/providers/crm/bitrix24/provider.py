"""Bitrix24 as a CRM: every operation of ours in the portal's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Additions, CallRecord, Contact, Deal, Draft, Entity, EntityType, Lead, Note
from tracker.providers.crm.base import CrmAccount, Finding
from tracker.providers.crm.bitrix24 import checks, client, notes, settings, tasks
from tracker.providers.crm.bitrix24.calls import CallActivities
from tracker.providers.crm.bitrix24.cards import Cards
from tracker.providers.crm.bitrix24.fields import Fields
from tracker.providers.crm.bitrix24.removing import Removal
from tracker.providers.crm.bitrix24.telephony import ExternalCalls
from tracker.providers.crm.bitrix24.tokens import consent_url
from tracker.providers.settings import SettingField

SIMPLE_MODE = 2  # crm.settings.mode.get: the CRM works without leads


class Bitrix24:
    """One portal, through an incoming webhook or as an OAuth application.

    An application with the right `telephony` records calls in the portal's own call statistics; everybody
    else records them as activities of the card.
    """

    NAME: ClassVar[str] = client.NAME
    SETTINGS: ClassVar[tuple[SettingField, ...]] = settings.SETTINGS
    REQUESTS_PER_SECOND: ClassVar[float] = 2  # what the portal's bucket leaks
    BURST: ClassVar[int] = 40  # of the 50 it holds; other integrations of this server share it

    def __init__(self, account: CrmAccount) -> None:
        settings.require_access(account.settings)
        self._client = client.Client(account)
        self._fields = Fields(self._client, account.fields, account.learned)
        self._cards = Cards(self._client, self._fields, account.settings["source_id"])
        self._activities = CallActivities(self._client, self._cards)
        self._removal = Removal(self._client, self._cards)
        self._external_calls = ExternalCalls(self._client, self._cards, self._activities)

    @property
    def shows_ringing(self) -> bool:
        """A ringing call is shown at once and completed later."""
        return True

    @property
    def has_leads(self) -> bool:
        """False in the simple CRM mode, where deals take the place of leads; the journal then says so."""
        step = "ask whether the CRM works with leads"
        if str(self._client.learn(step, "crm.settings.mode.get")) != str(SIMPLE_MODE):
            return True
        self._client.remark(step, "The portal works without leads: a deal is made instead.")
        return False

    @property
    def _has_telephony(self) -> bool:
        return self._client.is_application and "telephony" in self._client.scopes()

    @property
    def _calls(self) -> CallActivities | ExternalCalls:
        return self._external_calls if self._has_telephony else self._activities

    @staticmethod
    def consent_url(settings: Mapping[str, str], state: str) -> str:
        """Where an administrator lets the application in."""
        return consent_url(settings, state)

    @staticmethod
    def card_url(settings: Mapping[str, str], name: str, card: str) -> str | None:
        """Contacts, deals and leads have pages."""
        portal = (settings["webhook_url"] or settings["base_url"]).partition("/rest")[0].rstrip("/")
        is_card = name in ("contact", "deal", "lead") and card.isdecimal()
        return f"{portal}/crm/{name}/details/{card}/" if is_card and portal else None

    def connect(self, code: str) -> None:
        """Takes and keeps the tokens for the code with which the administrator came back."""
        self._client.connect(code)

    def register_lines(self, numbers: Sequence[str], name: str) -> list[str]:
        """Makes our numbers lines of the portal's telephony; returns the new ones, none without telephony."""
        return self._external_calls.register_lines(numbers, name) if self._has_telephony else []

    def check(self, pipeline: str | None = None, stage: str | None = None) -> list[Finding]:
        """Asks the portal for what deliveries need, and says what is missing."""
        return checks.run(self._client, self._fields, pipeline, stage)

    def ensure_fields(self, names: Sequence[str]) -> None:
        """Makes the user fields of the named values exist on contacts, leads and deals."""
        self._fields.ensure(names)

    def find_contacts(self, phones: Sequence[str], emails: Sequence[str]) -> list[Contact]:
        """Contacts that may hold one of the values in any usual writing."""
        return [self._cards.contact_from(row) for row in self._cards.holding(EntityType.CONTACT, phones, emails)]

    def find_contacts_by_values(self, values: Mapping[str, str]) -> list[Contact]:
        """Contacts whose fields hold all the values."""
        return [self._cards.contact_from(row) for row in self._cards.with_values(EntityType.CONTACT, values)]

    def get_contact(self, contact: str) -> Contact | None:
        """The contact, None when it was deleted or merged into another."""
        row = self._cards.contact(contact)
        return self._cards.contact_from(row) if row else None

    def deals_of(self, contact: str) -> list[Deal]:
        """The deals the contact takes part in."""
        return [self._cards.deal_from(row) for row in self._cards.deals_of(contact)]

    def get_deal(self, deal: str) -> Deal | None:
        """The deal, None when it was deleted."""
        row = self._cards.deal(deal)
        return self._cards.deal_from(row) if row else None

    def find_leads(self, phones: Sequence[str], emails: Sequence[str]) -> list[Lead]:
        """Leads in work that may hold one of the values."""
        if str(self._client.learn("ask for the mode", "crm.settings.mode.get")) == str(SIMPLE_MODE):
            return []
        found = [self._cards.lead_from(row) for row in self._cards.holding(EntityType.LEAD, phones, emails)]
        return [lead for lead in found if lead.is_open]

    def get_lead(self, lead: str) -> Lead | None:
        """The lead, also a converted one; then with the deal that came of it."""
        row = self._cards.get(EntityType.LEAD, lead)
        if row is None:
            return None
        known = self._cards.lead_from(row)
        return known if known.is_open else self._cards.lead_from(row, self._deal_from_lead(lead))

    def create_contact(self, draft: Draft) -> str:
        """Creates a contact that carries our marker as its foreign id."""
        return self._cards.add(EntityType.CONTACT, draft)

    def create_deal(self, draft: Draft) -> str:
        """Creates a deal that carries our marker as its foreign id."""
        return self._cards.add(EntityType.DEAL, draft)

    def create_lead(self, draft: Draft, card: InquiryCard) -> str:
        """Creates a lead; with a contact the portal calls it a repeated one."""
        return self._cards.add(EntityType.LEAD, draft)

    def find_marked(self, type: EntityType, marker: str, near: Draft) -> str | None:
        """The card of this type with our marker."""
        return self._cards.marked(type, marker)

    def update(self, entity: Entity, additions: Additions) -> None:
        """Appends what is missing, replaces the named values, leaves the rest."""
        self._cards.complete(entity, additions)

    def take_back(self, entity: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Removes phones and emails of ours from a card."""
        self._removal.take_back(entity, phones, emails)

    def modified_at(self, entity: Entity) -> datetime | None:
        """When the card was last changed."""
        return self._removal.modified_at(entity)

    def holds_anything(self, entity: Entity) -> bool:
        """Says whether comments or activities hang on the card."""
        return self._removal.holds_anything(entity)

    def note_text(self, note: str) -> str | None:
        """Our comment as it stands, without the marker."""
        return notes.text_of(self._client, note)

    def remove_card(self, entity: Entity) -> None:
        """Deletes the card."""
        self._removal.card(entity)

    def remove_note(self, note: str) -> None:
        """Deletes our comment."""
        notes.remove(self._client, note)

    def remove_call(self, call: str) -> None:
        """Deletes the activity of the call."""
        self._removal.activity(call)

    def remove_task(self, task: str) -> None:
        """Deletes our to-do."""
        self._removal.activity(task)

    def assign(self, entity: Entity, owner: str) -> None:
        """Makes an employee responsible for the card."""
        self._cards.assign(entity, owner)

    def add_note(self, entity: Entity, text: str, marker: str) -> str:
        """Writes a timeline comment."""
        return notes.add(self._client, entity, text, marker)

    def add_notes(self, notes_: Sequence[Note]) -> list[str]:
        """Writes timeline comments in one request."""
        return notes.add_all(self._client, notes_)

    def find_note(self, entity: Entity, marker: str) -> str | None:
        """The timeline comment with our marker."""
        return notes.find(self._client, entity, marker)

    def edit_note(self, entity: Entity, note: str, text: str, marker: str) -> None:
        """Replaces the text of our timeline comment."""
        notes.edit(self._client, note, text, marker)

    def put_call(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Records the call, or completes the known record."""
        return self._calls.put(entity, call, known)

    def find_call(self, entity: Entity, marker: str) -> str | None:
        """The record of the call with our marker."""
        return self._calls.find(entity, marker)

    def add_task(self, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
        """Makes a to-do on the card."""
        return tasks.add(self._client, entity, text, due, marker, owner)

    def find_task(self, entity: Entity, marker: str) -> str | None:
        """The to-do with our marker."""
        return tasks.find(self._client, entity, marker)

    def _deal_from_lead(self, lead: str) -> str | None:
        rows = self._cards.where(EntityType.DEAL, {"=LEAD_ID": lead})
        return next((str(row["ID"]) for row in rows if str(row.get("LEAD_ID")) == lead), None)
