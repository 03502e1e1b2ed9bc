"""`event.*` and what the portal sends to the subscribers: only the id, once, never again."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Call, Method, Rejected

KNOWN = {
    f"ONCRM{type}{verb}"
    for type in ("CONTACT", "LEAD", "DEAL", "COMPANY", "ACTIVITY")
    for verb in ("ADD", "UPDATE", "DELETE")
} | {"ONCRMDEALMOVETOCATEGORY", "ONAPPUNINSTALL", "ONEXTERNALCALLSTART"}


def bind(call: Call) -> bool:
    """Subscribes an address of the application; administrators only for queued (offline) events."""
    require_application(call)
    name = str(call.params.get("event", "")).upper()
    if name not in KNOWN:
        raise Rejected(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
    if call.params.get("event_type") == "offline" and not call.caller.user.is_admin:
        raise Rejected(403, "ACCESS_DENIED", "Access denied")
    pair = {"event": name, "handler": call.params.get("handler"), "auth_type": call.caller.user.id}
    if pair in call.portal.handlers:
        raise Rejected(400, "ERROR_EVENT_BINDING_EXISTS", "Handler already binded")
    call.portal.handlers.append(pair)
    return True


def subscriptions(call: Call) -> list[dict[str, Any]]:
    """Lists the subscriptions."""
    require_application(call)
    return list(call.portal.handlers)


def unbind(call: Call) -> dict[str, int]:
    """Ends a subscription and says how many there were."""
    require_application(call)
    name = str(call.params.get("event", "")).upper()
    kept = [
        pair for pair in call.portal.handlers if pair["event"] != name or pair["handler"] != call.params.get("handler")
    ]
    count = len(call.portal.handlers) - len(kept)
    call.portal.handlers[:] = kept
    return {"count": count}


def require_application(call: Call) -> None:
    """Refuses incoming webhooks, as the portal does for calls, lines and subscriptions."""
    if not call.caller.is_application:
        raise Rejected(
            403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method Application context"
            " required",
        )  # fmt: skip


def fire(portal: Portal, name: str, data: dict[str, Any]) -> None:
    """Queues one message per subscription, as flat form fields would carry it.

    The demo posts them; `portal.sent_events` keeps them in order.
    """
    for pair in portal.handlers:
        if pair["event"] == name:
            portal.sent_events.append(
                {
                    "handler": pair["handler"],
                    "event": name,
                    "data": data,
                    "ts": int(portal.now().timestamp()),
                    "auth": {
                        "domain": portal.domain,
                        "client_endpoint": f"https://{portal.domain}/rest/",
                        "member_id": portal.member_id,
                        "application_token": portal.application_token,
                    },
                }
            )


METHODS: dict[str, Method] = {"event.bind": bind, "event.get": subscriptions, "event.unbind": unbind}
