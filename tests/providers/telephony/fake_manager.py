"""A manager interface of Asterisk that listens on a real port and says what a test wants it to say."""

from __future__ import annotations

import hashlib
import queue
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "asterisk"
CHALLENGE = "840415273"


def stream(name: str) -> list[str]:
    """Returns the messages of a recorded stream, times left out."""
    parts = (FOLDER / f"{name}.ami").read_text().strip().split("\n\n")
    return [part for part in parts if not part.startswith("@")]


class FakeManager:
    """Takes one client after the other; `received` are the actions of all of them.

    Args:
        secret: what the user `tracker` must know.
        channels: what `CoreShowChannels` lists, as texts without the name of the event.
    """

    def __init__(self, secret: str = "s3cr3t", channels: Iterable[str] = ()) -> None:
        self.secret = secret
        self.channels = list(channels)
        self.received: queue.Queue[dict[str, str]] = queue.Queue()
        self.logins = threading.Semaphore(0)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._client: socket.socket | None = None
        self._speaking = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    def say(self, *messages: str, piece: int | None = None) -> None:
        """Sends messages, in pieces of so many bytes if wanted."""
        assert self._client is not None
        data = "".join(message.replace("\n", "\r\n") + "\r\n\r\n" for message in messages).encode()
        with self._speaking:  # answers come from another thread
            for start in range(0, len(data), piece or len(data)):
                self._client.sendall(data[start : start + (piece or len(data))])

    def hang_up(self) -> None:
        """Breaks the connection, as a restart of Asterisk does."""
        assert self._client is not None
        self._client.shutdown(socket.SHUT_RDWR)
        self._client.close()

    def close(self) -> None:
        self._door.close()
        if self._client is not None:
            self._client.close()

    def set_write_timeout(self, seconds: float) -> None:
        """Gives up on a client that does not read, as `writetimeout` does."""
        assert self._client is not None
        self._client.settimeout(seconds)

    def _serve(self) -> None:
        while True:
            try:
                self._client, _ = self._door.accept()
                self._client.sendall(b"Asterisk Call Manager/9.0.0\r\n")
                self._converse(self._client)
            except OSError:
                if self._door.fileno() < 0:
                    return

    def _converse(self, client: socket.socket) -> None:
        with client.makefile("r", newline="\r\n") as lines:
            action: dict[str, str] = {}
            for line in lines:
                if line.strip():
                    name, _, value = line.strip().partition(": ")
                    action[name] = value
                    continue
                self.received.put(action)
                self._answer(action)
                action = {}

    def _answer(self, action: dict[str, str]) -> None:
        number = action["ActionID"]
        match action["Action"]:
            case "Challenge":
                self.say(f"Response: Success\nActionID: {number}\nChallenge: {CHALLENGE}")
            case "Login" if self._knows(action):
                self.say(f"Response: Success\nActionID: {number}\nMessage: Authentication accepted")
                self.say(
                    "Event: FullyBooted\nPrivilege: system,all\nUptime: 100\nLastReload: 100\nStatus: Fully Booted"
                )
            case "Login":
                self.say(f"Response: Error\nActionID: {number}\nMessage: Authentication failed")
            case "Ping":
                self.say(f"Response: Success\nActionID: {number}\nPing: Pong\nTimestamp: 1773480605.1")
            case "CoreShowChannels":
                self.say(f"Response: Success\nActionID: {number}\nEventList: start\nMessage: Channels will follow")
                for channel in self.channels:
                    self.say(f"Event: CoreShowChannel\nActionID: {number}\n{channel}")
                self.say(f"Event: CoreShowChannelsComplete\nActionID: {number}\nEventList: Complete\nListItems: 0")
                self.logins.release()

    def _knows(self, action: dict[str, str]) -> bool:
        proof = hashlib.md5((CHALLENGE + self.secret).encode()).hexdigest()
        return action.get("Username") == "tracker" and proof == action.get("Key")
