"""`crm.duplicate.findbycomm`: which cards hold a phone or an address."""

from __future__ import annotations

import re
from typing import Any

from demo.sandbox.bitrix24.php import each
from demo.sandbox.bitrix24.wire import Call, Method, Rejected

MOST_VALUES = 20
MOST_HITS = 20
EXTENSION = re.compile(r"(?:[;,#x*]|доб|ext).*$", re.IGNORECASE)


def find(call: Call) -> dict[str, list[int]]:
    """Returns ids by type, only the types that were found; in the order lead, contact, company.

    Values beyond the twentieth are not looked at, and twenty hits of one type end the search.
    """
    kind = call.params.get("type")
    if not kind:
        raise Rejected(400, "Communication type is not defined")
    if kind not in ("PHONE", "EMAIL"):
        raise Rejected(400, f"Communication type '{kind}' is not supported in current context")
    values = [str(value) for value in each(call.params.get("values"))]
    if not values:
        raise Rejected(400, "Communication values is not defined")
    wanted = {key for value in values[:MOST_VALUES] if (key := normalised(kind, value))}
    return _hits(call, kind, wanted, call.params.get("entity_type"))


def normalised(kind: str, value: str) -> str:
    """How the portal compares: digits without extension, addresses in lower case.

    The spelling stays decisive: `8 495…` and `+7 495…` are different numbers.
    """
    if kind == "EMAIL":
        return value.strip().lower()
    return re.sub(r"\D", "", EXTENSION.sub("", value))


def _hits(call: Call, kind: str, wanted: set[str], only: Any) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for name in [only] if only else ["LEAD", "CONTACT", "COMPANY"]:
        ids = [
            id
            for id, card in call.portal.cards.get(str(name), {}).items()
            if any(normalised(kind, item["VALUE"]) in wanted for item in card.multi.get(kind, []))
        ]
        if ids:
            found[str(name)] = ids[:MOST_HITS]
        if len(ids) >= MOST_HITS:
            break
    return found


METHODS: dict[str, Method] = {"crm.duplicate.findbycomm": find}
