"""The clients: each plays a few visitors and does random operations, as the snippet would.

Page views that found nobody are kept and sent again with their age, and one in twenty is sent twice.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.chaos.seen import Holding, Seen
from bench.load import BROWSERS, request
from tracker import clock

ANSWER_SECONDS = 10
AFTER_FAILURE_SECONDS = 0.1
KINDS = {"visit": 4, "beat": 8, "leave": 1, "event": 1}


@dataclass
class Page:
    """One visitor with one page; `shown` maps an original to the number it shows now."""

    visitor: str
    ip: str
    visit: str | None = None
    shown: dict[str, Holding] = field(default_factory=dict)
    unsent: tuple[str, int] | None = None  # view and when it was seen, Unix milliseconds


class Client:
    """Does operations one after the other while there are more.

    Args:
        hold_ms: the hold of all pools; tells when a lease was decided from when it ends.
        more: whether another operation is wanted; asked before each.
    """

    def __init__(self, port: int, seed: int, hold_ms: int, more: Callable[[], bool]) -> None:
        self._port, self._random, self._hold_ms, self._more = port, random.Random(seed), hold_ms, more
        self._pages: list[Page] = []
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.seen = Seen()

    async def run(self) -> None:
        while self._more():
            if not await self._operate(self._choose_page()):
                await asyncio.sleep(AFTER_FAILURE_SECONDS)
        self.hang_up()

    def _choose_page(self) -> Page:
        if len(self._pages) < 3 or self._random.random() < 0.05:
            ip = ".".join(str(self._random.randrange(1, 255)) for _ in range(3))
            self._pages = [*self._pages[-5:], Page(secrets.token_hex(16), f"10.{ip}")]
        return self._random.choice(self._pages)

    async def _operate(self, page: Page) -> bool:
        """Does one operation; False when nobody decided."""
        kind = self._random.choices(list(KINDS), list(KINDS.values()))[0]
        if page.visit is None or page.unsent or kind == "visit":
            return await self._view(page)
        said: dict[str, Any] = {"held": [held.number for held in page.shown.values()], "visit": page.visit}
        if kind == "event":
            said["name"] = f"event-{secrets.token_hex(8)}"
        answer, *_ = await self._ask(kind, page, said)
        return self._note(page, answer)

    async def _view(self, page: Page) -> bool:
        view, seen_at = page.unsent or (secrets.token_hex(8), now())
        said = {"view": view, "url": "https://example.com/", "late_ms": now() - seen_at if page.unsent else 0}
        page.unsent = view, seen_at
        answer, sent, answered = await self._ask("visit", page, said)
        if not self._note(page, answer):
            return False
        self.seen.views[view] = sent, answered
        page.unsent = (view, seen_at) if self._random.random() < 0.05 else None
        return True

    async def _ask(self, kind: str, page: Page, said: dict[str, Any]) -> tuple[dict[str, Any] | None, int, int]:
        """The answer, empty for what is taken without a word, None when nobody answers; when sent, when answered."""
        sent = now()
        body = {"site": "example", "visitor": page.visitor, "engaged": True, **said}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._exchange(request(f"/w/{kind}", json.dumps(body).encode(), page.ip, BROWSERS[0]))
        except (OSError, EOFError, TimeoutError):
            self.hang_up()  # killed before or while it answered: nothing was promised
            answer = None
        return answer, sent, now()

    async def _exchange(self, data: bytes) -> dict[str, Any]:
        if self._connection is None:
            self._connection = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._connection
        writer.write(data)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        body = await reader.readexactly(length)
        if b"connection: close" in head:
            self.hang_up()
        if head[9:12] not in (b"200", b"204"):
            self.seen.wrong.append(f"{head[:60]!r} {body[:300]!r}")
        answer: dict[str, Any] = json.loads(body or b"{}")
        return answer

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def _note(self, page: Page, answer: dict[str, Any] | None) -> bool:
        if answer is None:
            self.seen.unanswered += 1
            return False
        if answer.get("tag"):
            self.seen.tags.add((answer["tag"], page.visitor))
        if "visit" in answer:
            page.visit = answer["visit"]
            told = {one["swap"]: self._held(page, one) for one in answer["numbers"]}
            page.shown = page.shown | told if answer["reason"] == "store-down" else told
        if answer.get("reason") == "store-down":
            self.seen.refused += 1
            return False
        self.seen.decided += 1
        return True

    def _held(self, page: Page, told: dict[str, Any]) -> Holding:
        until = clock.to_millis(datetime.fromisoformat(told["until"]))
        decided = until - self._hold_ms
        holding = Holding(told["number"], page.visitor, told["shared"], decided, decided, until)
        return self.seen.note_number(holding, page.shown.get(told["swap"]))


def now() -> int:
    return clock.to_millis(clock.now())
