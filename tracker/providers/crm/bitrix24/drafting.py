"""A new card as the portal wants it: names, phones, source, our marker, and the trace of the visit."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.entities import Draft, EntityType
from tracker.deliveries.visit_card import Told
from tracker.inquiries.events import InquiryKind

ORIGINATOR = "skvoz"
FROM_THE_SITE = "WEB"
SOURCES = {
    InquiryKind.CALL: "CALL",
    InquiryKind.EMAIL: "EMAIL",
    InquiryKind.FORM: "WEBFORM",
    InquiryKind.CHAT: "WEB",
    InquiryKind.CALLBACK: "CALLBACK",
    InquiryKind.ORDER: "STORE",
    InquiryKind.SUBSCRIPTION: "WEB",
}


def draft_fields(type: EntityType, draft: Draft, source: str) -> dict[str, object]:
    """Returns the standard fields of the new card.

    Args:
        source: `STATUS_ID` of the portal's SOURCE dictionary for everything, empty to go by the kind of inquiry.
    """
    fields: dict[str, object] = {
        "NAME" if type is EntityType.CONTACT else "TITLE": draft.name,
        "OPENED": "Y",
        "ORIGINATOR_ID": ORIGINATOR,
        "ORIGIN_ID": draft.marker,
        **(_person(type, draft) if type is not EntityType.DEAL else {}),
        **(_place(type, draft) if type is not EntityType.CONTACT else {}),
    }
    if draft.owner:
        fields["ASSIGNED_BY_ID"] = draft.owner
    if draft.card is not None:
        fields |= _origin(draft.card, source)
    return fields


def multifield(name: str, values: Sequence[str]) -> dict[str, object]:
    """Values to append to PHONE or EMAIL: without ids, so that what is there stays; empty when there are none."""
    return {name: [{"VALUE": value, "VALUE_TYPE": "WORK"} for value in values]} if values else {}


def trace_of(card: Told) -> str | None:
    """Writes the visit as the portal's own site script would, so that its end-to-end analytics counts it.

    None when nothing is known of the visit.

    Source: https://apidocs.bitrix24.com/api-reference/crm/tracking/, read 2026-11-20.
    """
    source = card.source
    tags = {name: value for name in _UTM if (value := getattr(source, name))}
    pages = [[page.url, int(page.at.timestamp()), page.title] for page in card.path]
    if not (tags or pages or source.referrer or source.landing_page or source.ga_client_id):
        return None
    trace: dict[str, object] = {
        "url": card.page or (card.path[-1].url if card.path else source.landing_page),
        "ref": source.referrer or "",
        "tags": {"ts": int(card.at.timestamp()), "list": tags, "gclid": source.click_ids.get("gclid")},
        "client": {"gaId": source.ga_client_id, "yaId": source.ym_client_id},
        "pages": {"list": pages},
        "gid": None,
        "previous": {"list": []},
    }
    return json.dumps(trace, ensure_ascii=False)


_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


def _person(type: EntityType, draft: Draft) -> dict[str, object]:
    own = {"TYPE_ID": "CLIENT"} if type is EntityType.CONTACT else _name(draft)
    return {**own, **multifield("PHONE", draft.phones), **multifield("EMAIL", draft.emails)}


def _name(draft: Draft) -> dict[str, object]:
    name = draft.card.name if isinstance(draft.card, InquiryCard) else None
    return {"NAME": name} if name else {}


def _place(type: EntityType, draft: Draft) -> dict[str, object]:
    if type is EntityType.LEAD:
        linked: dict[str, object] = {"CONTACT_ID": draft.contact} if draft.contact else {}
        return linked | ({"STATUS_ID": draft.stage} if draft.stage else {})
    linked = {"CONTACT_IDS": [draft.contact]} if draft.contact else {}
    category = draft.pipeline or "0"
    stage = {"STAGE_ID": _stage(draft.stage, category)} if draft.stage else {}
    return {**linked, **stage, "CATEGORY_ID": category, **_money(draft.card)}


def _stage(stage: str, category: str) -> str:
    """Stages outside the first pipeline carry its number: `NEW` of pipeline 3 is `C3:NEW`."""
    return stage if category == "0" or ":" in stage else f"C{category}:{stage}"


def _money(card: Told | None) -> dict[str, object]:
    if not isinstance(card, InquiryCard) or card.sum_minor is None:
        return {}
    return {"OPPORTUNITY": f"{card.sum_minor / 100:.2f}", "CURRENCY_ID": card.currency or "RUB"}


def _origin(card: Told, source: str) -> dict[str, object]:
    trace = trace_of(card)
    return {
        "SOURCE_ID": source or (SOURCES[card.kind] if isinstance(card, InquiryCard) else FROM_THE_SITE),
        "SOURCE_DESCRIPTION": f"Skvoz, {card.site_name}",
        **({"TRACE": trace} if trace else {}),
    }
