"""A real mailbox is read without being changed, each letter once, through restarts of either side."""

from __future__ import annotations

import imaplib
import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from letters import RULES, found, raw

from tracker import clock
from tracker.errors import AccessLost, InvalidInput, Refused, Unavailable
from tracker.providers.email import imap
from tracker.providers.email.imap import FolderState, Mailbox
from tracker.providers.email.message import read_letter, taken_apart

USERS = (f"user{number}" for number in itertools.count())


@pytest.fixture
def user() -> str:
    """A mailbox no other test has touched."""
    return next(USERS)


@pytest.fixture
def people(dovecot: Any, user: str) -> Iterator[imaplib.IMAP4]:
    """A mail program of the people who own the mailbox."""
    client = imaplib.IMAP4("127.0.0.1", dovecot.port, timeout=20)
    client.login(user, "s3cr3t")
    yield client
    client.shutdown()


def put(client: imaplib.IMAP4, tag: str = "k3v9xq", folder: str = "INBOX", at: datetime | None = None) -> None:
    letter = raw(f"To: sales+{tag}@example.com")
    client.append(folder, "", imaplib.Time2Internaldate(at or clock.now()), letter)


def tags(mailbox: Mailbox, state: imap.State) -> tuple[list[str], imap.State]:
    """Returns the tags of the new letters and the state after them."""
    read = []
    for fetched in mailbox.fetch_new(state):
        event = read_letter(taken_apart(fetched.raw), RULES, received_at=fetched.received_at)
        read.append(found(event)[0][0])
        state = fetched.state
    return read, state


