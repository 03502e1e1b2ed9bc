"""Random operations by many clients while web server, worker and store are killed at random; then the reckoning.

Everything is judged from outside, by what pages were told and by what the database has in the end:

- a number had one holder at any instant, and rested for its hold before the next one got it;
- a visitor kept his number while he stayed;
- no tag named two visitors;
- every accepted page view is in the database, once;
- every lease a page was told of is in the database, and no two leases of a number overlap.

    python -m bench.chaos [--operations 1000000] [--clients 32] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select

from bench.installation import Installation
from bench.load import BROWSERS, ask, request
from tracker import clock
from tracker.extensions import db
from tracker.leases.models import Lease
from tracker.visits.models import PageView, Visitor

HOLD_SECONDS = 2
KILLED = ("web", "worker", "store")


@dataclass(frozen=True)
class Grant:
    """A page was told a number: decided at an instant, valid until another; the store's milliseconds."""

    number: str
    visitor: str
    decided: int
    until: int


@dataclass
class Page:
    """One visitor with one page."""

    visitor: str
    ip: str
    visit: str | None = None
    held: str | None = None


@dataclass
class Seen:
    """What one client was told."""

    grants: list[Grant] = field(default_factory=list)
    tags: set[tuple[str, str]] = field(default_factory=set)
    views: list[str] = field(default_factory=list)
    failures: int = 0


class Client(threading.Thread):
    """Does random operations for a few visitors until the operations are used up."""

    def __init__(self, port: int, seed: int, operations: Iterator[int], lock: threading.Lock) -> None:
        super().__init__(daemon=True)
        self._port, self._random = port, random.Random(seed)
        self._operations, self._lock = operations, lock
        self._pages: list[Page] = []
        self.seen = Seen()

    def run(self) -> None:
        while True:
            with self._lock:
                if next(self._operations, None) is None:
                    return
            while not self._operate():
                time.sleep(0.1)

    def _operate(self) -> bool:
        """Does one operation; False when nobody answered."""
        if len(self._pages) < 3 or self._random.random() < 0.05:
            ip = f"10.{self._random.randrange(256)}.{self._random.randrange(256)}.{self._random.randrange(1, 255)}"
            self._pages = [*self._pages[-5:], Page(secrets.token_hex(16), ip)]
        page = self._random.choice(self._pages)
        kind = self._random.choices(("visit", "beat", "leave", "event"), (4, 8, 1, 1))[0] if page.visit else "visit"
        view = secrets.token_hex(8)
        said = {"site": "example", "visitor": page.visitor, "engaged": True}
        if kind == "visit":
            said |= {"view": view, "url": "https://example.com/"}
        else:
            said |= {"visit": page.visit, "name": "seen", "held": [page.held] if page.held else []}
        answer = self._post(kind, said, page)
        if answer and answer["reason"] != "store-down":
            self._note(page, answer, view if kind == "visit" else None)
        return answer is not None

    def _post(self, kind: str, said: dict[str, object], page: Page) -> dict[str, object] | None:
        """What the server says; empty for what it takes without a word, None when it does not answer."""
        try:
            raw = ask(self._port, request(f"/w/{kind}", json.dumps(said).encode(), page.ip, BROWSERS[0]))
            head, _, body = raw.partition(b"\r\n\r\n")
            if head[9:12] in (b"200", b"204"):
                answer: dict[str, object] = json.loads(body or b"{}")
                return answer
        except (OSError, ValueError):
            pass  # killed before or while it answered: nothing was promised
        self.seen.failures += 1
        return None

    def _note(self, page: Page, answer: dict[str, object], view: str | None) -> None:
        page.visit, page.held = str(answer["visit"]), None
        if answer["tag"]:
            self.seen.tags.add((str(answer["tag"]), page.visitor))
        if view:
            self.seen.views.append(view)
        for shown in answer["numbers"]:  # type: ignore[attr-defined]
            until = clock.to_millis(datetime.fromisoformat(shown["until"]))
            page.held = shown["number"]
            self.seen.grants.append(Grant(shown["number"], page.visitor, until - HOLD_SECONDS * 1000, until))


