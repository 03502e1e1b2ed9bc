"""Visitors for measurements: raw requests over one connection each, as gunicorn's sync workers close them anyway."""

from __future__ import annotations

import json
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address

BROWSERS = [
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.{build}.0 {kind}Safari/537.36"
    for system, kind in (
        ("Windows NT 10.0; Win64; x64", ""),
        ("Macintosh; Intel Mac OS X 10_15_7", ""),
        ("Linux; Android 14; SM-G991B", "Mobile "),
        ("Linux; Android 13; Redmi Note 12", "Mobile "),
        ("X11; Linux x86_64", ""),
    )
    for version in range(112, 132)
    for build in (5790, 6099, 6478)
]
LANDINGS = [
    "https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=EAIaIQobChMI",
    "https://example.com/catalogue?utm_source=yandex&utm_medium=cpc&utm_campaign=brand&yclid=1234567890",
    "https://example.com/",
    "https://example.com/delivery?from=menu",
]
REFERRERS = ["https://www.google.com/", "https://yandex.ru/search/?text=windows", None, "https://vk.com/away.php"]


class Crowd:
    """Page views of a realistic mix: 30 % by new visitors, 70 % by known ones; a few browsers make most of them."""

    def __init__(self, seed: int = 1, new: float = 0.3) -> None:
        self._random = random.Random(seed)
        self._new = new
        self._known: list[tuple[str, str, str]] = []
        self._weights = [1 / (place + 1) for place in range(len(BROWSERS))]

    def view(self) -> bytes:
        choose = self._random
        is_new = not self._known or choose.random() < self._new
        if is_new:
            ip = str(IPv4Address(choose.randrange(0x0B000000, 0x7F000000)))
            self._known.append((secrets.token_hex(16), ip, choose.choices(BROWSERS, self._weights)[0]))
        visitor, ip, browser = self._known[-1] if is_new else choose.choice(self._known[-5000:])
        said = {
            "site": "example",
            "visitor": visitor,
            "view": secrets.token_hex(8),
            "url": choose.choice(LANDINGS) if is_new else "https://example.com/contacts",
            "title": "Windows and doors",
            "referrer": choose.choice(REFERRERS) if is_new else "https://example.com/",
            "ga": f"GA1.1.{int(visitor[:8], 16)}.1700000000",
            "screen": "1920x1080",
            "language": "ru-RU",
            "timezone": "Europe/Moscow",
            "webdriver": False,
            "engaged": True,
        }
        return request("/w/visit", json.dumps(said).encode(), ip, browser)


def request(path: str, body: bytes, ip: str, browser: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: track.example.com\r\nOrigin: https://example.com\r\nUser-Agent: {browser}\r\n"
        f"X-Forwarded-For: {ip}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: ru-RU,ru\r\n"
        f"Referer: https://example.com/\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask(port: int, data: bytes) -> bytes:
    """Sends one request and returns the whole answer."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(data)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


@dataclass
class Result:
    """What came back: seconds per answer, and how many were no success."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        return sorted(self.times)[int(share * (len(self.times) - 1))] * 1000


def run(
    port: int, requests: list[bytes], clients: int = 4, rate: float | None = None, good: Callable[[bytes], bool] = bool
) -> Result:
    """Sends all requests from so many clients at once; with a rate, each at its own time, whatever the answers do."""
    result, turns, began = Result(), iter(enumerate(requests)), time.perf_counter()
    lock = threading.Lock()

    def client() -> None:
        while (turn := _next(turns, lock)) is not None:
            number, data = turn
            due = began + number / rate if rate else time.perf_counter()
            time.sleep(max(0.0, due - time.perf_counter()))
            answer = ask(port, data)
            result.times.append(time.perf_counter() - due)
            result.failures += not good(answer)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - began
    return result


def _next(turns: Iterator[tuple[int, bytes]], lock: threading.Lock) -> tuple[int, bytes] | None:
    with lock:
        return next(turns, None)
