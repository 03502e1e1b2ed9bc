"""Everything the pretend amoCRM account holds, as plain values the demo's viewer may read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.sandbox.amocrm.limits import RequestLimit
from demo.sandbox.faults import Faults

NEVER = datetime.max.replace(tzinfo=UTC)
WON, LOST = 142, 143
PHONE_ENUMS = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_ENUMS = ("WORK", "PRIV", "OTHER")
TRACKING_CODES = (
    *("UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN", "UTM_TERM", "UTM_CONTENT", "UTM_REFERRER", "REFERRER", "FROM"),
    *("_YM_UID", "_YM_COUNTER", "ROISTAT", "OPENSTAT_SERVICE", "OPENSTAT_CAMPAIGN", "OPENSTAT_AD"),
    *("OPENSTAT_SOURCE", "GCLIENTID", "GCLID", "YCLID", "FBCLID"),
)


@dataclass
class CustomField:
    """A field of contacts or leads; `enums` maps id to `(code, value)`."""

    id: int
    entity: str
    name: str
    type: str
    code: str | None = None
    enums: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    is_predefined: bool = False
    sort: int = 500


@dataclass
class Card:
    """A contact or a lead.

    `values` maps field id to its value list as the interface returns it: `[{"value": "+7…", "enum_id": 11}]`.
    `waits`: stands in "unsorted"; its contact is then invisible. `contacts` (leads only): the main one first.
    """

    id: int
    name: str
    responsible_user_id: int
    created_at: int
    updated_at: int
    created_by: int = 0
    values: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    waits: bool = False
    contacts: list[int] = field(default_factory=list)
    price: int = 0
    pipeline_id: int = 0
    status_id: int = 0
    closed_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Says whether a lead is neither won nor lost."""
        return self.status_id not in (WON, LOST)


@dataclass
class Note:
    """A note or a call on a card; `entity` is `contacts` or `leads`."""

    id: int
    entity: str
    entity_id: int
    note_type: str
    params: dict[str, Any]
    created_at: int
    created_by: int = 0
    responsible_user_id: int = 0


@dataclass
class Task:
    """A task, perhaps on a card."""

    id: int
    text: str
    complete_till: int
    responsible_user_id: int
    entity_id: int | None = None
    entity_type: str | None = None
    task_type_id: int = 1
    is_completed: bool = False
    result: str | None = None


@dataclass
class Unsorted:
    """A request that waits to be accepted."""

    uid: str
    category: str
    source_uid: str
    source_name: str
    pipeline_id: int
    created_at: int
    metadata: dict[str, Any]
    lead: int
    contact: int | None


@dataclass
class Status:
    """A stage; type 1 is "unsorted"."""

    id: int
    name: str
    sort: int
    type: int = 0


@dataclass
class Pipeline:
    """A pipeline with its stages in order."""

    id: int
    name: str
    statuses: list[Status]
    is_main: bool = False
    is_unsorted_on: bool = True


@dataclass
class User:
    """An employee."""

    id: int
    name: str
    email: str
    is_active: bool = True


@dataclass
class Application:
    """An OAuth integration and the tokens it holds now; `codes` are unused authorization codes."""

    client_id: str
    client_secret: str
    redirect_uri: str
    refresh_token: str = "refresh-1"
    codes: dict[str, datetime] = field(default_factory=dict)
    refreshed: int = 0


def _pipelines() -> list[Pipeline]:
    closed = [Status(WON, "Won", 10000), Status(LOST, "Lost", 11000)]
    sales = [Status(33000, "Unsorted", 10, 1), Status(33001, "First contact", 20), Status(33002, "Offer", 30)]
    service = [Status(34000, "Unsorted", 10, 1), Status(34001, "New", 20)]
    return [
        Pipeline(3300, "Sales", sales + closed, is_main=True),
        Pipeline(3400, "Service", service + closed),
    ]


