"""One row of the table of small pages: what is served, what is done, and how every text and attribute must end.

In a body `{{before|after}}` is served as `before` and expected as `after`; all else must stay as it is. The
original +7 495 111-22-33 is leased as +7 495 777-00-01, sales@example.com as sales+k3v9xq@example.com.
The same table runs in Chromium and in Firefox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# Ends every page that does not say otherwise: once it is swapped, the first pass is over.
SENTINEL = '<p id="sentinel">{{+7 495 111-22-33|+7 495 777-00-01}}</p>'


@dataclass(frozen=True)
class Page:
    """One page of the table.

    `tag`: attributes of the script; `site`: settings of `stub_server.Site`; `do`: steps `(verb, argument)` with
    the verbs eval (a script), click (a selector), until (a condition); `after`: the expected body where it
    differs from the served one by more than the marks; `told`: what the server must have heard, as
    `(path, part of the body)`; `untold`: paths it must not have heard.
    """

    name: str
    body: str
    head: str = ""
    tag: str = 'async src="/w.js" data-site="{site}"'
    site: dict[str, Any] = field(default_factory=dict)
    do: tuple[tuple[str, str], ...] = ()
    after: str | None = None
    sentinel: bool = True
    told: tuple[tuple[str, dict[str, Any]], ...] = ()
    untold: tuple[str, ...] = ()
    complaints: bool = False

    @property
    def key(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:60]

    def steps(self) -> list[tuple[str, str]]:
        """What to do: nothing before the first pass is over."""
        first = [("until", "/777/.test(document.getElementById('sentinel').textContent)")] if self.sentinel else []
        return [*first, *self.do]

    def served(self) -> str:
        stub = "window.skvoz=window.skvoz||function(){(skvoz.q=skvoz.q||[]).push(arguments)}"
        script = (
            f'<script nonce="n1">{stub}</script><script {self.tag.format(site=self.key)}></script>' if self.tag else ""
        )
        body = _side(self.body + (SENTINEL if self.sentinel else ""), 1)
        return f"<!doctype html><meta charset=utf-8><title>{self.name}</title>{self.head}{script}<body>{body}</body>"

    def expected(self) -> str:
        body = self.body if self.after is None else self.after
        return _side(body + (SENTINEL if self.sentinel else ""), 2)


def _side(text: str, number: int) -> str:
    return re.sub(r"\{\{(.*?)\|(.*?)\}\}", lambda match: match.group(number), text, flags=re.DOTALL)
