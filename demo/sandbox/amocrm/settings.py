"""What administrators arrange: the account itself, custom fields, tags, users, pipelines, webhooks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from demo.sandbox.amocrm.account import Account, CustomField, Pipeline, Status
from demo.sandbox.amocrm.cards import tag_id
from demo.sandbox.amocrm.wire import Checks, Problem, batch, checked, hal, link, listing, nothing, request_id

ENTITIES = "<any(contacts, leads):entity>"
FIELD_TYPES = {
    *("text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton"),
    *("streetaddress", "birthday", "date_time", "monetary", "tracking_data"),
}
HOOK_EVENTS = {
    f"{action}_{entity}" for action in ("add", "update", "delete", "restore") for entity in ("lead", "contact")
} | {"status_lead", "responsible_lead", "responsible_contact", "note_lead", "note_contact"}


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves the account, its fields, tags, users, pipelines and webhook subscriptions."""
    _serve_account(blueprint, account)
    _serve_pipelines(blueprint, account)
    _serve_fields(blueprint, account)
    _serve_tags(blueprint, account)
    _serve_webhooks(blueprint, account)


def _serve_account(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get("/api/v4/account")
    def the_account() -> Response:
        return hal(_account(account, set(request.args.get("with", "").split(","))))

    @blueprint.get("/api/v4/users")
    def users() -> Response:
        _administrators_only(account)
        rows = [
            {
                "id": user.id,
                "name": user.name,
                "email": user.email,
                "lang": "ru",
                "rights": {"is_admin": user.id == account.current_user_id, "is_active": user.is_active},
            }
            for user in account.users
        ]
        return listing(account, "users", "users", rows, counted=True)


def _serve_pipelines(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get("/api/v4/leads/pipelines")
    def pipelines() -> Response:
        rows = [_pipeline(account, one) for one in account.pipelines]
        return hal({"_total_items": len(rows), "_embedded": {"pipelines": rows}})

    @blueprint.get("/api/v4/leads/pipelines/<int:id>")
    def pipeline(id: int) -> Response:
        found = account.pipeline(id)
        if found is None:
            raise Problem(404, "Pipeline not found")
        return hal(_pipeline(account, found))


def _serve_fields(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get(f"/api/v4/{ENTITIES}/custom_fields")
    def fields(entity: str) -> Response:
        rows = [_field(account, one) for one in account.fields_of(entity)]
        return listing(account, f"{entity}/custom_fields", "custom_fields", rows, counted=True)

    @blueprint.get(f"/api/v4/{ENTITIES}/custom_fields/<int:id>")
    def field(entity: str, id: int) -> Response:
        found = account.fields.get(id)
        if found is None or found.entity != entity:
            raise Problem(404, "Custom field not found")
        return hal(_field(account, found))

    @blueprint.post(f"/api/v4/{ENTITIES}/custom_fields")
    def add_fields(entity: str) -> Response:
        _administrators_only(account)
        items = batch()
        checked(items, lambda item, checks: _check_field(account, entity, item, checks))
        made = [account.add_field(entity, item["name"], item["type"], item.get("code")) for item in items]
        rows = [
            {**_field(account, one), "request_id": request_id(i, n)}
            for n, (one, i) in enumerate(zip(made, items, strict=True))
        ]
        return hal({"_total_items": len(rows), "_embedded": {"custom_fields": rows}}, 201)


def _serve_tags(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get(f"/api/v4/{ENTITIES}/tags")
    def tags(entity: str) -> Response:
        rows = [{"id": id, "name": name} for (of, name), id in account.tag_ids.items() if of == entity]
        return listing(account, f"{entity}/tags", "tags", rows)

    @blueprint.post(f"/api/v4/{ENTITIES}/tags")
    def add_tags(entity: str) -> Response:
        rows = [{"id": tag_id(account, entity, item["name"]), "name": item["name"]} for item in batch()]
        return hal({"_total_items": len(rows), "_embedded": {"tags": rows}})


def _serve_webhooks(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get("/api/v4/webhooks")
    def webhooks() -> Response:
        wanted = request.args.get("filter[destination]")
        rows = [hook for url, hook in account.webhooks.items() if wanted in (None, url)]
        return hal({"_total_items": len(rows), "_embedded": {"webhooks": rows}}) if rows else nothing()

    @blueprint.post("/api/v4/webhooks")
    def subscribe() -> Response:
        _administrators_only(account)
        return hal(_subscribe(account, request.get_json(silent=True)), 201)

    @blueprint.delete("/api/v4/webhooks")
    def unsubscribe() -> Response:
        _administrators_only(account)
        url = (request.get_json(silent=True) or {}).get("destination")
        if account.webhooks.pop(url, None) is None:
            raise Problem(404, "Webhook not found")
        return nothing()


def _administrators_only(account: Account) -> None:
    if not account.is_admin:
        raise Problem(403, "Access denied. Code 244")


def _account(account: Account, wanted: set[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": account.id,
        "name": "Demo",
        "subdomain": account.subdomain,
        "current_user_id": account.current_user_id,
        "country": "RU",
        "customers_mode": "unavailable",
        "is_unsorted_on": account.is_unsorted_on,
        "_links": link(account, "account"),
    }
    if "is_api_filter_enabled" in wanted:
        shown["is_api_filter_enabled"] = account.is_api_filter_enabled
    if "datetime_settings" in wanted:
        zone = {"timezone": "Europe/Moscow", "timezone_offset": "+03:00"}
        shown["_embedded"] = {"datetime_settings": zone}
    return shown


def _pipeline(account: Account, one: Pipeline) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "is_main": one.is_main,
        "is_unsorted_on": one.is_unsorted_on,
        "is_archive": False,
        "account_id": account.id,
        "_embedded": {"statuses": [_status(account, one, status) for status in one.statuses]},
    }


def _status(account: Account, pipeline: Pipeline, one: Status) -> dict[str, Any]:
    shown = {"id": one.id, "name": one.name, "sort": one.sort, "type": one.type, "pipeline_id": pipeline.id}
    return {**shown, "is_editable": one.type == 0 and one.id > 143, "account_id": account.id}


def _field(account: Account, one: CustomField) -> dict[str, Any]:
    enums = [{"id": id, "value": value, "code": code} for id, (code, value) in one.enums.items()]
    return {
        "id": one.id,
        "name": one.name,
        "type": one.type,
        "account_id": account.id,
        "code": one.code,
        "sort": one.sort,
        "is_api_only": False,
        "enums": enums or None,
        "group_id": "statistic" if one.type == "tracking_data" else None,
        "is_predefined": one.is_predefined,
        "is_deletable": not one.is_predefined,
        "entity_type": one.entity,
        "_links": link(account, f"{one.entity}/custom_fields/{one.id}"),
    }


def _check_field(account: Account, entity: str, item: dict[str, Any], checks: Checks) -> None:
    checks.typed(item, "name", str, required=True)
    type = checks.typed(item, "type", str, required=True)
    if type is not None and (type not in FIELD_TYPES or (type == "tracking_data" and entity != "leads")):
        checks.add("NotSupportedChoice", "type", "The value you selected is not a valid choice.")
    code = checks.typed(item, "code", str)
    if code and code in {one.code for one in account.fields_of(entity)}:
        checks.add("NotUnique", "code", "This value is already used.")


def _subscribe(account: Account, body: object) -> dict[str, Any]:
    if not isinstance(body, dict) or not isinstance(body.get("destination"), str):
        raise Problem(400, "Request validation failed", [("0", "FieldMissing", "destination", "Missing.")])
    settings = body.get("settings") or []
    if not settings or not set(settings) <= HOOK_EVENTS:
        raise Problem(400, "Request validation failed", [("0", "NotSupportedChoice", "settings", "Unknown event.")])
    url, at = body["destination"], account.stamp()
    known = account.webhooks.get(url, {"id": account.new_id(), "destination": url, "created_at": at})
    account.webhooks[url] = {
        **known,
        "updated_at": at,
        "account_id": account.id,
        "created_by": account.current_user_id,
        "sort": body.get("sort", 10),
        "disabled": False,
        "settings": settings,
    }
    return account.webhooks[url]
