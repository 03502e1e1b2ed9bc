"""Reads new letters from an IMAP mailbox that people use too: marks nothing, moves nothing, needs no rights to write.

What was read is known by UIDs (RFC 3501, 2.3.1.1), kept by the caller; `\\Seen` belongs to the people.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from tracker import clock
from tracker.errors import AccessLost, InvalidInput, Refused, Unavailable
from tracker.providers.email.limits import MAX_BYTES
from tracker.providers.settings import SettingField

PROVIDER = "email/imap"
ANSWER_SECONDS = 60
CHUNK = 200  # letters whose size and date are asked for at once
FIRST_LOOK_BACK = timedelta(days=1)  # a mailbox just connected shows that it works, and no more
RESCAN_MARGIN = timedelta(days=1)  # SINCE compares dates without a zone

SECURITY = ("tls", "starttls", "none")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
UID = re.compile(rb"\bUID (\d+)")


@dataclass(frozen=True)
class FolderState:
    """How far a folder was read.

    Args:
        uidvalidity: when the server changes it, all its UIDs are void.
        last_uid: of the last letter read.
        last_at: when the server got that letter; where a new look begins after UIDs became void.
    """

    uidvalidity: int
    last_uid: int
    last_at: datetime


State = Mapping[str, FolderState]


@dataclass(frozen=True)
class Fetched:
    """One letter, and the state to keep once it is stored.

    `raw` has only the headers when the letter is larger than 25 MB; `received_at` is the server's INTERNALDATE;
    `is_spam` when it lies in the folder that the server calls junk (RFC 6154).
    """

    raw: bytes
    received_at: datetime
    state: State
    is_spam: bool = False


class Mailbox:
    """A connection to one mailbox, opened by `with`; belongs to one thread.

    Every method raises `AccessLost` when the server refuses the login (stop: accounts get locked), `Refused`
    for a folder that cannot be opened, and `Unavailable` for everything else; then open the connection anew.
    """

    NAME: ClassVar[str] = PROVIDER
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("host", "IMAP server", help="For example imap.yandex.ru or imap.gmail.com."),
        SettingField("port", "Port", kind="number", default="993"),
        SettingField("security", "Encryption", default="tls", help="tls, starttls or none."),
        SettingField("username", "User name", help="Usually the whole address."),
        SettingField("password", "Password", kind="secret", help="Large services want an app password here."),
        SettingField("folders", "Folders", default="INBOX", help="Comma-separated; the first is watched live."),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        _check(settings)
        self._settings = settings
        self._folders = tuple(name.strip() for name in settings["folders"].split(",") if name.strip())
        self._box: BaseMailBox | None = None
        self._can_idle = False

    def __enter__(self) -> Self:
        with _mapped_errors():
            self._box = box = _connected(self._settings)
            try:
                login = box.login if _is_ascii(self._settings) else box.login_utf8
                login(self._settings["username"], self._settings["password"], initial_folder=None)
                # What a server can do is often told only after the login.
                self._can_idle = b"IDLE" in box.client.capability()[1][0].upper().split()
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def fetch_new(self, state: State) -> Iterator[Fetched]:
        """Yields the letters that came since `state`, oldest first per folder; an empty state begins a day ago.

        Letters may come again after the server voided its UIDs: their Message-ID tells.
        """
        for folder in self._folders:
            with _mapped_errors():
                is_junk = self._is_junk(folder)
                uidvalidity = self._select(folder)
                uids = self._new_uids(state.get(folder), uidvalidity)
            for chunk in (uids[start : start + CHUNK] for start in range(0, len(uids), CHUNK)):
                with _mapped_errors():
                    facts = self._facts(chunk)
                for uid, size, received_at in facts:
                    with _mapped_errors():
                        raw = self._raw(uid, size)
                    if raw is not None:  # None: deleted by somebody a moment ago
                        state = {**state, folder: FolderState(uidvalidity, uid, received_at)}
                        yield Fetched(raw, received_at, state, is_junk)

    @property
    def can_idle(self) -> bool:
        """True when the server tells of new letters by itself."""
        return self._can_idle

    def letters(self) -> dict[str, int]:
        """Opens every folder and returns how many letters lie in each."""
        with _mapped_errors():
            return {folder: self._count(folder) for folder in self._folders}

    def wait(self, timeout: timedelta) -> bool:
        """Waits until the first folder changes, at most `timeout` (below 29 minutes); tells whether it did.

        A False says nothing about letters that came between two waits: fetch after every wait.
        """
        seconds = timeout.total_seconds()
        with _mapped_errors():
            if not self._can_idle:
                time.sleep(seconds)
                return False
            self._select(self._folders[0])
            return bool(self._open_box.idle.wait(timeout=seconds))

    def _close(self) -> None:
        # No LOGOUT: its answer may never come from a server that is gone, and closing says as much.
        with suppress(OSError):
            self._open_box.client.shutdown()
        self._box = None

    @property
    def _open_box(self) -> BaseMailBox:
        assert self._box is not None, "use the mailbox inside `with`"
        return self._box

    def _is_junk(self, folder: str) -> bool:
        if folder.upper() == "INBOX":
            return False
        return any("\\Junk" in found.flags for found in self._open_box.folder.list(search_args=folder))

    def _select(self, folder: str) -> int:
        """Opens a folder for reading only and returns its UIDVALIDITY."""
        try:
            self._open_box.folder.set(folder, readonly=True)
        except MailboxFolderSelectError as error:
            raise Refused(f"the folder {folder!r} cannot be opened", provider=PROVIDER) from error
        _, values = self._open_box.client.response("UIDVALIDITY")
        return int(values[0]) if values and values[0] else 0

    def _count(self, folder: str) -> int:
        self._select(folder)
        _, values = self._open_box.client.response("EXISTS")
        return int(values[-1]) if values and values[-1] else 0

    def _new_uids(self, known: FolderState | None, uidvalidity: int) -> list[int]:
        if known is not None and known.uidvalidity == uidvalidity:
            # `n:*` always gives the highest letter, even one below n.
            found = self._search("UID", f"{known.last_uid + 1}:*")
            return [uid for uid in found if uid > known.last_uid]
        since = known.last_at - RESCAN_MARGIN if known else clock.now() - FIRST_LOOK_BACK
        return self._search("SINCE", f"{since.day:02}-{MONTHS[since.month - 1]}-{since.year}")

    def _search(self, *criteria: str) -> list[int]:
        answer = self._uid("SEARCH", *criteria)
        return sorted(int(uid) for line in answer if isinstance(line, bytes) for uid in line.split())

    def _facts(self, uids: list[int]) -> list[tuple[int, int, datetime]]:
        """Returns UID, size in bytes and time of receipt of the letters that still exist."""
        facts = []
        for line in self._uid("FETCH", ",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)"):
            uid, size = (UID.search(line), SIZE.search(line)) if isinstance(line, bytes) else (None, None)
            if uid and size:
                facts.append((int(uid[1]), int(size[1]), _internal_date(line)))
        return sorted(facts)

    def _raw(self, uid: int, size: int) -> bytes | None:
        part = "BODY.PEEK[]" if size <= MAX_BYTES else "BODY.PEEK[HEADER]"
        for item in self._uid("FETCH", str(uid), f"({part})"):
            if isinstance(item, tuple):
                return bytes(item[1])
        return None

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        status, answer = self._open_box.client.uid(command, *arguments)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} answered {status}")
        return answer


@contextmanager
def _mapped_errors() -> Iterator[None]:
    try:
        yield
    except MailboxLoginError as error:
        raise AccessLost("the mail server refuses the user name or the password", provider=PROVIDER) from error
    except (ImapToolsError, imaplib.IMAP4.error, OSError, UnicodeError) as error:
        message = f"the mail server failed ({type(error).__name__})"
        raise Unavailable(message, provider=PROVIDER, answer=str(error)[:500]) from error


def _check(settings: Mapping[str, str]) -> None:
    if settings["security"] not in SECURITY:
        raise InvalidInput(f"security must be one of {', '.join(SECURITY)}", "settings.security")
    if not settings["port"].isdecimal() or not 0 < int(settings["port"]) < 65536:
        raise InvalidInput("port must be a number from 1 to 65535", "settings.port")
    if settings["security"] == "starttls" and settings["port"] == "993":
        raise InvalidInput("port 993 speaks TLS from the start; use security: tls, or port 143", "settings.port")


def _connected(settings: Mapping[str, str]) -> BaseMailBox:
    host, port = settings["host"], int(settings["port"])
    if settings["security"] == "none":
        return MailBoxUnencrypted(host, port, timeout=ANSWER_SECONDS)
    kind = MailBox if settings["security"] == "tls" else MailBoxStartTls
    # Without a context of ours the library would not look at the certificate.
    return kind(host, port, timeout=ANSWER_SECONDS, ssl_context=ssl.create_default_context())


def _internal_date(line: bytes) -> datetime:
    local = imaplib.Internaldate2tuple(line)
    return clock.now() if local is None else datetime.fromtimestamp(time.mktime(local), UTC)


def _is_ascii(settings: Mapping[str, str]) -> bool:
    return settings["username"].isascii() and settings["password"].isascii()
