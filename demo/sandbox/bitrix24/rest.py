"""Runs methods for a caller: scopes, the working-time budget, `batch`, and the portal's envelope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from demo.sandbox.bitrix24 import (
    activities,
    cards,
    dictionaries,
    duplicates,
    events,
    lines,
    stages,
    telephony,
    timeline,
    tracking,
    user_fields,
)
from demo.sandbox.bitrix24.php import parse_query, table, truth
from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Call, Caller, Method, Page, Rejected

METHODS: dict[str, Method] = {
    **cards.methods(),
    **user_fields.methods(),
    **stages.METHODS,
    **duplicates.METHODS,
    **timeline.METHODS,
    **activities.METHODS,
    **lines.METHODS,
    **telephony.METHODS,
    **tracking.METHODS,
    **events.METHODS,
    **dictionaries.METHODS,
}
CANONICAL = {name.lower(): name for name in [*METHODS, "batch"]}
BASIC = frozenset({"batch", "scope", "app.info", "profile", "event.bind", "event.get", "event.unbind"})
SCOPE_OF_PREFIX = {"crm": "crm", "telephony": "telephony", "voximplant": "telephony", "user": "user"}
WRAPPED_LISTS = frozenset({"crm.stagehistory.list"})
MOST_COMMANDS = 50
REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")


def canonical(method: str) -> str:
    """The documented writing of a method's name: the official library sends `crm.contact.Add`."""
    return CANONICAL.get(method.lower(), method)


def serve(portal: Portal, caller: Caller, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Runs one request and returns the body of a success.

    Raises:
        Rejected: with the status and body of the refusal.
    """
    if method == "batch":
        return {"result": _batch(portal, caller, params), "time": _time(portal, caller, None)}
    result, extras = _run(portal, caller, method, params)
    return {"result": result, **extras, "time": _time(portal, caller, method)}


def _run(portal: Portal, caller: Caller, method: str, params: Mapping[str, Any]) -> tuple[Any, dict[str, int]]:
    function = METHODS.get(method)
    if function is None:
        raise Rejected(404, "ERROR_METHOD_NOT_FOUND", "Method not found!")
    if method not in BASIC and SCOPE_OF_PREFIX.get(method.partition(".")[0]) not in portal.scopes:
        raise Rejected(
            403, "insufficient_scope", "The request requires higher privileges than provided by the access token"
        )
    if portal.budget.is_over(caller.key, method, portal.now()):
        raise Rejected(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")
    portal.budget.spend(caller.key, method, portal.now())
    result = function(Call(portal, caller, params))
    if not isinstance(result, Page):
        return _php(result), {}
    rows: Any = {"items": result.rows} if method in WRAPPED_LISTS else result.rows
    extras = {"total": result.total} | ({"next": result.next} if result.next is not None else {})
    return rows, extras


def _batch(portal: Portal, caller: Caller, params: Mapping[str, Any]) -> dict[str, Any]:
    commands = table(params.get("cmd"))
    if len(commands) > MOST_COMMANDS:
        raise Rejected(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
    maps: dict[str, dict[str, Any]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next", "result_time")
    }
    for key, command in commands.items():
        try:
            _run_command(portal, caller, key, str(command), maps)
        except Rejected as refusal:
            maps["result_error"][key] = refusal.body()
            if truth(params.get("halt", "")):
                break
    return {name: _php(found) for name, found in maps.items()}


def _run_command(portal: Portal, caller: Caller, key: str, command: str, maps: dict[str, dict[str, Any]]) -> None:
    name, _, query = command.partition("?")
    method = canonical(name)
    if method == "batch":
        raise Rejected(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
    result, extras = _run(portal, caller, method, _resolved(parse_query(query), maps["result"]))
    maps["result"][key] = result
    maps["result_time"][key] = _time(portal, caller, method)
    for name, value in extras.items():
        maps[f"result_{name}"][key] = value


def _resolved(value: Any, results: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, results) for item in value]
    whole = REFERENCE.fullmatch(value)
    if whole:
        return _found(whole.group(1), results)
    return REFERENCE.sub(lambda match: str(_found(match.group(1), results)), value)


def _found(path: str, results: Any) -> Any:
    """What `[find][CONTACT][0]` names in the earlier results; empty text when there is no such thing."""
    for part in re.findall(r"\[([^\]]*)\]", path):
        results = table(results).get(part, "")
    return results


def _php(value: Any) -> Any:
    """An empty map leaves PHP as an empty list."""
    return [] if value == {} else value


def _time(portal: Portal, caller: Caller, method: str | None) -> dict[str, Any]:
    now = portal.now()
    cost = portal.budget.costs.get(method or "", portal.budget.usual_cost)
    time = {
        "start": now.timestamp(),
        "finish": now.timestamp() + cost,
        "duration": cost,
        "processing": cost,
        "date_start": portal.timestamp(),
        "date_finish": portal.timestamp(),
    }
    if method is not None:
        time["operating_reset_at"] = portal.budget.resets_at(caller.key, method, now)
        time["operating"] = portal.budget.spent(caller.key, method, now)
    return time


def refusal_body(portal: Portal, caller: Caller | None, method: str, refusal: Rejected) -> dict[str, Any]:
    """The body of a refusal; a used-up budget says when the method works again."""
    if refusal.status != 429 or caller is None:
        return dict(refusal.body())
    return {**refusal.body(), "time": _time(portal, caller, method)}