@dataclass
class Account:
    """One account: its data, its limits, its moods.

    Args:
        now: the clock of limits, tokens and dates; a test sets its own.
        tokens: access token to the moment it dies; long-lived ones live for ever here.
        is_admin: whether the token's owner may create fields and read users.
        forbidden: paths below `/api/v4/` the token's owner has no right to write, such as `contacts`.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    subdomain: str = "demo"
    id: int = 31300001
    current_user_id: int = 501
    tokens: dict[str, datetime] = field(default_factory=lambda: {"demo-token": NEVER})
    application: Application | None = None
    is_admin: bool = True
    is_paid: bool = True
    is_unsorted_on: bool = True
    is_api_filter_enabled: bool = False
    forbidden: set[str] = field(default_factory=set)
    limit: RequestLimit = field(default_factory=RequestLimit)
    faults: Faults = field(default_factory=Faults)
    users: list[User] = field(
        default_factory=lambda: [
            User(501, "Anna Director", "anna@example.com"),
            User(502, "Boris Manager", "boris@example.com"),
            User(503, "Vera Manager", "vera@example.com"),
        ]
    )
    pipelines: list[Pipeline] = field(default_factory=_pipelines)
    fields: dict[int, CustomField] = field(default_factory=dict)
    contacts: dict[int, Card] = field(default_factory=dict)
    leads: dict[int, Card] = field(default_factory=dict)
    notes: dict[int, Note] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    unsorted: dict[str, Unsorted] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    tag_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    popups: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    next_id: int = 7000

    def __post_init__(self) -> None:
        if not self.fields:
            self._add_predefined_fields()

    def new_id(self) -> int:
        """Returns an id that no object has."""
        self.next_id += 1
        return self.next_id

    def stamp(self) -> int:
        """Returns the current time in Unix seconds."""
        return int(self.now().timestamp())

    def cards(self, entity: str) -> dict[int, Card]:
        """Returns the cards of `contacts` or `leads`."""
        return self.contacts if entity == "contacts" else self.leads

    def visible(self, entity: str, id: int) -> Card | None:
        """Returns a card that answers to its id; contacts in "unsorted" do not."""
        card = self.cards(entity).get(id)
        return None if card is None or (card.waits and entity == "contacts") else card

    def fields_of(self, entity: str) -> list[CustomField]:
        """Returns the fields of `contacts` or `leads`, oldest first."""
        return [field for field in self.fields.values() if field.entity == entity]

    def add_field(self, entity: str, name: str, type: str, code: str | None = None, **more: Any) -> CustomField:
        """Adds a custom field, as a person would in the settings."""
        made = CustomField(self.new_id(), entity, name, type, code, **more)
        self.fields[made.id] = made
        return made

    def pipeline(self, id: int) -> Pipeline | None:
        """Returns the pipeline with this id."""
        return next((one for one in self.pipelines if one.id == id), None)

    def main_pipeline(self) -> Pipeline:
        """Returns the pipeline that takes leads by default."""
        return next(one for one in self.pipelines if one.is_main)

    def leads_of(self, contact: int) -> list[Card]:
        """Returns the leads linked to a contact, waiting ones left out."""
        return [lead for lead in self.leads.values() if contact in lead.contacts and not lead.waits]

    def notes_on(self, entity: str, id: int) -> list[Note]:
        """Returns notes and calls of a card, oldest first."""
        return [note for note in self.notes.values() if (note.entity, note.entity_id) == (entity, id)]

    def text_of(self, card: Card, name: str) -> list[str]:
        """Returns the values of a field by its name or code: `account.text_of(contact, "PHONE")`."""
        for field_id, values in card.values.items():
            if name in (self.fields[field_id].name, self.fields[field_id].code):
                return [str(item["value"]) for item in values]
        return []

    def issue_token(self, token: str, lives: timedelta) -> None:
        """Makes an access token valid for a time."""
        self.tokens[token] = self.now() + lives

    def _add_predefined_fields(self) -> None:
        for code, name, enums in (("PHONE", "Phone", PHONE_ENUMS), ("EMAIL", "Email", EMAIL_ENUMS)):
            made = self.add_field("contacts", name, "multitext", code, is_predefined=True)
            made.enums = {self.new_id(): (enum, enum.title()) for enum in enums}
        for code in TRACKING_CODES:
            self.add_field("leads", code.lower(), "tracking_data", code, is_predefined=True)
