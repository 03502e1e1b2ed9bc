"""What pages were told, kept small enough for a million operations."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Holding:
    """A page was told a number, once or again and again without a gap; the store's milliseconds.

    `told` is when it was last told, `until` how long that holds.
    """

    number: str
    visitor: str
    is_shared: bool
    since: int
    told: int
    until: int


@dataclass
class Seen:
    """Everything that one client was told.

    `views` maps an accepted page view to when it was sent and when it was answered, Unix milliseconds.
    """

    holdings: list[Holding] = field(default_factory=list)
    tags: set[tuple[str, str]] = field(default_factory=set)
    views: dict[str, tuple[int, int]] = field(default_factory=dict)
    grants: int = 0
    decided: int = 0  # operations answered with a decision
    refused: int = 0  # answered that the store is away, or that it only adopts
    unanswered: int = 0
    wrong: list[str] = field(default_factory=list)  # answers that must never be, such as 500

    def note_number(self, told: Holding, before: Holding | None) -> Holding:
        """Joins what was told to what the page was told before; returns the holding it belongs to."""
        self.grants += 1
        same = before and before.number == told.number and before.is_shared == told.is_shared
        if before and same and told.told < before.until:
            before.told, before.until = told.told, max(before.until, told.until)
            return before
        self.holdings.append(told)
        return told
