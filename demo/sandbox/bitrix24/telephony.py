"""`telephony.externalCall.*` and `voximplant.statistic.get`: calls of an external PBX, for applications."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

from demo.sandbox.bitrix24 import activities, cards, duplicates
from demo.sandbox.bitrix24.entities import BY_TYPE_ID, CONTACT, ENTITIES
from demo.sandbox.bitrix24.lines import application_only, refuse
from demo.sandbox.bitrix24.listing import row_values, select_rows, sort_rows
from demo.sandbox.bitrix24.php import number
from demo.sandbox.bitrix24.portal import User
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page

REPEATED_WITHIN = timedelta(minutes=30)
MISSED = "304"


@application_only
def register(call: Call) -> dict[str, Any]:
    """Begins a call; the same call registered again within half an hour gets its CALL_ID again,
    unless it is finished: what the real portal does then is not documented, and a second call is the worse case.
    """
    user = _user(call)
    phone, type = str(call.params.get("PHONE_NUMBER") or ""), number(call.params.get("TYPE", ""))
    if len(re.sub(r"\D", "", phone)) < 3:
        raise refuse("Unsupported phone number format")
    if type not in (1, 2, 3, 4, 5):
        raise refuse("Unknown TYPE")
    started = _started(call)
    key = (re.sub(r"\D", "", phone), type, user.id, str(call.params.get("LINE_NUMBER") or ""),
           str(call.params.get("EXTERNAL_CALL_ID") or ""))  # fmt: skip
    known = _repeated(call, key)
    return _registered(known or _begin(call, key, user, started))


@application_only
def finish(call: Call) -> dict[str, Any]:
    """Ends a call: only now the activity appears. A finished call cannot be finished again."""
    record = _running(call)
    user = _user(call)
    seconds = number(call.params.get("DURATION", 0)) or 0
    code = str(call.params.get("STATUS_CODE") or ("200" if seconds else MISSED))
    record |= {"finished": True, "CALL_DURATION": seconds, "CALL_FAILED_CODE": code, "PORTAL_USER_ID": user.id}
    record["CRM_ACTIVITY_ID"] = _activity(call, record, user)
    record["ID"] = call.portal.next_id()
    return _finished(record)


@application_only
def attach_record(call: Call) -> dict[str, Any]:
    """Attaches a recording to a finished call: by content, or by an address that is fetched at once."""
    record = call.portal.calls.get(str(call.params.get("CALL_ID")))
    if record is None or not record["finished"]:
        raise refuse("Call is not found in the statistic table. It looks like it is not finished yet.")
    name, url = call.params.get("FILENAME"), call.params.get("RECORD_URL")
    if not name and not url:
        raise refuse("Required parameters are not set. Request should contain either URL or FILENAME parameter")
    if name and not str(name).lower().endswith((".wav", ".mp3")):
        raise refuse("Wrong file extension. Only wav and mp3 are allowed")
    record["RECORD"] = str(url) if url else str(name)
    if call.params.get("FILE_CONTENT"):
        record["RECORD_BYTES"] = _decoded(str(call.params["FILE_CONTENT"]))
    return {"FILE_ID": call.portal.next_id()}


@application_only
def show(call: Call) -> bool:
    """Pops the card up, or takes it away."""
    _running(call)
    return True


@application_only
def search(call: Call) -> list[dict[str, Any]]:
    """`telephony.externalCall.searchCrmEntities`."""
    wanted = duplicates.normalised("PHONE", str(call.params.get("PHONE_NUMBER") or ""))
    return [
        {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": id, "NAME": card.fields["NAME"],
         "ASSIGNED_BY_ID": int(card.fields["ASSIGNED_BY_ID"])}
        for id, card in call.portal.cards["CONTACT"].items()
        if any(duplicates.normalised("PHONE", item["VALUE"]) == wanted for item in card.multi.get("PHONE", []))
    ]  # fmt: skip


def statistics(call: Call) -> Page:
    """`voximplant.statistic.get`: finished calls."""
    rows = [_finished(record) for record in call.portal.calls.values() if record["finished"]]
    rows = select_rows(rows, call.params.get("FILTER"), row_values)
    return page(sort_rows(rows, None, row_values), call.params.get("start"))


def _user(call: Call) -> User:
    id, inner = number(call.params.get("USER_ID", "")), str(call.params.get("USER_PHONE_INNER") or "")
    if id is None and not inner:
        raise refuse("USER_ID or USER_PHONE_INNER should be set")
    active = [user for user in call.portal.users.values() if user.active]
    user = next((user for user in active if (user.id == id if id else user.inner_phone == inner)), None)
    if user is None:
        raise refuse("User is not found or is not active")
    return user


def _started(call: Call) -> str:
    text = call.params.get("CALL_START_DATE")
    if not text:
        return call.portal.timestamp()
    try:
        datetime.fromisoformat(str(text))
    except ValueError:
        raise refuse("CALL_START_DATE should be in the ISO-8601 format")
    return str(text)


def _repeated(call: Call, key: tuple[Any, ...]) -> dict[str, Any] | None:
    fresh = call.portal.now() - REPEATED_WITHIN
    running = (record for record in call.portal.calls.values() if not record["finished"])
    same = (record for record in running if record["key"] == key and record["registered_at"] > fresh)
    return next(same, None)


def _begin(call: Call, key: tuple[Any, ...], user: User, started: str) -> dict[str, Any]:
    now = call.portal.now()
    digest = hashlib.md5(repr((key, now)).encode(), usedforsecurity=False).hexdigest()
    record = {
        "CALL_ID": f"externalCall.{digest}.{int(now.timestamp())}",
        "key": key,
        "registered_at": now,
        "finished": False,
        "EXTERNAL_CALL_ID": key[4],
        "PORTAL_USER_ID": user.id,
        "PHONE_NUMBER": key[0],
        "PORTAL_NUMBER": key[3],
        "INCOMING": str(key[1]),
        "CALL_START_DATE": started,
        "SHOWN": str(call.params.get("SHOW", 1)) == "1",
        "CREATED": [],
        **_owner(call),
    }
    if not record["CRM_ENTITY_ID"] and str(call.params.get("CRM_CREATE", 0)) == "1":
        _create_contact(call, record)
    call.portal.calls[record["CALL_ID"]] = record
    return record


def _owner(call: Call) -> dict[str, Any]:
    type, id = str(call.params.get("CRM_ENTITY_TYPE") or ""), number(call.params.get("CRM_ENTITY_ID", ""))
    if type in ("CONTACT", "LEAD", "COMPANY") and id in call.portal.cards[type]:
        return {"CRM_ENTITY_TYPE": type, "CRM_ENTITY_ID": id}
    found = search(call)
    return {
        "CRM_ENTITY_TYPE": "CONTACT" if found else None,
        "CRM_ENTITY_ID": found[0]["CRM_ENTITY_ID"] if found else None,
    }


def _create_contact(call: Call, record: dict[str, Any]) -> None:
    phone = {"VALUE": str(call.params["PHONE_NUMBER"]), "VALUE_TYPE": "WORK"}
    fields = {"NAME": phone["VALUE"], "PHONE": [phone], "SOURCE_ID": call.params.get("CRM_SOURCE")}
    id = cards.add(CONTACT, Call(call.portal, call.caller, {"fields": fields}))
    record |= {"CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": id}
    record["CREATED"] = [{"ENTITY_TYPE": "CONTACT", "ENTITY_ID": id}]


def _registered(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "CALL_ID": record["CALL_ID"],
        "CRM_CREATED_LEAD": None,
        "CRM_CREATED_ENTITIES": record["CREATED"],
        "CRM_ENTITY_TYPE": record["CRM_ENTITY_TYPE"],
        "CRM_ENTITY_ID": record["CRM_ENTITY_ID"],
    }


def _running(call: Call) -> dict[str, Any]:
    if not isinstance(call.params.get("CALL_ID"), str):
        raise Rejected(400, "INVALID_ARGUMENT", "CALL_ID must be a string")
    record = call.portal.calls.get(call.params["CALL_ID"])
    if record is None or record["finished"]:
        raise refuse("Call is not found (call should be registered prior to finishing)")
    return record


def _activity(call: Call, record: dict[str, Any], user: User) -> int | None:
    if record["CRM_ENTITY_TYPE"] not in ENTITIES:
        return None
    type_id = next(id for id, entity in BY_TYPE_ID.items() if entity.name == record["CRM_ENTITY_TYPE"])
    activity = {
        **activities.BLANK,
        "TYPE_ID": "2",
        "PROVIDER_ID": "VOXIMPLANT_CALL",
        "SUBJECT": f"Incoming call {record['PHONE_NUMBER']}",
        "DIRECTION": "1",
        "COMPLETED": "N" if record["CALL_FAILED_CODE"] == MISSED else "Y",
        "RESPONSIBLE_ID": str(user.id),
        "START_TIME": record["CALL_START_DATE"],
        "ORIGIN_ID": record["CALL_ID"],
    }
    return activities.keep(call.portal, activity, type_id, record["CRM_ENTITY_ID"], user.id)


def _finished(record: dict[str, Any]) -> dict[str, Any]:
    names = ("CALL_ID", "EXTERNAL_CALL_ID", "PORTAL_USER_ID", "PHONE_NUMBER", "PORTAL_NUMBER", "INCOMING",
             "CALL_DURATION", "CALL_FAILED_CODE", "CRM_ACTIVITY_ID", "CRM_ENTITY_TYPE", "CRM_ENTITY_ID",
             "ID")  # fmt: skip
    return {name: record[name] for name in names} | {
        "CALL_START_DATE": {},  # the portal really answers an empty object here
        "CALL_STATUS": 1 if record["CALL_FAILED_CODE"] == "200" else 0,
        "CALL_VOTE": 0,
        "COST": 0,
        "COST_CURRENCY": "",
        "CALL_FAILED_REASON": "",
        "CALL_RECORD_URL": record.get("RECORD", ""),
    }


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise refuse("File content is not properly encoded. Base64 encoding is expected.")


METHODS: dict[str, Method] = {
    "telephony.externalCall.register": register,
    "telephony.externalCall.finish": finish,
    "telephony.externalCall.attachRecord": attach_record,
    "telephony.externalCall.show": show,
    "telephony.externalCall.hide": show,
    "telephony.externalCall.searchCrmEntities": search,
    "voximplant.statistic.get": statistics,
}
