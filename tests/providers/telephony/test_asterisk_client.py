"""The manager interface over a real connection."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from fake_manager import FakeManager, stream

from tracker.errors import AccessLost, Unavailable
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallStatus
from tracker.providers.settings import read_settings
from tracker.providers.telephony.asterisk import Asterisk
from tracker.providers.telephony.asterisk import client as client_module
from tracker.providers.telephony.asterisk.client import AmiClient, challenge_key
from tracker.providers.telephony.asterisk.frames import AmiMessage, Frames


@pytest.fixture
def manager() -> Iterator[FakeManager]:
    made = FakeManager()
    yield made
    made.close()


def asterisk(manager: FakeManager, secret: str = "s3cr3t") -> Asterisk:
    said = {"host": "127.0.0.1", "port": str(manager.port), "username": "tracker", "secret": secret}
    return Asterisk(read_settings(Asterisk.SETTINGS, said), "RU")


def heard(client: AmiClient, count: int) -> list[AmiMessage]:
    found = []
    while len(found) < count:
        one = client.next(5)
        assert one is not None
        if one.message.event != "FullyBooted":
            found.append(one.message)
    return found


def test_proof_is_that_of_the_reference() -> None:
    assert challenge_key("840415273", "s3cr3t") == "cc5da49435fc4c44ff1252628d392068"


def test_secret_itself_is_not_sent(manager: FakeManager) -> None:
    with asterisk(manager).connect():
        pass

    login = next(action for action in iter(manager.received.get, None) if action["Action"] == "Login")
    assert "s3cr3t" not in login.values()


def test_wrong_secret_is_access_lost(manager: FakeManager) -> None:
    with pytest.raises(AccessLost, match="Authentication failed"), asterisk(manager, "wrong").connect():
        pass


@pytest.mark.parametrize("piece", [1, 7, None])
def test_messages_arrive_whole_however_they_are_cut(manager: FakeManager, piece: int | None) -> None:
    provider = asterisk(manager)
    messages = stream("answered")
    with provider.connect() as client:
        manager.say(*messages, piece=piece)
        calls = provider.calls()
        events = [
            event
            for message in heard(client, len(messages))
            for event in calls.take(message, client_module.clock.now())
        ]

    assert fold(events).status is CallStatus.ANSWERED


def test_list_of_channels_keeps_the_events_that_come_meanwhile() -> None:
    manager = FakeManager(channels=["Uniqueid: 1.1\nChannel: PJSIP/a-1", "Uniqueid: 1.2\nChannel: PJSIP/b-2"])
    with asterisk(manager).connect() as client:
        manager.say("Event: Newstate\nUniqueid: 9")

        channels = client.channels()

        assert [channel.get("uniqueid") for channel in channels] == ["1.1", "1.2"]
        assert heard(client, 1)[0].get("Uniqueid") == "9"
    manager.close()


def test_broken_connection_is_told_after_what_was_read(manager: FakeManager) -> None:
    with asterisk(manager).connect() as client:
        manager.say(*stream("missed")[:2])
        manager.hang_up()

        assert [message.event for message in heard(client, 2)] == ["Newchannel", "Newchannel"]
        with pytest.raises(Unavailable):
            client.next(5)


def test_slow_work_does_not_keep_the_manager_waiting(manager: FakeManager) -> None:
    """Asterisk hangs up when it cannot write for 100 ms; here nobody asks for events while 10 MB of them come."""
    message = "Event: VarSet\nVariable: X\nValue: " + "x" * 1000
    with asterisk(manager).connect() as client:
        manager.set_write_timeout(5)
        for _ in range(100):
            manager.say(*[message] * 100)

        assert len(heard(client, 10_000)) == 10_000


def test_flood_nobody_can_take_ends_the_connection(manager: FakeManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_WAITING", 20)
    with asterisk(manager).connect() as client:
        manager.say(*["Event: VarSet\nVariable: X"] * 100)

        with pytest.raises(Unavailable):
            for _ in itertools.repeat(None, 100):
                client.next(5)


def test_silent_manager_is_asked_and_given_up(manager: FakeManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PING_SECONDS", -1)
    with asterisk(manager).connect() as client:
        client.next(0.01)
        assert "Ping" in [manager.received.get(timeout=5)["Action"] for _ in range(3)]
        monkeypatch.setattr(client_module, "SILENCE_SECONDS", -1)

        with pytest.raises(Unavailable, match="silent"):
            client.next(0.01)


def test_nobody_there_is_unavailable(manager: FakeManager) -> None:
    manager.close()

    with pytest.raises(Unavailable), asterisk_at(manager_port=1).connect():
        pass


def asterisk_at(manager_port: int) -> Asterisk:
    said = {"host": "127.0.0.1", "port": str(manager_port), "username": "tracker", "secret": "x"}
    return Asterisk(read_settings(Asterisk.SETTINGS, said), "RU")


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"SSH-2.0-OpenSSH_9.2 is something else\r\n"])
def test_something_else_on_the_port_is_noticed(said: bytes) -> None:
    with pytest.raises(Unavailable, match="not the manager"):
        list(Frames().feed(said))


def test_message_without_an_end_is_given_up() -> None:
    frames = Frames()

    with pytest.raises(Unavailable, match="without an end"):
        for _ in range(10):
            list(frames.feed(b"Asterisk Call Manager/9.0.0\r\n" if _ == 0 else b"x" * 50_000))


def test_banner_letters_and_repeated_fields_are_read() -> None:
    data = "Asterisk Call Manager/9.0.0\r\nEvent: A\r\nName: Я: б\r\nEmpty:\r\nName: second\r\n\r\n".encode()
    frames = Frames()

    (message,) = [message for byte in data for message in frames.feed(bytes([byte]))]

    assert (message.event, message.get("NAME"), message.get("Empty")) == ("A", "Я: б", "")
