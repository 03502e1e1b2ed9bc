"""Ways in which a pretend service can fail, set up in advance by a test or drawn by lot.

A sandbox asks `take(method)` before it serves a request and `misbehave` turns the fault into an answer.
"""

from __future__ import annotations

import json
import random
import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask import Response, request

HTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
SERVER_SOCKETS = ("werkzeug.socket", "gunicorn.socket")


class FaultKind(StrEnum):
    """What goes wrong."""

    ANSWER = "answer"  # a ready answer instead of the work
    HTML = "html"  # a page of some proxy instead of JSON
    DROP_BEFORE = "drop-before"  # the connection breaks, nothing was done
    DROP_AFTER = "drop-after"  # the work is done, the connection breaks before the answer
    SLOW = "slow"  # the work is done, the answer is late


@dataclass(frozen=True)
class Fault:
    """One failure; `status`, `body` and `headers` belong to an answer, `seconds` to a slow one."""

    kind: FaultKind
    method: str | None = None
    status: int = 500
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


# Everything that happens to a CRM on a bad day; twice as often the work is done and nobody hears of it.
BAD_DAY = (
    Fault(FaultKind.ANSWER, status=429, body="slow down"),
    Fault(FaultKind.ANSWER, status=500, body=""),
    Fault(FaultKind.ANSWER, status=503, body=""),
    Fault(FaultKind.ANSWER, status=200, body="<html>"),
    Fault(FaultKind.HTML),
    Fault(FaultKind.DROP_BEFORE),
    Fault(FaultKind.DROP_AFTER),
    Fault(FaultKind.DROP_AFTER),
)


@dataclass
class Faults:
    """The failures that are due: a queue of planned ones, then a share drawn by lot from `lottery`."""

    planned: deque[Fault] = field(default_factory=deque)
    lottery: Sequence[Fault] = ()
    share: float = 0.0
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    happened: list[Fault] = field(default_factory=list)

    def plan(self, fault: Fault, times: int = 1) -> None:
        """Fails the next `times` requests that match `fault.method` (a beginning; None matches all)."""
        self.planned.extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """Returns the fault due for this request and crosses it off, None when all is well."""
        for index, fault in enumerate(self.planned):
            if fault.method is None or method.startswith(fault.method):
                del self.planned[index]
                return self._noted(fault)
        if self.lottery and self.dice.random() < self.share:
            return self._noted(self.dice.choice(self.lottery))
        return None

    def _noted(self, fault: Fault) -> Fault:
        self.happened.append(fault)
        return fault


def misbehave(fault: Fault, work: Callable[[], Response], sleep: Callable[[float], None]) -> Response:
    """Answers a request as the fault demands; `work` serves it properly."""
    if fault.kind is FaultKind.ANSWER:
        return _ready(fault)
    if fault.kind is FaultKind.HTML:
        return Response(HTML, 502, content_type="text/html")
    if fault.kind is FaultKind.DROP_BEFORE:
        return _drop()
    answer = work()
    if fault.kind is FaultKind.DROP_AFTER:
        return _drop()
    sleep(fault.seconds)
    return answer


def _ready(fault: Fault) -> Response:
    body = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    answer = Response(body, fault.status, content_type="application/json")
    answer.headers.extend(dict(fault.headers))
    return answer


def _drop() -> Response:
    for name in SERVER_SOCKETS:
        wire: Any = request.environ.get(name)
        if wire is not None:
            wire.shutdown(socket.SHUT_RDWR)
            return Response(status=204)
    raise ConnectionAbortedError("the sandbox dropped the connection")
