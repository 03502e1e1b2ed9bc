"""Cards to deliver, a memory that survives a kill, and a CRM that behaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.deliveries.card import AttributionFacts, CallFacts, InquiryCard, PageSeen, SourceFacts
from tracker.deliveries.entities import Additions, CallRecord, Contact, Deal, Draft, Entity, EntityType, Lead, Note
from tracker.errors import Unavailable
from tracker.inquiries.events import CallStatus, InquiryKind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALLER = "+79161234567"
CALLED = "+74957770001"
DEFAULT_OWNER = "1"

SOURCE = SourceFacts(
    utm_source="google",
    utm_medium="cpc",
    utm_campaign="spring",
    referrer="https://www.google.com/",
    channel="paid-search",
    landing_page="https://example.com/?utm_source=google",
    ga_client_id="147852369.3692587411",
    ip="203.0.113.9",
)


def make_card(**changes: Any) -> InquiryCard:
    """An answered call from an advertisement, changed as the test wants."""
    card = InquiryCard(
        inquiry="a1",
        kind=InquiryKind.CALL,
        site="example",
        site_name="Example LLC",
        at=NOON,
        timezone="Europe/Moscow",
        language="en",
        attribution=AttributionFacts("probable", "He held the number when it rang.", 0.97, "9f2c"),
        source=SOURCE,
        phones=(CALLER,),
        path=(PageSeen(NOON - timedelta(minutes=3), "https://example.com/", "Catalogue"),),
        page="https://example.com/price",
        call=CallFacts(CALLED, CallStatus.ANSWERED, NOON, "101", 8, 95),
    )
    return replace(card, **changes)


def make_call(status: CallStatus = CallStatus.ANSWERED, **changes: Any) -> CallFacts:
    """A call to our number."""
    talk = 95 if status is CallStatus.ANSWERED else None
    return replace(CallFacts(CALLED, status, NOON, talk_seconds=talk), **changes)


class Killed(BaseException):
    """The process died here; no handler of ours may see it."""


class CardMap:
    """Our map of cards, one for all deliveries of a connection."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Entity]] = {}


