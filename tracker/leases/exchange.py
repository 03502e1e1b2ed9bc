"""What touch.lua is asked and what it answers, field for field, as JSON."""

from __future__ import annotations

import msgspec


class AskedPool(msgspec.Struct, omit_defaults=True):
    """A pool as the script sees it; `key` is the place of its first key among KEYS."""

    id: str
    key: int
    matches: bool
    static: str
    hold: int
    max_age: int
    sticky: int
    on_arrival: bool
    reserve: int
    network_limit: int
    overflow: str
    returning: bool | None = None


class Want(msgspec.Struct):
    """An original number; `asked` when this request wants it, `excluded` when only its conditions stand in the way."""

    swap: str
    asked: bool
    excluded: bool
    pools: list[AskedPool]


class Touch(msgspec.Struct):
    """What touch.lua is asked."""

    version: str
    visitor: str
    visit: str
    campaign: str
    paid: bool
    engaged: bool
    bot: str
    opens: bool  # may begin a visit: page views
    takes: bool  # may take a number: page views and beats
    late_ms: int
    visit_gap: int
    longest: int
    rate_limit: int
    recognise: bool
    held: list[str]
    wants: list[Want]


class Held(msgspec.Struct, omit_defaults=True):
    """A number to show; no end means it is static."""

    number: str
    until_: str | None = None
    shared: bool = False


class Outcome(msgspec.Struct, omit_defaults=True):
    """What one wanted number got: a lease, or the reason why not. `want` counts from 1."""

    want: int
    lease: Held | None = None
    reason: str | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """The script's answer: a `state` when it refused to decide, else the decision."""

    state: str = ""
    visitor: str = ""
    visit: str = ""
    tag: str | None = None
    now: str = "0"
    outcomes: list[Outcome] = []
