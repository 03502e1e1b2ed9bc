"""What a method of the portal receives and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.sandbox.bitrix24.php import table
from demo.sandbox.bitrix24.portal import Portal, User

PAGE_SIZE = 50


class Rejected(Exception):
    """The portal refuses; `code` goes into `error`, the text into `error_description`."""

    def __init__(self, status: int, code: str, description: str = "") -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description

    def body(self) -> dict[str, str]:
        """The JSON of the refusal."""
        return {"error": self.code, "error_description": self.description}


@dataclass(frozen=True)
class Caller:
    """Who asks: an employee's webhook or an application acting for an employee."""

    key: str
    user: User
    is_application: bool


@dataclass(frozen=True)
class Call:
    """One method call: the portal, the caller and the decoded parameters."""

    portal: Portal
    caller: Caller
    params: Mapping[str, Any]

    def fields(self, name: str = "fields") -> dict[str, Any]:
        """The map under `fields`.

        Raises:
            Rejected: it is not a PHP array.
        """
        value = self.params.get(name)
        if not isinstance(value, dict | list):
            raise Rejected(400, "", f"Parameter '{name}' must be array.")
        return table(value)

    def require_administrator(self) -> None:
        """Refuses employees who may not change the set-up of the CRM."""
        if not self.caller.user.is_admin:
            raise Rejected(400, "", "Access denied.")


@dataclass(frozen=True)
class Page:
    """A piece of a list; `next` is the start of the following piece."""

    rows: list[Any]
    total: int
    next: int | None


Method = Callable[[Call], Any]


def page(rows: list[Any], start: Any) -> Page:
    """Cuts a page of fifty; `start` of -1 switches the counting off and begins at the first row."""
    try:
        first = int(start or 0)
    except ValueError:
        first = 0
    if first < 0:
        return Page(rows[:PAGE_SIZE], 0, None)
    following = first + PAGE_SIZE
    return Page(rows[first:following], len(rows), following if following < len(rows) else None)
