"""Messages arrive by every way, are repeated until they do, and never twice in one go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tracker.alerts import certificate, channels
from tracker.alerts.models import AlertMessage, ChannelKind
from tracker.database import writing
from tracker.extensions import db
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BROKEN = "Example LLC: the connection pbx is broken; nothing goes out until it is mended"
LINK = "https://track.example.com/admin/connections/pbx"


@pytest.fixture
def alarm(stage: Any) -> Any:
    """Lets the connection `pbx` break and be noticed; the channel comes before."""

    def ring(kind: ChannelKind, **settings: str) -> None:
        stage.add(kind, **settings)
        with writing(db.session()) as session:
            mark_broken(session, session.scalars(select(Connection.id).where(Connection.key == "pbx")).one(), "x")
        assert stage.look() == 1

    return ring


def test_letter_reaches_every_address(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.MAIL)

    assert stage.send() == 1

    [letter] = stage.mailbox.letters
    assert letter["Subject"] == BROKEN
    assert letter["To"] == "boss@example.com, anna@example.com"
    assert (letter["From"], letter["Auto-Submitted"]) == ("skvoz@example.com", "auto-generated")
    assert letter.get_content().splitlines()[:2] == [BROKEN, LINK]
    assert stage.message().sent_at == stage.now
    assert stage.send() == 0


def test_telegram_gets_the_sentence_and_the_link(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)

    stage.send()

    assert stage.receiver.messages == [f"{BROKEN}\n{LINK}"]


def test_webhook_gets_signed_json(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.WEBHOOK)

    stage.send()

    [(number, said)] = stage.receiver.alerts.items()
    assert number == f"alert-{stage.message().id}"
    assert said.pop("at").endswith("Z")
    assert said == {
        "id": stage.message().id, "type": "alert.began", "condition": "connection-broken", "site": "example",
        "subject": "pbx", "value": None, "text": BROKEN, "link": LINK,
    }  # fmt: skip


def test_end_is_told_in_its_own_words(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    with writing(db.session()) as session:
        session.scalars(select(Connection).where(Connection.key == "pbx")).one().state = ConnectionState.OK
    stage.look()

    stage.send()

    assert stage.receiver.messages[1].startswith("Example LLC: the connection pbx works again")


@pytest.mark.parametrize("kind", list(ChannelKind))
def test_message_is_repeated_until_it_arrives(stage: Any, alarm: Any, kind: ChannelKind) -> None:
    alarm(kind)
    stage.receiver.faults = [(502, {})] * 2
    stage.mailbox.refusal = "451 come again"

    attempts = [stage.send(), stage.send()]  # the second at once is too soon
    stage.pass_time(minutes=1)
    attempts.append(stage.send())
    assert stage.message().is_open and stage.message().attempts == 2
    stage.mailbox.refusal = None
    stage.pass_time(minutes=1)
    attempts.append(stage.send())

    assert attempts == [1, 0, 1, 1]
    assert len(stage.mailbox.letters) + len(stage.receiver.messages) + len(stage.receiver.alerts) == 1
    assert not stage.message().is_open and stage.message().error is None


def test_wait_that_telegram_asks_for_is_kept(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    said = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 600}}
    stage.receiver.faults = [(429, said)]

    stage.send()

    assert stage.message().next_at >= stage.now + timedelta(seconds=600)


def test_after_a_day_nobody_waits_for_it(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    stage.receiver.faults = [(502, {})]
    stage.pass_time(hours=25)

    stage.send()

    assert not stage.message().is_open and stage.message().sent_at is None


def test_message_under_way_is_left_alone_until_it_must_have_failed(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    with writing(db.session()) as session:  # as a worker leaves it that dies in the middle
        session.scalars(select(AlertMessage)).one().next_at = stage.now + timedelta(minutes=2)

    assert stage.send() == 0
    stage.pass_time(minutes=2)
    assert stage.send() == 1


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        (ChannelKind.TELEGRAM, {"token": "1:wrong"}, "Telegram says: Unauthorized"),
        (ChannelKind.TELEGRAM, {"chat": "5"}, "Telegram says: Bad Request: chat not found"),
        (ChannelKind.WEBHOOK, {"secret": channels.new_secret()}, "the webhook answers 401"),
    ],
)
def test_test_says_at_once_why_it_was_refused(
    stage: Any, kind: ChannelKind, settings: dict[str, str], reason: str
) -> None:
    number = stage.add(kind, **settings)
    with writing(db.session()) as session:
        channels.test(session, stage.channel(number), stage.now)

    stage.send()

    assert (stage.message().error, stage.message().is_open) == (reason, False)


def test_mail_without_a_server_says_what_to_set(stage: Any) -> None:
    number = stage.add(ChannelKind.MAIL)
    with writing(db.session()) as session:
        channels.test(session, stage.channel(number), stage.now)

    stage.send(smtp_url=None)

    assert "SKVOZ_SMTP_URL" in (stage.message().error or "")


def test_private_host_is_not_called_unless_it_is_listed(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.WEBHOOK)

    stage.send(allow_private_hosts=())

    assert stage.receiver.requests == 0
    assert "SKVOZ_ALLOW_PRIVATE_HOSTS" in (stage.message().error or "")


def test_missed_call_names_the_caller_in_the_sites_time_and_keeps_nothing_of_him(stage: Any) -> None:
    stage.add(ChannelKind.TELEGRAM)
    facts = {"from": "+79161234567", "to": "+74957770001", "at": stage.now.isoformat(), "status": "missed"}
    stage.world.call("1", "ended", **facts)
    stage.look()

    stage.send()

    [text] = stage.receiver.messages
    assert text.startswith("Example LLC: missed call from +7 916 123-45-67 to +7 495 777-00-01 at ")
    assert "9161234567" not in repr(vars(stage.message()))


def test_russian_channel_is_told_in_russian(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    channel_id = stage.message().channel_id
    with writing(db.session()):
        stage.channel(channel_id).language = "ru"

    stage.send()

    assert "подключение pbx не работает" in stage.receiver.messages[0]


def test_removed_channel_takes_its_messages_along(stage: Any, alarm: Any) -> None:
    alarm(ChannelKind.TELEGRAM)
    channel_id = stage.message().channel_id
    with writing(db.session()) as session:
        channels.remove(session, stage.channel(channel_id))

    assert stage.send() == 0


@pytest.mark.parametrize("address", [None, "http://track.example.com", "https://127.0.0.1:1"])
def test_no_certificate_is_no_alert(database_url: str, address: str | None) -> None:
    assert certificate.ends_at(address) is None
