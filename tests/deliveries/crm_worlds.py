"""Both sandboxes under one set of words, so that one table can be held against each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from crm_fakes import CALLER, CardMap, Memory, make_card

from demo.sandbox.amocrm import Account
from demo.sandbox.bitrix24 import Portal
from demo.sandbox.faults import Faults
from tracker.deliveries.card import SourceFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Draft, Entity, EntityType
from tracker.deliveries.policy import Policy
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.progress import JournalEntry
from tracker.deliveries.target import Crm
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.http import Http
from tracker.providers.settings import read_settings

EMAIL = "ann@example.org"
MARKER = "skvoz:a1"
CALL_ACTIVITY = "2"


class World(Protocol):
    """A sandbox with our provider connected to it."""

    map: CardMap
    journal: list[JournalEntry]

    @property
    def faults(self) -> Faults:
        """How its requests fail."""

    def remove_contact(self, contact: str) -> None:
        """Deletes a contact as a person would."""

    def type_phone(self, contact: str, written: str) -> None:
        """Changes the first phone of a contact to what a person typed."""

    def crm(self, policy: Policy) -> Crm:
        """Our provider, as a worker would make it afresh."""

    def cards(self) -> set[Entity]:
        """Every card a person using the CRM sees."""

    def notes(self) -> int:
        """How many notes there are."""

    def texts(self) -> list[str]:
        """What the notes say, the oldest first."""

    def calls(self) -> int:
        """How many call records there are."""


class Amo:
    """The amoCRM sandbox."""

    def __init__(self, address: str, account: Account) -> None:
        self.account = account
        self.address = address
        self.journal: list[JournalEntry] = []
        self.map = CardMap()

    @property
    def faults(self) -> Faults:
        return self.account.faults

    def remove_contact(self, contact: str) -> None:
        self.account.contacts.pop(int(contact), None)

    def type_phone(self, contact: str, written: str) -> None:
        field = next(id for id, field in self.account.fields.items() if field.code == "PHONE")
        self.account.contacts[int(contact)].values[field][0]["value"] = written

    def crm(self, policy: Policy) -> AmoCrm:
        settings = {"base_url": self.address, "access_token": "demo-token"}
        return AmoCrm(CrmAccount(settings, Http("crm/amocrm", self.journal.append), policy.field_names()))

    def cards(self) -> set[Entity]:
        contacts = {Entity(EntityType.CONTACT, str(one.id)) for one in self.account.contacts.values() if not one.waits}
        return contacts | {
            Entity(EntityType.LEAD if one.waits else EntityType.DEAL, str(one.id))
            for one in self.account.leads.values()
        }

    def notes(self) -> int:
        return len(self.texts())

    def texts(self) -> list[str]:
        return [note.params["text"] for note in self.account.notes.values() if note.note_type == "common"]

    def calls(self) -> int:
        return sum(note.note_type == "call_in" for note in self.account.notes.values())


class Bitrix:
    """The Bitrix24 sandbox, through an incoming webhook."""

    def __init__(self, address: str, portal: Portal) -> None:
        self.portal = portal
        self.address = address
        self.journal: list[JournalEntry] = []
        self.map = CardMap()

    @property
    def faults(self) -> Faults:
        return self.portal.faults

    def remove_contact(self, contact: str) -> None:
        self.portal.cards["CONTACT"].pop(int(contact), None)

    def type_phone(self, contact: str, written: str) -> None:
        self.portal.cards["CONTACT"][int(contact)].multi["PHONE"][0]["VALUE"] = written

    def crm(self, policy: Policy) -> Bitrix24:
        settings = read_settings(Bitrix24.SETTINGS, {"webhook_url": f"{self.address}/rest/1/secret/"})
        return Bitrix24(CrmAccount(settings, Http("crm/bitrix24", self.journal.append), policy.field_names()))

    def cards(self) -> set[Entity]:
        return {Entity(type, str(id)) for type in EntityType for id in self.portal.cards[type.upper()]}

    def notes(self) -> int:
        return len(self.portal.comments)

    def texts(self) -> list[str]:
        return [comment["COMMENT"] for comment in self.portal.comments.values()]

    def calls(self) -> int:
        return sum(str(one.get("TYPE_ID")) == CALL_ACTIVITY for one in self.portal.activities.values())


@dataclass(frozen=True)
class State:
    """What a delivery left behind; cards that were there before are written with a star: `contact*`."""

    made: str
    source: str
    note: str
    call: str
    task: str


class Scene:
    """A world with one person in it, before and after an inquiry of his."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before: set[Entity] = set()

    def set(self, person: str) -> None:
        """Puts the person there: `new`, `open` and `closed` (his deal), `waiting` (as a lead)."""
        policy = read_policy({"first": "lead"})
        crm = self.world.crm(policy)
        if person == "waiting":
            card = make_card(inquiry="a0", emails=(EMAIL,), source=SourceFacts())
            deliver(card, crm, policy, Memory(self.world.map))
        elif person != "new":
            contact = crm.create_contact(Draft("Ann", "m", phones=(CALLER,), emails=(EMAIL,)))
            if person == "open":
                crm.create_deal(Draft("Old", "m", contact=contact))
        self.before = self.world.cards()

    def state(self, crm: Crm) -> State:
        """Describes what there is now."""
        cards = sorted(self.world.cards(), key=lambda card: (card.type, int(card.id)))
        return State(
            made=_joined(card.type for card in cards if card not in self.before),
            source=_joined(self._label(card) for card in cards if _source(crm, card) == "google"),
            note=_joined(self._label(card) for card in cards if crm.find_note(card, MARKER)),
            call=_joined(self._label(card) for card in cards if crm.find_call(card, MARKER)),
            task=_joined(self._label(card) for card in cards if crm.find_task(card, f"{MARKER}:task")),
        )

    def _label(self, card: Entity) -> str:
        return f"{card.type}{'*' if card in self.before else ''}"


def _source(crm: Crm, card: Entity) -> str | None:
    read: dict[EntityType, Callable[[str], Any]] = {
        EntityType.CONTACT: crm.get_contact,
        EntityType.DEAL: crm.get_deal,
        EntityType.LEAD: crm.get_lead,
    }
    source: str | None = read[card.type](card.id).values.get("utm_source")
    return source


def _joined(words: Any) -> str:
    return "+".join(words) or "-"
