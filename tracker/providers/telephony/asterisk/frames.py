"""The manager protocol of Asterisk as messages: lines that end in CR LF, an empty line between messages."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.errors import Unavailable

BANNER = b"Asterisk Call Manager/"
MOST_BYTES = 256 * 1024  # of one message; a real one has a few thousand
NAME = "telephony/asterisk"


class AmiMessage:
    """One response or event. Names are looked up without regard to case: events disagree about `Uniqueid`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._values: dict[str, list[str]] = {}
        for line in text.split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                self._values.setdefault(name.strip().lower(), []).append(value.removeprefix(" "))

    def get(self, name: str) -> str:
        """Returns the first value, empty when absent."""
        return self._values.get(name.lower(), [""])[0]

    @property
    def event(self) -> str:
        """The name of the event, empty for a response."""
        return self.get("Event")


class Frames:
    """Cuts what arrives into messages; a read may end anywhere, also between CR and LF or inside a letter."""

    def __init__(self) -> None:
        self._buffer = b""
        self._greeted = False

    def feed(self, received: bytes) -> Iterator[AmiMessage]:
        """Yields the messages that are complete now.

        Raises:
            Unavailable: the other side is no manager, or a message never ends.
        """
        self._buffer += received
        if not self._greeted:
            self._greet()
        while self._greeted and b"\r\n\r\n" in self._buffer:
            message, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if message.strip():
                yield AmiMessage(message.decode("utf-8", "replace"))
        if len(self._buffer) > MOST_BYTES:
            raise Unavailable("the manager sends a message without an end", provider=NAME)

    def _greet(self) -> None:
        """The banner is one line without an empty one behind it."""
        line, end, rest = self._buffer.partition(b"\r\n")
        if end or len(line) >= len(BANNER):
            if not line.startswith(BANNER):
                raise Unavailable("this is not the manager interface of Asterisk", provider=NAME)
            if end:
                self._greeted, self._buffer = True, rest