def test_each_letter_is_read_once(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    with Mailbox(dovecot.settings(user)) as mailbox:
        put(people, "bbbbbb")
        put(people, "cccccc")
        first, state = tags(mailbox, {})
        put(people, "dddddd")
        second, state = tags(mailbox, state)
        third, _ = tags(mailbox, state)

    assert (first, second, third) == (["bbbbbb", "cccccc"], ["dddddd"], [])


def test_reading_goes_on_over_a_reconnection(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people, "bbbbbb")
    with Mailbox(dovecot.settings(user)) as mailbox:
        _, state = tags(mailbox, {})
    put(people, "cccccc")

    with Mailbox(dovecot.settings(user)) as mailbox:
        assert tags(mailbox, state)[0] == ["cccccc"]


def test_interrupted_reading_repeats_nothing_and_skips_nothing(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    for tag in ("bbbbbb", "cccccc", "dddddd"):
        put(people, tag)

    with Mailbox(dovecot.settings(user)) as mailbox:
        state = next(mailbox.fetch_new({})).state
    with Mailbox(dovecot.settings(user)) as mailbox:
        assert tags(mailbox, state)[0] == ["cccccc", "dddddd"]


def test_letters_stay_unseen(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people)

    with Mailbox(dovecot.settings(user)) as mailbox:
        assert tags(mailbox, {})[0] == ["k3v9xq"]

    people.select("INBOX")
    assert people.search(None, "UNSEEN")[1] == [b"1"]
    assert people.fetch("1", "(FLAGS)")[1][0] == rb"1 (FLAGS (\Recent))"


def test_letters_already_read_by_people_are_read(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people)
    people.select("INBOX")
    people.store("1", "+FLAGS", r"(\Seen)")

    with Mailbox(dovecot.settings(user)) as mailbox:
        assert tags(mailbox, {})[0] == ["k3v9xq"]


def test_first_look_leaves_old_letters_alone(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people, "bbbbbb", at=clock.now() - timedelta(days=5))
    put(people, "cccccc")

    with Mailbox(dovecot.settings(user)) as mailbox:
        assert tags(mailbox, {})[0] == ["cccccc"]


def test_void_uids_lead_to_a_new_look_by_date(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people, "bbbbbb", at=clock.now() - timedelta(days=20))
    put(people, "cccccc", at=clock.now() - timedelta(days=3))
    put(people, "dddddd")
    state = {"INBOX": FolderState(uidvalidity=1, last_uid=900, last_at=clock.now() - timedelta(days=4))}

    with Mailbox(dovecot.settings(user)) as mailbox:
        read, state_after = tags(mailbox, state)

        assert read == ["cccccc", "dddddd"]
        assert state_after["INBOX"].uidvalidity != 1
        assert tags(mailbox, state_after)[0] == []


def test_several_folders_are_read_each_from_its_place(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    people.create("&BCEEPwQwBDw-")  # Спам, in the encoding of IMAP
    put(people, "bbbbbb")
    put(people, "cccccc", folder="&BCEEPwQwBDw-")

    with Mailbox(dovecot.settings(user, folders="INBOX, Спам")) as mailbox:
        first, state = tags(mailbox, {})
        put(people, "dddddd", folder="&BCEEPwQwBDw-")
        second, _ = tags(mailbox, state)

    assert (first, second) == (["bbbbbb", "cccccc"], ["dddddd"])


def test_time_of_receipt_is_the_servers(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    at = clock.now().replace(microsecond=0) - timedelta(hours=2)
    put(people, at=at)

    with Mailbox(dovecot.settings(user)) as mailbox:
        (fetched,) = mailbox.fetch_new({})

    assert fetched.received_at == at
    assert fetched.received_at.tzinfo is UTC


def test_letter_too_large_gives_its_headers(
    dovecot: Any, user: str, people: imaplib.IMAP4, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MAX_BYTES", 100)
    put(people)

    with Mailbox(dovecot.settings(user)) as mailbox:
        (fetched,) = mailbox.fetch_new({})

    assert fetched.raw.endswith(b"\r\n\r\n")
    assert found(read_letter(taken_apart(fetched.raw), RULES, received_at=fetched.received_at)) == [("k3v9xq", "to")]


def test_new_letter_ends_the_wait(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    with Mailbox(dovecot.settings(user)) as mailbox:
        idling = threading.Event()
        start = mailbox._open_box.idle.start

        def start_and_tell() -> Any:
            answer = start()
            idling.set()
            return answer

        mailbox._open_box.idle.start = start_and_tell
        sender = threading.Thread(target=lambda: (idling.wait(10), put(people)))
        sender.start()

        has_changed = mailbox.wait(timedelta(seconds=20))
        sender.join()

        assert has_changed
        assert tags(mailbox, {})[0] == ["k3v9xq"]


def test_wait_ends_by_itself(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    with Mailbox(dovecot.settings(user)) as mailbox:
        assert mailbox.wait(timedelta(milliseconds=20)) is False


def test_wrong_password_is_a_lost_access(dovecot: Any, user: str) -> None:
    with pytest.raises(AccessLost), Mailbox(dovecot.settings(user, password="wrong")):
        pass


def test_missing_folder_is_refused_by_name(dovecot: Any, user: str) -> None:
    with Mailbox(dovecot.settings(user, folders="Nowhere")) as mailbox, pytest.raises(Refused, match="Nowhere"):
        list(mailbox.fetch_new({}))


def test_lost_connection_is_unavailable(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people)

    with Mailbox(dovecot.settings(user)) as mailbox:
        mailbox._open_box.client.sock.close()
        mailbox._open_box.client.file.close()
        with pytest.raises(Unavailable):
            list(mailbox.fetch_new({}))


def test_absent_server_is_unavailable(unused_port: Callable[[], int], user: str, dovecot: Any) -> None:
    settings = dovecot.settings(user, port=str(unused_port()))

    with pytest.raises(Unavailable), Mailbox(settings):
        pass


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"security": "ssl"}, "settings.security"),
        ({"port": "imap"}, "settings.port"),
        ({"port": "0"}, "settings.port"),
        ({"security": "starttls", "port": "993"}, "settings.port"),
    ],
)
def test_wrong_setting_is_named(change: dict[str, str], field: str) -> None:
    settings = {"host": "h", "port": "143", "security": "none", "username": "u", "password": "p", "folders": "INBOX"}

    with pytest.raises(InvalidInput) as caught:
        Mailbox({**settings, **change})

    assert caught.value.field == field


def test_letter_in_the_folder_for_spam_is_marked(dovecot: Any, user: str, people: imaplib.IMAP4) -> None:
    put(people, "bbbbbb")
    put(people, "cccccc", folder="Junk")

    with Mailbox(dovecot.settings(user, folders="INBOX, Junk")) as mailbox:
        assert [fetched.is_spam for fetched in mailbox.fetch_new({})] == [False, True]
