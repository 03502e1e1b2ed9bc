"""`telephony.externalLine.*`: numbers of an external PBX, and the rules that all telephony methods share."""

from __future__ import annotations

from functools import wraps
from typing import Any

from demo.sandbox.bitrix24.events import require_application
from demo.sandbox.bitrix24.wire import Call, Method, Rejected


def refuse(description: str) -> Rejected:
    """The usual refusal of the telephony methods."""
    return Rejected(400, "ERROR_CORE", description)


def application_only(method: Method) -> Method:
    """Lets only applications in."""

    @wraps(method)
    def guarded(call: Call) -> Any:
        require_application(call)
        return method(call)

    return guarded


@application_only
def add_line(call: Call) -> dict[str, int]:
    """Registers a number as a line."""
    line = str(call.params.get("NUMBER") or "")
    if not line:
        raise refuse("Parameter NUMBER should not be empty")
    if line in call.portal.lines:
        raise refuse("Line already exists")
    id = call.portal.next_id()
    call.portal.lines[line] = {
        "ID": id,
        "NUMBER": line,
        "NAME": str(call.params.get("NAME") or line),
        "CRM_AUTO_CREATE": str(call.params.get("CRM_AUTO_CREATE") or "Y"),
    }
    return {"ID": id}


@application_only
def lines(call: Call) -> list[dict[str, Any]]:
    """Lists the lines, without their ids."""
    return [{key: row[key] for key in row if key != "ID"} for row in call.portal.lines.values()]


@application_only
def update_line(call: Call) -> dict[str, str]:
    """Renames a line."""
    row = call.portal.lines.get(str(call.params.get("NUMBER")))
    if row is None:
        raise refuse("Line is not found")
    row.update({key: str(call.params[key]) for key in ("NAME", "CRM_AUTO_CREATE") if key in call.params})
    return {"ID": str(row["ID"])}


@application_only
def delete_line(call: Call) -> list[Any]:
    """Removes a line."""
    if call.portal.lines.pop(str(call.params.get("NUMBER")), None) is None:
        raise refuse("Line is not found")
    return []


METHODS: dict[str, Method] = {
    "telephony.externalLine.add": add_line,
    "telephony.externalLine.get": lines,
    "telephony.externalLine.update": update_line,
    "telephony.externalLine.delete": delete_line,
}