class Killer(threading.Thread):
    """Kills one part after the other at random moments and starts it again."""

    def __init__(self, installation: Installation, seed: int, pause: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self._installation, self._random, self._pause = installation, random.Random(seed), pause
        self._over = threading.Event()
        self.killed = dict.fromkeys(KILLED, 0)

    def run(self) -> None:
        while not self._over.wait(self._random.uniform(*self._pause)):
            name = min(KILLED, key=lambda name: (self.killed[name], self._random.random()))
            self._installation.kill(name)
            self.killed[name] += 1
            time.sleep(self._random.uniform(0, 0.5))
            self._installation.start(name)

    def stop(self) -> None:
        self._over.set()
        self.join()


def chaos(
    folder: Path, operations: int, clients: int = 32, seed: int = 1, pause: tuple[float, float] = (2.0, 6.0)
) -> tuple[list[str], dict[str, object]]:
    """Runs it all; returns the violations, and what happened."""
    installation = Installation(folder)
    installation.web, installation.worker = "bench.quickened:web", ("-m", "bench.quickened")
    installation.add_site(numbers=40, hold_seconds=HOLD_SECONDS)
    installation.start()
    began = time.monotonic()
    try:
        seen, killed = _run(installation, operations, clients, seed, pause)
        _wait_until_stored(installation)
        violations = [*_judge_grants(seen), *_judge_tags(seen), *_judge_database(installation, seen)]
    finally:
        installation.stop()
    counted: dict[str, object] = {
        "operations": operations,
        "seconds": round(time.monotonic() - began),
        "grants": sum(len(one.grants) for one in seen),
        "views": sum(len(one.views) for one in seen),
        "unanswered": sum(one.failures for one in seen),
        "killed": killed,
    }
    return violations, counted


def _run(
    installation: Installation, operations: int, count: int, seed: int, pause: tuple[float, float]
) -> tuple[list[Seen], dict[str, int]]:
    turns, lock = iter(range(operations)), threading.Lock()
    clients = [Client(installation.port, seed * 1000 + number, turns, lock) for number in range(count)]
    killer = Killer(installation, seed, pause)
    for thread in (*clients, killer):
        thread.start()
    for client in clients:
        client.join()
    killer.stop()
    return [client.seen for client in clients], killer.killed


def _wait_until_stored(installation: Installation, seconds: float = 60) -> None:
    stream = "skv:{example}:stream"
    client = installation.app.extensions["services"].store.raw
    deadline = time.monotonic() + seconds
    while client.xlen(stream) and time.monotonic() < deadline:
        time.sleep(0.1)


def _judge_grants(seen: list[Seen]) -> Iterator[str]:
    grants = sorted((grant for one in seen for grant in one.grants), key=lambda grant: grant.decided)
    last_of: dict[str, Grant] = {}
    last_to: dict[str, Grant] = {}
    for grant in grants:
        before = last_of.get(grant.number)
        if before and before.visitor != grant.visitor and grant.decided < before.until:
            yield f"{grant.number} went to {grant.visitor} while {before.visitor} held it: {before} {grant}"
        mine = last_to.get(grant.visitor)
        if mine and mine.number != grant.number and grant.decided < mine.until:
            yield f"{grant.visitor} stayed and got another number: {mine} {grant}"
        last_of[grant.number] = last_to[grant.visitor] = grant


def _judge_tags(seen: list[Seen]) -> Iterator[str]:
    owners = defaultdict(set)
    for one in seen:
        for tag, visitor in one.tags:
            owners[tag].add(visitor)
    yield from (f"tag {tag} names {len(who)} visitors" for tag, who in owners.items() if len(who) > 1)


def _judge_database(installation: Installation, seen: list[Seen]) -> Iterator[str]:
    with installation.app.app_context():
        views = list(db.session.scalars(select(PageView.key)))
        rows = db.session.execute(
            select(Lease.number, Visitor.key, Lease.started_at, Lease.until)
            .join(Visitor, Lease.visitor_id == Visitor.id)
            .order_by(Lease.number, Lease.started_at)
        ).all()
    lost = {view for one in seen for view in one.views} - set(views)
    yield from (f"page view {view} is lost" for view in lost)
    yield from ("page views were stored twice" for _ in range(len(views) != len(set(views))))
    leases = [Grant(number, who, clock.to_millis(since), clock.to_millis(until)) for number, who, since, until in rows]
    for one, other in pairwise(leases):
        if one.number == other.number and one.visitor != other.visitor and other.decided < one.until:
            yield f"leases overlap in the database: {one} {other}"
    yield from _judge_recorded(leases, seen)


def _judge_recorded(leases: list[Grant], seen: list[Seen]) -> Iterator[str]:
    recorded = defaultdict(list)
    for lease in leases:
        recorded[lease.number, lease.visitor].append(lease)
    for one in seen:
        for grant in one.grants:
            rows = recorded[grant.number, grant.visitor]
            if not any(row.decided <= grant.decided and row.until >= grant.until for row in rows):
                yield f"the database does not know {grant}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        violations, counted = chaos(Path(folder), asked.operations, asked.clients, asked.seed)
    print(", ".join(f"{name} {value}" for name, value in counted.items()))
    for violation in violations[:20]:
        print("VIOLATION:", violation)
    print(f"{len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
