"""`/api/v4/leads/unsorted`: requests that wait to be accepted; until then their contacts are invisible."""

from __future__ import annotations

from hashlib import md5
from typing import Any

from flask import Blueprint, Response, request

from demo.sandbox.amocrm.account import Account, Card, Note, Unsorted
from demo.sandbox.amocrm.cards import check_card, new_card, write_card
from demo.sandbox.amocrm.wire import Checks, Problem, batch, checked, filtered, hal, link, listing, request_id

NEEDED = {
    "sip": {"phone": str, "called_at": int, "duration": int, "service_code": str, "uniq": str, "from": str},
    "forms": {"form_id": str, "form_name": str, "form_page": str, "form_sent_at": int, "ip": str, "referer": str},
}


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves creating, reading, accepting and declining of requests."""

    @blueprint.get("/api/v4/leads/unsorted")
    def unsorted() -> Response:
        rows = [show(account, one) for one in account.unsorted.values() if _is_wanted(one)]
        if request.args.get("order[created_at]") == "desc":
            rows.reverse()
        return listing(account, "leads/unsorted", "unsorted", rows)

    @blueprint.get("/api/v4/leads/unsorted/<uid>")
    def one_unsorted(uid: str) -> Response:
        return hal(show(account, _existing(account, uid)))

    @blueprint.post("/api/v4/leads/unsorted/<any(sip, forms):category>")
    def create(category: str) -> Response:
        if not account.is_unsorted_on:
            raise Problem(403, "Unsorted is switched off")
        items = batch()
        checked(items, lambda item, checks: _check(account, category, item, checks))
        made = [_create(account, category, item) for item in items]
        rows = [
            {**_short(account, one), "request_id": request_id(i, n)}
            for n, (one, i) in enumerate(zip(made, items, strict=True))
        ]
        return hal({"_total_items": len(rows), "_embedded": {"unsorted": rows}})

    @blueprint.post("/api/v4/leads/unsorted/<uid>/accept")
    def accept(uid: str) -> Response:
        one = _existing(account, uid)
        body = request.get_json(silent=True) or {}
        return hal(accept_unsorted(account, one, body.get("status_id"), body.get("user_id")))

    @blueprint.delete("/api/v4/leads/unsorted/<uid>/decline")
    def decline(uid: str) -> Response:
        one = account.unsorted.pop(_existing(account, uid).uid)
        del account.leads[one.lead]
        if one.contact and account.contacts[one.contact].waits:
            del account.contacts[one.contact]
        return hal({"uid": uid, "_embedded": {"leads": [{"id": one.lead}]}})


def accept_unsorted(
    account: Account, one: Unsorted, status_id: int | None = None, user_id: int | None = None
) -> dict[str, Any]:
    """Turns a waiting request into an ordinary lead and contact, as a manager does by hand."""
    lead = account.leads[one.lead]
    pipeline = account.pipeline(lead.pipeline_id)
    assert pipeline is not None
    lead.waits = False
    lead.status_id = status_id or next(status.id for status in pipeline.statuses if status.type == 0)
    lead.responsible_user_id = user_id or lead.responsible_user_id
    if one.contact:
        account.contacts[one.contact].waits = False
    del account.unsorted[one.uid]
    return _short(account, one)


def stand_in_unsorted(
    account: Account, lead: Card, metadata: dict[str, Any], source_uid: str, contact: int | None
) -> Unsorted:
    """Puts a lead into "unsorted"; a given stage is ignored."""
    pipeline = account.pipeline(lead.pipeline_id)
    assert pipeline is not None
    lead.waits = True
    lead.status_id = next(status.id for status in pipeline.statuses if status.type == 1)
    uid = md5(f"{lead.id}".encode(), usedforsecurity=False).hexdigest()
    one = Unsorted(
        uid=uid,
        category=metadata.get("category", "forms"),
        source_uid=source_uid,
        source_name=metadata.get("source_name", ""),
        pipeline_id=lead.pipeline_id,
        created_at=account.stamp(),
        metadata={key: value for key, value in metadata.items() if key not in ("category", "is_call_event_needed")},
        lead=lead.id,
        contact=contact,
    )
    account.unsorted[uid] = one
    return one


def show(account: Account, one: Unsorted) -> dict[str, Any]:
    """Returns a waiting request as read."""
    return {
        **_short(account, one),
        "source_uid": one.source_uid,
        "source_name": one.source_name,
        "category": one.category,
        "pipeline_id": one.pipeline_id,
        "created_at": one.created_at,
        "metadata": one.metadata,
    }


def _check(account: Account, category: str, item: dict[str, Any], checks: Checks) -> None:
    checks.typed(item, "source_name", str, required=True)
    checks.typed(item, "source_uid", str, required=True)
    metadata = checks.typed(item, "metadata", dict, required=True) or {}
    for key, kind in NEEDED[category].items():
        checks.typed(metadata, key, kind, required=True, under="metadata.")
    embedded = item.get("_embedded") or {}
    for entity in ("leads", "contacts"):
        models = embedded.get(entity) or []
        if not models:
            checks.add("NotBlank", f"_embedded.{entity}", "This value should not be blank.")
        for model in models:
            check_card(account, entity, model, checks)
    if any(one.metadata == _kept(metadata) and one.category == category for one in account.unsorted.values()):
        checks.add("NotUnique", "metadata", "This data has been sent already.")


def _create(account: Account, category: str, item: dict[str, Any]) -> Unsorted:
    contact = _stored(account, "contacts", item["_embedded"]["contacts"][0])
    lead = _stored(account, "leads", item["_embedded"]["leads"][0])
    lead.contacts = [contact.id]
    lead.pipeline_id = item.get("pipeline_id") or account.main_pipeline().id
    metadata = {**item["metadata"], "category": category, "source_name": item["source_name"]}
    one = stand_in_unsorted(account, lead, metadata, item["source_uid"], contact.id)
    one.metadata = _kept(item["metadata"])
    one.created_at = item.get("created_at", one.created_at)
    if category == "sip" and item["metadata"].get("is_call_event_needed"):
        _add_call(account, lead, item["metadata"])
    return one


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key != "is_call_event_needed"}


def _stored(account: Account, entity: str, item: dict[str, Any]) -> Card:
    card = new_card(account, item)
    card.waits = True
    write_card(account, entity, card, item)
    account.cards(entity)[card.id] = card
    return card


def _add_call(account: Account, lead: Card, metadata: dict[str, Any]) -> None:
    kept = ("uniq", "duration", "link", "phone", "call_responsible")
    params = {key: metadata[key] for key in kept if key in metadata}
    note = Note(account.new_id(), "leads", lead.id, "call_in", params, account.stamp())
    account.notes[note.id] = note


def _short(account: Account, one: Unsorted) -> dict[str, Any]:
    contacts = [{"id": one.contact, "_links": {}}] if one.contact else []
    return {
        "uid": one.uid,
        "account_id": account.id,
        "_links": link(account, f"leads/unsorted/{one.uid}"),
        "_embedded": {"contacts": contacts, "leads": [{"id": one.lead, "_links": {}}], "companies": []},
    }


def _is_wanted(one: Unsorted) -> bool:
    for name, value in (("uid", one.uid), ("category", one.category), ("pipeline_id", str(one.pipeline_id))):
        wanted = filtered(name)
        if wanted and value not in wanted:
            return False
    return True


def _existing(account: Account, uid: str) -> Unsorted:
    if uid not in account.unsorted:
        raise Problem(404, "Unsorted not found")
    return account.unsorted[uid]
