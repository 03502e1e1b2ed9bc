"""What a visitor holds in his hands, read from the user-agent. Parsing is slow, so answers are remembered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import user_agents

REMEMBERED = 4096  # user-agents; a busy site sees a few hundred a day
MAX_USER_AGENT = 512  # characters; the parser's patterns are slow on long nonsense

DeviceKind = Literal["mobile", "tablet", "desktop", "bot", "other"]


@dataclass(frozen=True, slots=True)
class Device:
    """Kind of device, browser and operating system by family name: `Chrome Mobile`, `Android`; None if unknown."""

    kind: DeviceKind
    browser: str | None
    os: str | None


UNKNOWN = Device("other", None, None)


def parse(user_agent: str | None) -> Device:
    """Reads a user-agent; None, empty and unknown ones are devices of kind `other`."""
    text = (user_agent or "")[:MAX_USER_AGENT].strip()
    return _parse(text) if text else UNKNOWN


@lru_cache(maxsize=REMEMBERED)
def _parse(text: str) -> Device:
    # Digits of other scripts make the library fail when it reads a version.
    found = user_agents.parse(text if text.isascii() else text.encode("ascii", "replace").decode())
    return Device(_kind(found), _family(found.browser.family), _family(found.os.family))


def _kind(found: user_agents.parsers.UserAgent) -> DeviceKind:
    if found.is_bot:
        return "bot"
    if found.is_tablet:
        return "tablet"
    if found.is_mobile:
        return "mobile"
    return "desktop" if found.is_pc else "other"


def _family(name: str) -> str | None:
    return None if name == "Other" else name
