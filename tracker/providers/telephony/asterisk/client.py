"""A connection to the manager interface: logs in, keeps alive, and hands over what it says.

Asterisk cuts off a client that reads slowly (`writetimeout`, 100 ms): a thread of its own does nothing but read.

Source: documentation of Asterisk 20, AMI; manager.conf sample.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import queue
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from tracker import clock
from tracker.errors import AccessLost, Unavailable
from tracker.providers.telephony.asterisk.frames import NAME, AmiMessage, Frames

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 15.0
PING_SECONDS = 30.0
SILENCE_SECONDS = 90.0  # three pings without an answer
MOST_WAITING = 200_000  # messages; more means that we cannot keep up, and a fresh start tells the truth sooner
CLASSES = "system,call,dialplan,user"


@dataclass(frozen=True)
class Account:
    """Where the manager listens and who we are there."""

    host: str
    port: int
    username: str
    secret: str
    tls: bool = False


@dataclass(frozen=True)
class Heard:
    """A message and when it was read from the wire, aware UTC."""

    message: AmiMessage
    at: datetime


class AmiClient:
    """One connection, used as a context manager.

    Raises:
        Unavailable: no connection, or it was lost.
        AccessLost: the manager refuses user or secret.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._numbers = itertools.count(1)
        self._waiting: queue.Queue[Heard | Unavailable] = queue.Queue(MOST_WAITING)
        self._aside: deque[Heard] = deque()
        self._pinged = self._read = time.monotonic()

    def __enter__(self) -> AmiClient:
        try:
            self._socket = self._connected()
        except OSError as error:
            raise Unavailable(f"no connection ({type(error).__name__})", provider=NAME) from error
        threading.Thread(target=self._read_all, daemon=True, name="ami-reader").start()
        try:
            self._login()
        except BaseException:
            self._socket.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # the other side may have been quicker
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def next(self, timeout: float) -> Heard | None:
        """Returns the next event, None when there was none for `timeout` seconds; keeps the connection alive."""
        if self._aside:
            return self._aside.popleft()
        now = time.monotonic()
        if now - self._pinged > PING_SECONDS:
            self._pinged = now
            self._send("Ping")
        if now - self._read > SILENCE_SECONDS:
            raise Unavailable("the manager is silent", provider=NAME)
        heard = self._heard(timeout)
        return heard if heard is not None and heard.message.event else None

    def channels(self) -> list[AmiMessage]:
        """Returns every channel there is now; events that come meanwhile are kept for `next`."""
        number = self._send("CoreShowChannels")
        found: list[AmiMessage] = []
        for heard in self._until_answered():
            if heard.message.get("ActionID") != number:
                self._aside.append(heard)
            elif heard.message.event == "CoreShowChannelsComplete" or heard.message.get("Response") == "Error":
                return found
            elif heard.message.event == "CoreShowChannel":
                found.append(heard.message)
        return found

    def _connected(self) -> socket.socket:
        raw = socket.create_connection((self._account.host, self._account.port), CONNECT_SECONDS)
        if not self._account.tls:
            return raw
        return ssl.create_default_context().wrap_socket(raw, server_hostname=self._account.host)

    def _login(self) -> None:
        account = self._account
        proof = {"Secret": account.secret} if account.tls else self._challenged()
        answer = self._ask("Login", Username=account.username, Events=CLASSES, **proof)
        if answer.get("Response") != "Success":
            raise AccessLost(f"the manager refuses: {answer.get('Message')[:200]}", provider=NAME)

    def _challenged(self) -> dict[str, str]:
        """Without encryption the secret itself is not sent."""
        challenge = self._ask("Challenge", AuthType="MD5").get("Challenge")
        return {"AuthType": "MD5", "Key": challenge_key(challenge, self._account.secret)}

    def _ask(self, action: str, **fields: str) -> AmiMessage:
        number = self._send(action, **fields)
        for heard in self._until_answered():
            if heard.message.get("ActionID") == number and heard.message.get("Response"):
                return heard.message
            self._aside.append(heard)
        raise Unavailable("the manager does not answer", provider=NAME)

    def _until_answered(self) -> Iterator[Heard]:
        deadline = time.monotonic() + ANSWER_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            heard = self._heard(left)
            if heard is not None:
                yield heard
        raise Unavailable("the manager does not answer", provider=NAME)

    def _send(self, action: str, **fields: str) -> str:
        number = str(next(self._numbers))
        lines = [
            f"{name}: {_one_line(value)}" for name, value in {"Action": action, "ActionID": number, **fields}.items()
        ]
        try:
            self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")
        except OSError as error:
            raise Unavailable(f"the connection is lost ({type(error).__name__})", provider=NAME) from error
        return number

    def _heard(self, timeout: float) -> Heard | None:
        try:
            heard = self._waiting.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(heard, Unavailable):
            raise heard
        return heard

    def _read_all(self) -> None:
        frames = Frames()
        try:
            self._socket.settimeout(None)
            while received := self._socket.recv(65536):
                self._read = time.monotonic()
                at = clock.now()
                for message in frames.feed(received):
                    self._waiting.put_nowait(Heard(message, at))
            lost = Unavailable("the manager has closed the connection", provider=NAME)
        except Unavailable as error:
            lost = error
        except (OSError, queue.Full) as error:
            lost = Unavailable(f"the connection is lost ({type(error).__name__})", provider=NAME)
        self._give_up(lost)

    def _give_up(self, lost: Unavailable) -> None:
        """What was read is still handed over, unless it is more than we can ever take."""
        if self._waiting.full():
            with self._waiting.mutex:
                self._waiting.queue.clear()
        self._waiting.put(lost)
        self._socket.close()


def challenge_key(challenge: str, secret: str) -> str:
    """Returns the proof for a challenge: lower-case hex of MD5 over challenge and secret, as the protocol wants it."""
    return hashlib.md5((challenge + secret).encode(), usedforsecurity=False).hexdigest()


def _one_line(value: str) -> str:
    return value.replace("\r", "").replace("\n", "")
