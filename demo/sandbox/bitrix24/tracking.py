"""`crm.tracking.trace.*`: what the portal's own end-to-end analytics knows of a visit."""

from __future__ import annotations

import json
from typing import Any

from demo.sandbox.bitrix24.php import each, number
from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Call, Method, Rejected

TYPES = ("COMPANY", "CONTACT", "DEAL", "LEAD", "QUOTE")


def add(call: Call) -> int:
    """Stores a trace and links it to the given cards."""
    text = call.params.get("TRACE")
    if not text:
        raise Rejected(400, "ERROR_CORE", "Parameter `TRACE` required.")
    trace = _read(str(text))
    if trace is None:
        raise Rejected(400, "ERROR_CORE", "Can not parse JSON from parameter `TRACE`.")
    links = [_link(entity) for entity in each(call.params.get("ENTITIES"))]
    return _keep(call.portal, trace, links)


def delete(call: Call) -> None:
    """Forgets a trace."""
    call.portal.traces.pop(number(call.params.get("id", "")) or 0, None)


def keep_from_card(portal: Portal, type: str, id: int, text: Any) -> None:
    """Stores the `TRACE` field of a new card; what is no JSON object leaves no trace."""
    trace = _read(str(text)) if text else None
    if trace is not None:
        _keep(portal, trace, [(type, id)])


def _keep(portal: Portal, trace: dict[str, Any], links: list[tuple[str, int]]) -> int:
    id = portal.next_id()
    portal.traces[id] = {"ID": id, "TRACE": trace, "ENTITIES": links}
    for type, card in links:
        if card in portal.cards.get(type, {}):
            portal.cards[type][card].traces.append(id)
    return id


def _link(entity: Any) -> tuple[str, int]:
    type = entity.get("TYPE") if isinstance(entity, dict) else None
    if type not in TYPES:
        raise Rejected(400, "ERROR_CORE", f"Wrong TYPE `{type}`.")
    return type, number(entity.get("ID", "")) or 0


def _read(text: str) -> dict[str, Any] | None:
    try:
        trace = json.loads(text)
    except ValueError:
        return None
    return trace if isinstance(trace, dict) else None


METHODS: dict[str, Method] = {"crm.tracking.trace.add": add, "crm.tracking.trace.delete": delete}
