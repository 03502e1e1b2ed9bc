"""`Crm` for amoCRM and Kommo: each method a request or a few; what is written when is decided elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Additions, Contact, Deal, Draft, Entity, EntityType, Lead
from tracker.errors import Refused
from tracker.providers.crm.amocrm import mapping
from tracker.providers.crm.amocrm.client import AmoClient
from tracker.providers.crm.amocrm.events import CardEvents
from tracker.providers.crm.amocrm.fields import Fields
from tracker.providers.crm.amocrm.mapping import PATHS
from tracker.providers.crm.amocrm.self_test import check
from tracker.providers.crm.amocrm.tokens import consent_url
from tracker.providers.crm.base import CrmAccount, Finding
from tracker.providers.settings import SettingField
from tracker.values import phone

MOST_DEALS = 25  # of one contact, newest first; each costs a request
Made = TypeVar("Made")


class AmoCrm(CardEvents):
    """One account."""

    NAME: ClassVar[str] = "crm/amocrm"
    REQUESTS_PER_SECOND: ClassVar[float] = 6  # amoCRM refuses above 7 and blocks who does not listen
    BURST: ClassVar[int] = 1  # its second slides, so a burst would meet the limit
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("base_url", "Account address", "url", help="https://mycompany.amocrm.ru or .kommo.com"),
        SettingField(
            "access_token",
            "Long-lived token",
            "secret",
            required=False,
            help="amoMarket → ⋯ → Create integration → External → Keys and scopes",
        ),
        SettingField("client_id", "Integration ID", required=False, help="Only for OAuth"),
        SettingField("client_secret", "Secret key", "secret", required=False, help="Only for OAuth"),
        SettingField("redirect_uri", "Redirect URI", "url", required=False, help="As in the integration, exactly"),
        SettingField("refresh_token", "Refresh token", "secret", required=False, is_ours=True),
        SettingField("expires_at", "Token expires", required=False, is_ours=True),
    )

    def __init__(self, account: CrmAccount) -> None:
        super().__init__(AmoClient(account))
        self._learned = account.learned
        self._deals: dict[str, list[int]] = {}  # of contacts just read, each good for one use
        self._fields = Fields(self._client, account.fields, self._learned.setdefault("fields", {}))

    shows_ringing = False  # a call note without an end reads as a missed call

    @property
    def has_leads(self) -> bool:
        """Says whether "unsorted" is switched on in the account."""
        if "has_leads" not in self._learned:
            self._learned["has_leads"] = bool(self._client.get("account", "account")["is_unsorted_on"])
        return bool(self._learned["has_leads"])

    @staticmethod
    def consent_url(settings: Mapping[str, str], state: str) -> str:
        """Where an administrator lets the integration in."""
        return consent_url(settings, state)

    @staticmethod
    def card_url(settings: Mapping[str, str], name: str, card: str) -> str | None:
        """Contacts and deals have pages; what is unsorted has none."""
        kind = {"contact": "contacts", "deal": "leads"}.get(name)
        return f"{settings['base_url'].rstrip('/')}/{kind}/detail/{card}" if kind and card.isdecimal() else None

    def connect(self, code: str) -> None:
        """Takes and keeps the tokens for the code with which the administrator came back."""
        self._client.connect(code)

    def check(self, pipeline: str | None = None, stage: str | None = None) -> list[Finding]:
        """Tests the connection; see `self_test`."""
        return check(self._client, self._fields, pipeline, stage)

    def ensure_fields(self, names: Sequence[str]) -> None:
        """Creates missing fields on contacts and leads, the one for our marker too."""
        self._fields.ensure(names)

    def find_contacts(self, phones: Sequence[str], emails: Sequence[str]) -> list[Contact]:
        """Searches every usual writing: amoCRM keeps numbers as typed and compares them as text."""
        queries = [query for number in phones for query in _searches(number)] + list(emails)
        found = {card["id"]: card for query in queries for card in self._search("contacts", query)}
        return [mapping.contact(card, self._fields) for card in found.values()]

    def find_contacts_by_values(self, values: Mapping[str, str]) -> list[Contact]:
        """Searches by the first value; the filter of fields is a paid option and ignored without it."""
        value = next(iter(values.values()))
        return [mapping.contact(card, self._fields) for card in self._search("contacts", value)]

    def get_contact(self, contact: str) -> Contact | None:
        """Reads one contact."""
        card = self._client.get("contact", f"contacts/{contact}", [("with", "leads")])
        if not card:
            return None
        self._deals[contact] = mapping.linked_leads(card)
        return mapping.contact(card, self._fields)

    def deals_of(self, contact: str) -> list[Deal]:
        """Reads the contact's newest deals one by one: a filter by id is ignored where it was not bought."""
        if contact not in self._deals:
            self.get_contact(contact)
        newest = sorted(self._deals.pop(contact, ()), reverse=True)[:MOST_DEALS]
        return [deal for id in newest if (deal := self.get_deal(str(id)))]

    def get_deal(self, deal: str) -> Deal | None:
        """Reads one deal."""
        card = self._client.get("deal", f"leads/{deal}")
        return mapping.deal(card, self._fields) if card else None

    def find_leads(self, phones: Sequence[str], emails: Sequence[str]) -> list[Lead]:
        """Finds nothing: what stands in "unsorted" is invisible to every search."""
        return []

    def get_lead(self, lead: str) -> Lead | None:
        """Reads a request by the id of its amoCRM lead, which outlives acceptance."""
        card = self._client.get("lead", f"leads/{lead}", [("with", "contacts")])
        if not card:
            return None
        return mapping.lead(card, self._fields, waits=self._is_waiting(card["status_id"]))

    def create_contact(self, draft: Draft) -> str:
        """Creates a contact; amoCRM looks for no duplicates here."""
        return self._with_fields(
            lambda: self._client.create("contact", "contacts", mapping.contact_model(draft, self._fields))
        )

    def create_deal(self, draft: Draft) -> str:
        """Creates a deal, on its contact if there is one."""
        return self._with_fields(lambda: self._client.create("deal", "leads", self._linked(draft)))

    def create_lead(self, draft: Draft, card: InquiryCard) -> str:
        """Puts a request into "unsorted" and returns the id of its amoCRM lead."""
        send = self._request_on_contact if draft.contact else self._request_with_new_contact
        return self._with_fields(lambda: send(draft, card))

    def find_marked(self, type: EntityType, marker: str, near: Draft) -> str | None:
        """Looks for the marker in its own field, and for a request among those that wait."""
        path = PATHS[type]
        if type is EntityType.LEAD:
            for request in self._client.pages("look", "leads/unsorted", "unsorted", [("order[created_at]", "desc")]):
                if mapping.marker_of_request(request) == marker:
                    return str(request["_embedded"]["leads"][0]["id"])
        for card in self._search(path, marker):
            if self._fields.marker_of(path, card) == marker:
                return str(card["id"])
        return None

    def update(self, entity: Entity, additions: Additions) -> None:
        """Merges into what the card holds now: amoCRM replaces the whole list of a field that is sent."""
        path = PATHS[entity.type]
        card = self._client.get("read", f"{path}/{entity.id}")
        if card is None:
            return
        self._with_fields(lambda: self._update(path, card, additions))

    def take_back(self, entity: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Sends the lists without them: amoCRM replaces the whole list of a field."""
        path = f"{PATHS[entity.type]}/{entity.id}"
        card = self._client.get("read", path) or {}
        changes = []
        for code, gone in (("PHONE", phones), ("EMAIL", emails)):
            held = mapping.multitext(card, code)
            left = [value for value in held if value["value"] not in gone]
            if left != held:
                changes.append({"field_code": code, "values": left or None})
        if changes:
            self._client.send("take back", "PATCH", path, {"custom_fields_values": changes}, before=card)

    def assign(self, entity: Entity, owner: str) -> None:
        """Changes the responsible."""
        path = f"{PATHS[entity.type]}/{entity.id}"
        before = self._client.get("assign", path)
        self._client.send("assign", "PATCH", path, mapping.user_id(owner), before=before)

    def _is_waiting(self, status: int) -> bool:
        """Says whether a stage is "unsorted"; its id differs from pipeline to pipeline."""
        if "waiting" not in self._learned:
            found = self._client.get("pipelines", "leads/pipelines")
            pipelines = found["_embedded"]["pipelines"] if found else []
            stages = [stage for pipeline in pipelines for stage in pipeline["_embedded"]["statuses"]]
            self._learned["waiting"] = {stage["id"] for stage in stages if stage.get("type") == 1}
        return status in self._learned["waiting"]

    def _search(self, path: str, query: str) -> Iterator[dict[str, Any]]:
        return self._client.pages("search", path, path, [("query", query)])

    def _linked(self, draft: Draft) -> dict[str, Any]:
        model = mapping.lead_model(draft, self._fields)
        if draft.contact:
            embedded = model.setdefault("_embedded", {})
            embedded["contacts"] = [{"id": int(draft.contact), "is_main": True}]
        return model

    def _request_with_new_contact(self, draft: Draft, card: InquiryCard) -> str:
        category, metadata = mapping.request_metadata(draft, card)
        model = mapping.lead_model(draft, self._fields)
        pipeline = {"pipeline_id": model.pop("pipeline_id")} if "pipeline_id" in model else {}
        model.pop("status_id", None)  # it stands in "unsorted", whatever stage was meant
        request = {
            "source_name": card.site_name,
            "source_uid": card.site,
            "created_at": int(card.at.timestamp()),
            "metadata": metadata,
            "_embedded": {
                "leads": [model],
                "contacts": [mapping.contact_model(draft, self._fields, with_values=False)],
            },
            **pipeline,
        }
        made = self._client.send("lead", "POST", f"leads/unsorted/{category}", [request])
        return str(made["_embedded"]["unsorted"][0]["_embedded"]["leads"][0]["id"])

    def _request_on_contact(self, draft: Draft, card: InquiryCard) -> str:
        category, metadata = mapping.request_metadata(draft, card)
        model = self._linked(draft)
        model["_embedded"]["metadata"] = {**metadata, "category": category}
        made = self._client.send("lead", "POST", "leads/complex", [model])
        return str(made[0]["id"])

    def _update(self, path: str, card: Mapping[str, Any], additions: Additions) -> None:
        changes = self._fields.written(path, additions.values)
        for code, added, element in (
            ("PHONE", additions.phones, mapping.phone_value),
            ("EMAIL", additions.emails, mapping.email_value),
        ):
            held = mapping.texts(card, code)
            new = [element(value) for value in added if value not in held]
            if new:
                changes.append({"field_code": code, "values": [*mapping.multitext(card, code), *new]})
        body: dict[str, Any] = {}
        if changes:
            body["custom_fields_values"] = [{**one, "values": one["values"] or None} for one in changes]
        if additions.tags:
            body["tags_to_add"] = mapping.tag_list(additions.tags)
        if body:
            self._client.send("update", "PATCH", f"{path}/{card['id']}", body, before=card)

    def _with_fields(self, write: Callable[[], Made]) -> Made:
        """Repeats a write once with fields read afresh: somebody may have deleted one of them."""
        try:
            return write()
        except Refused as error:
            if error.status != 400 or "custom_fields_values" not in error.answer:
                raise
            self._fields.forget()
            return write()


def _searches(number: str) -> list[str]:
    """The texts that find a number however it was typed: whole, and by its last seven digits as people group them."""
    national = min(phone.writings(number), key=len)
    a, b, c = national[-7:-4], national[-4:-2], national[-2:]
    return list(
        dict.fromkeys([national[-10:], f"{a}-{b}-{c}", f"{a} {b} {c}", f"{a}-{b}{c}", f"{a} {b}{c}", a + b + c])
    )