class Memory:
    """`Progress` that outlives its process; `kill_at` counts down its operations and dies at zero."""

    def __init__(self, card_map: CardMap | None = None) -> None:
        self.steps: dict[str, str | None] = {}
        self.map = card_map or CardMap()
        self.kill_at: int | None = None

    def _tick(self) -> None:
        if self.kill_at is not None:
            self.kill_at -= 1
            if self.kill_at < 0:
                raise Killed

    def done_id(self, step: str) -> str | None:
        return self.steps.get(step)

    def is_unclear(self, step: str) -> bool:
        return step in self.steps and self.steps[step] is None

    def begin(self, step: str) -> None:
        self._tick()
        self.steps[step] = None
        self._tick()

    def done(self, step: str, remote_id: str) -> None:
        self._tick()
        self.steps[step] = remote_id
        self._tick()

    def forget(self, step: str) -> None:
        if self.is_unclear(step):
            del self.steps[step]

    def drop(self, step: str) -> None:
        self.steps.pop(step, None)

    def done_at(self, step: str) -> datetime | None:
        return NOON if step in self.steps else None

    def known_cards(self, phones: Sequence[str], emails: Sequence[str]) -> list[Entity]:
        found = [card for value in (*phones, *emails) for card in reversed(self.map.rows.get(value, []))]
        return list(dict.fromkeys(found))

    def remember_card(self, card: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        self._tick()
        for value in (*phones, *emails):
            known = self.map.rows.setdefault(value, [])
            if card not in known:
                known.append(card)

    def forget_card(self, card: Entity) -> None:
        for known in self.map.rows.values():
            if card in known:
                known.remove(card)


class FakeCrm:
    """A CRM in memory that knows exact searches only; `fails` breaks the next call of a method.

    `fails["create_contact"] = "after"` does the work and loses the answer, `"before"` does nothing.
    """

    def __init__(self, *, shows_ringing: bool = False, has_leads: bool = True) -> None:
        self.shows_ringing = shows_ringing
        self.has_leads = has_leads
        self.contacts: dict[str, Contact] = {}
        self.deals: dict[str, Deal] = {}
        self.leads: dict[str, Lead] = {}
        self.contact_of: dict[str, str | None] = {}
        self.drafts: dict[str, Draft] = {}
        self.notes: list[tuple[str, Entity, str, str]] = []
        self.calls: dict[str, tuple[Entity, CallRecord]] = {}
        self.tasks: list[tuple[str, Entity, str, datetime, str | None]] = []
        self.fails: dict[str, str] = {}
        self._next = 100

    def add_contact(self, id: str, phones: Sequence[str] = (), **more: Any) -> None:
        """Puts a contact there as a person would."""
        known = {"name": "", "emails": (), "values": {}, "created_at": NOON, **more}
        self.contacts[id] = Contact(id=id, phones=tuple(phones), **known)

    def add_deal(self, id: str, contact: str | None, *, is_open: bool = True, **more: Any) -> None:
        """Puts a deal there as a person would."""
        self.deals[id] = Deal(id, is_open, **more)
        self.contact_of[id] = contact

    def ensure_fields(self, names: Sequence[str]) -> None:
        pass

    def find_contacts(self, phones: Sequence[str], emails: Sequence[str]) -> list[Contact]:
        """Loose on purpose, as real searches are: everybody who has the last four digits somewhere, or the email."""
        tails = {number[-4:] for number in phones}
        return [
            one
            for one in self.contacts.values()
            if any(tail in _digits(text) for text in one.phones for tail in tails)
            or {email.lower() for email in one.emails} & set(emails)
        ]

    def find_contacts_by_values(self, values: Mapping[str, str]) -> list[Contact]:
        return [one for one in self.contacts.values() if set(values.items()) & set(one.values.items())]

    def get_contact(self, contact: str) -> Contact | None:
        return self.contacts.get(contact)

    def deals_of(self, contact: str) -> list[Deal]:
        return [deal for id, deal in self.deals.items() if self.contact_of[id] == contact]

    def get_deal(self, deal: str) -> Deal | None:
        return self.deals.get(deal)

    def find_leads(self, phones: Sequence[str], emails: Sequence[str]) -> list[Lead]:
        return [one for one in self.leads.values() if set(one.phones) & set(phones)]

    def get_lead(self, lead: str) -> Lead | None:
        return self.leads.get(lead)

    def create_contact(self, draft: Draft) -> str:
        return self._do("create_contact", lambda: self._contact(draft))

    def create_deal(self, draft: Draft) -> str:
        return self._do("create_deal", lambda: self._deal(draft))

    def create_lead(self, draft: Draft, card: InquiryCard) -> str:
        return self._do("create_lead", lambda: self._lead(draft))

    def find_marked(self, type: EntityType, marker: str, near: Draft) -> str | None:
        cards = {EntityType.CONTACT: self.contacts, EntityType.DEAL: self.deals, EntityType.LEAD: self.leads}[type]
        return next((id for id in cards if id in self.drafts and self.drafts[id].marker == marker), None)

    def update(self, entity: Entity, additions: Additions) -> None:
        if entity.type is EntityType.CONTACT:
            one = self.contacts[entity.id]
            phones, emails = (*one.phones, *additions.phones), (*one.emails, *additions.emails)
            values = {**one.values, **additions.values}
            self.contacts[entity.id] = replace(one, phones=phones, emails=emails, values=values)
        else:
            cards: dict[str, Any] = self.deals if entity.type is EntityType.DEAL else self.leads
            card = cards[entity.id]
            cards[entity.id] = replace(card, values={**card.values, **additions.values})

    def assign(self, entity: Entity, owner: str) -> None:
        cards: dict[str, Any] = {
            EntityType.CONTACT: self.contacts,
            EntityType.DEAL: self.deals,
            EntityType.LEAD: self.leads,
        }[entity.type]
        cards[entity.id] = replace(cards[entity.id], owner=owner)

    def add_note(self, entity: Entity, text: str, marker: str) -> str:
        return self._do("add_note", lambda: self._note(entity, text, marker))

    def add_notes(self, notes: Sequence[Note]) -> list[str]:
        return self._do("add_notes", lambda: [self._note(one.entity, one.text, one.marker) for one in notes])

    def find_note(self, entity: Entity, marker: str) -> str | None:
        return next((id for id, on, _, mark in self.notes if (on, mark) == (entity, marker)), None)

    def edit_note(self, entity: Entity, note: str, text: str, marker: str) -> None:
        self.notes = [(id, on, text if id == note else old, mark) for id, on, old, mark in self.notes]

    def put_call(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        id = known or self._id()
        self.calls[id] = (entity, call)
        return id

    def find_call(self, entity: Entity, marker: str) -> str | None:
        return next((id for id, (on, call) in self.calls.items() if (on, call.marker) == (entity, marker)), None)

    def add_task(self, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
        id = self._id()
        self.tasks.append((id, entity, marker, due, owner))
        return id

    def find_task(self, entity: Entity, marker: str) -> str | None:
        return next((id for id, on, mark, *_ in self.tasks if (on, mark) == (entity, marker)), None)

    def _do(self, method: str, work: Any) -> str:
        how = self.fails.pop(method, None)
        if how == "before":
            raise Unavailable("no answer", provider="crm/fake", maybe_done=False)
        made: str = work()
        if how == "after":
            raise Unavailable("no answer", provider="crm/fake", maybe_done=True)
        return made

    def _contact(self, draft: Draft) -> str:
        id = self._id(draft)
        owner = draft.owner or DEFAULT_OWNER
        self.contacts[id] = Contact(id, draft.name, draft.phones, draft.emails, draft.values, NOON, owner)
        return id

    def _deal(self, draft: Draft) -> str:
        id = self._id(draft)
        self.deals[id] = Deal(id, True, draft.values, NOON, draft.owner or DEFAULT_OWNER)
        self.contact_of[id] = draft.contact
        return id

    def _lead(self, draft: Draft) -> str:
        id = self._id(draft)
        self.leads[id] = Lead(id, True, draft.phones, draft.emails, draft.values, created_at=NOON)
        self.contact_of[id] = draft.contact
        return id

    def _note(self, entity: Entity, text: str, marker: str) -> str:
        id = self._id()
        self.notes.append((id, entity, text, marker))
        return id

    def _id(self, draft: Draft | None = None) -> str:
        self._next += 1
        if draft:
            self.drafts[str(self._next)] = draft
        return str(self._next)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
