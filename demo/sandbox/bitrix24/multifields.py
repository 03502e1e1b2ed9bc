"""PHONE, EMAIL and kin: lists of values with ids of their own, changed element by element."""

from __future__ import annotations

import re
from typing import Any

from demo.sandbox.bitrix24.php import each, truth
from demo.sandbox.bitrix24.portal import Card, Portal
from demo.sandbox.bitrix24.wire import Rejected

NAMES = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
TYPES = {
    "PHONE": {"WORK", "MOBILE", "FAX", "HOME", "PAGER", "MAILING", "OTHER"},
    "EMAIL": {"WORK", "HOME", "MAILING", "OTHER"},
}
ADDRESS = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")


def change(portal: Portal, card: Card, fields: dict[str, Any]) -> None:
    """Applies what was sent: without ID added (twice if sent twice), with ID changed, emptied ones removed.

    Raises:
        Rejected: an email address that is none; nothing is changed then.
    """
    for name in NAMES:
        for item in each(fields.get(name)):
            _check(name, item)
    for name in NAMES:
        for item in each(fields.get(name)):
            _apply(portal, card, name, item)


def _check(name: str, item: Any) -> None:
    value = str(item.get("VALUE", "")) if isinstance(item, dict) else ""
    if name == "EMAIL" and value and not ADDRESS.match(value):
        raise Rejected(400, "ERROR_CORE", f'The email "{value}" is incorrect.')


def _apply(portal: Portal, card: Card, name: str, item: Any) -> None:
    if not isinstance(item, dict):
        return
    own = card.multi.setdefault(name, [])
    if item.get("ID"):
        _change_one(own, item)
    elif item.get("VALUE"):
        own.append(
            {
                "ID": str(portal.next_id()),
                "VALUE_TYPE": _type(name, item, "WORK"),
                "VALUE": str(item["VALUE"]),
                "TYPE_ID": name,
            }
        )
    if not own:
        del card.multi[name]


def _change_one(own: list[dict[str, str]], item: dict[str, Any]) -> None:
    for held in [held for held in own if held["ID"] == str(item["ID"])]:
        if truth(item.get("DELETE", "")) or item.get("VALUE") == "":
            own.remove(held)
        else:
            held["VALUE"] = str(item.get("VALUE", held["VALUE"]))
            held["VALUE_TYPE"] = _type(held["TYPE_ID"], item, held["VALUE_TYPE"])


def _type(name: str, item: dict[str, Any], usual: str) -> str:
    wanted = str(item.get("VALUE_TYPE", usual))
    return wanted if wanted in TYPES.get(name, {wanted}) else "OTHER"
