"""What the snippet may say to the server, checked field by field; the stub answers 400 to anything else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

LARGEST_BODY = 16 * 1024


def _matches(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None


def _text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _absent_or(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _phones_as_written(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(isinstance(text, str) and 5 <= len(re.sub(r"\D", "", text)) <= 17 for text in value)
    )


def _e164_list(value: Any) -> bool:
    return isinstance(value, list) and all(_matches(r"\+[1-9]\d{6,14}")(number) for number in value)


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _milliseconds(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


SITE = _matches(r"[a-z0-9-]{1,64}")
VISITOR = _matches(r"[0-9a-f]{32}")
TOKEN = _matches(r"[\w.-]{4,200}")

MARKS = {
    "ga": _absent_or(_text(200)),
    "ga_streams": _absent_or(_texts),
    "ym": _absent_or(_text(100)),
    "fbp": _absent_or(_text(200)),
    "fbc": _absent_or(_text(500)),
}
PRESENCE = {"engaged": _flag, "numbers": _absent_or(_phones_as_written), "held": _absent_or(_e164_list)}
VISIT = {"site": SITE, "visitor": VISITOR, "visit": TOKEN}

BODIES: dict[str, dict[str, Check]] = {
    "visit": {
        "site": SITE,
        "visitor": _absent_or(VISITOR),
        "view": _matches(r"[0-9a-f]{16}"),
        "late_ms": _milliseconds,
        "url": _matches(r"https?://.+"),
        "title": _absent_or(_text(300)),
        "referrer": _absent_or(_text(2000)),
        "screen": _matches(r"\d+x\d+"),
        "language": _absent_or(_text(35)),
        "timezone": _absent_or(_text(64)),
        "webdriver": _flag,
        "test": _flag,
        "link": _absent_or(TOKEN),
        "visit": _absent_or(TOKEN),
        **PRESENCE,
        **MARKS,
    },
    "beat": {**VISIT, **PRESENCE, **MARKS},
    "leave": VISIT,
    "event": {**VISIT, "name": _matches(r"[a-z_]{1,40}"), "data": _absent_or(lambda v: isinstance(v, dict))},
    "form": {
        **VISIT,
        "form": _absent_or(_text(200)),
        "fields": lambda v: isinstance(v, dict) and bool(v),
        "page": _matches(r"https?://.+"),
        "kind": _absent_or(_text(20)),
        "subscribe": _absent_or(_flag),
        "id": _matches(r"[0-9a-f]{16}"),
        "test": _absent_or(_flag),
    },
}


def fault(path: str, body: Any) -> str | None:
    """The first field that breaks the contract, or None when all is well."""
    checks = BODIES[path]
    if not isinstance(body, dict):
        return "body"
    for name in body:
        if name not in checks:
            return f"{name} is not in the contract"
    return next((f"{name} = {body.get(name)!r}" for name, check in checks.items() if not check(body.get(name))), None)
