"""An alert is told once when it begins and once when it ends."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from world import iso

from tracker.alerts import thresholds, watching
from tracker.alerts.conditions import first_end
from tracker.alerts.models import Alert, AlertMessage, ChannelKind, Condition, What
from tracker.alerts.thresholds import Threshold
from tracker.database import writing
from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, NotCounted
from tracker.pools.models import Pool, PoolHour
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import seal
from tracker.visits.models import Visit

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told() -> list[tuple[str, str, str]]:
    """Condition, subject and what, of every message so far."""
    rows = select(Alert.condition, Alert.subject, AlertMessage.what).join(Alert, Alert.id == AlertMessage.alert_id)
    return [(str(condition), subject, str(what)) for condition, subject, what in db.session.execute(rows)]


def connection(key: str = "pbx") -> Connection:
    return db.session.scalars(select(Connection).where(Connection.key == key)).one()


def limit(stage: Any, condition: Condition, value: float, enabled: bool = True) -> None:
    with writing(db.session()) as session:
        thresholds.set_of_site(session, stage.site_id, {condition: Threshold(value, enabled)})


def broken(stage: Any) -> None:
    with writing(db.session()) as session:
        mark_broken(session, connection().id, "no access")


def missed(stage: Any, call_id: str, status: str = "missed") -> str:
    facts = {"from": "+79161234567", "to": "+74957770001", "at": iso(stage.now), "status": status}
    key: str = stage.world.call(call_id, "ended", **facts).get_json()["inquiry"]
    return key


def test_alert_is_told_once_when_it_begins_and_once_when_it_ends(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)
    broken(stage)

    changes = [stage.look(), stage.look()]
    with writing(db.session()):
        connection().state = ConnectionState.OK
    changes += [stage.look(), stage.look()]

    assert changes == [1, 0, 1, 0]
    assert told() == [("connection-broken", "pbx", "began"), ("connection-broken", "pbx", "ended")]


def test_alert_that_comes_again_is_told_again(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)
    for state in (ConnectionState.BROKEN, ConnectionState.OK, ConnectionState.BROKEN):
        with writing(db.session()):
            connection().state = state
        stage.look()

    assert [what for _, _, what in told()] == ["began", "ended", "began"]
    assert db.session.scalar(select(func.count()).select_from(Alert)) == 1


def test_two_workers_that_look_at_once_tell_once(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)
    broken(stage)
    key = stage.world.services.config.secret_key
    both = [watching.look(db.session(), stage.site_id, stage.now, key) for _ in range(2)]

    for found in both:
        with writing(db.session()) as session:
            one = found[Condition.CONNECTION_BROKEN][0]
            name = f"connection-broken/{stage.site_id}/pbx"
            watching._begin(session, stage.site_id, name, Condition.CONNECTION_BROKEN, one, stage.now)

    assert len(told()) == 1


@SQLITE
def test_channel_of_another_site_hears_nothing(stage: Any) -> None:
    other = stage.add(ChannelKind.MAIL)
    stage.world.apply("sites: [{key: other, name: Other, domains: [other.test]}]")
    with writing(db.session()):
        stage.channel(other).site_id = stage.site_id + 1
    broken(stage)

    assert stage.look() == 1
    assert told() == []


@SQLITE
def test_every_missed_call_is_an_alert_without_an_end(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)
    keys = [missed(stage, "1"), missed(stage, "2", "busy")]
    missed(stage, "3", "answered")

    stage.look()
    stage.pass_time(hours=2)
    stage.look()

    assert told() == [("missed-call", key, "began") for key in keys]


@SQLITE
def test_missed_call_that_is_not_counted_alarms_nobody(stage: Any) -> None:
    key = missed(stage, "1")
    with writing(db.session()) as session:
        session.scalars(select(Inquiry).where(Inquiry.key == key)).one().not_counted = NotCounted.BLOCKED

    assert stage.look() == 0


def seen(stage: Any, began: list[float], ended: float) -> None:
    """Visits that began so many hours ago, all with their last sign of life so many hours ago."""
    stage.world.browser().open()
    stage.world.store_visits()
    with writing(db.session()) as session:
        first = session.scalars(select(Visit)).one()
        columns = {column.key: getattr(first, column.key) for column in Visit.__table__.columns if column.key != "id"}
        first.started_at, first.last_at = (stage.now - timedelta(hours=hours) for hours in (began[0], ended))
        for number, hours in enumerate(began[1:]):
            own = {"key": f"{number:024x}", "started_at": stage.now - timedelta(hours=hours)}
            session.add(Visit(**columns | own | {"last_at": first.last_at}))


def silent(stage: Any) -> list[float | None]:
    found = watching.look(db.session(), stage.site_id, stage.now, stage.world.services.config.secret_key)
    return [round(one.value or 0) for one in found[Condition.NO_PAGE_VIEWS]]


@SQLITE
def test_site_that_showed_pages_and_is_silent_for_a_day_is_told_of(stage: Any) -> None:
    never = silent(stage)
    seen(stage, [27, 26], ended=25)
    a_day = silent(stage)
    limit(stage, Condition.NO_PAGE_VIEWS, 48)

    assert (never, a_day, silent(stage)) == ([], [25], [])


@SQLITE
def test_visit_that_lives_on_behind_many_later_ones_breaks_the_silence(stage: Any) -> None:
    seen(stage, [30.0, *[29.0] * 100], ended=28)
    silent_before = silent(stage)
    with writing(db.session()) as session:
        oldest = session.scalars(select(Visit).order_by(Visit.started_at).limit(1)).one()
        oldest.last_at = stage.now - timedelta(hours=1)

    assert (silent_before, silent(stage)) == ([28], [])


@SQLITE
def test_missed_calls_may_be_told_from_a_number_on(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)
    limit(stage, Condition.MISSED_CALL, 3)

    changes = []
    for call_id in "1234":
        missed(stage, call_id)
        changes.append(stage.look())

    assert changes == [0, 0, 1, 0]


@SQLITE
@pytest.mark.parametrize(
    ("wanted", "granted", "share", "alerts"),
    [(100, 94, 0.95, 1), (100, 95, 0.95, 0), (100, 94, 0.9, 0), (19, 0, 0.95, 0), (20, 0, 0.95, 1)],
)
def test_coverage_below_the_threshold(stage: Any, wanted: int, granted: int, share: float, alerts: int) -> None:
    limit(stage, Condition.COVERAGE, share)
    with writing(db.session()) as session:
        pool_id = session.scalars(select(Pool.id).where(Pool.key == "ads")).one()
        hour = stage.now.replace(minute=0, second=0, microsecond=0)
        session.add(PoolHour(pool_id=pool_id, hour=hour, wanted=wanted, granted=granted))

    assert stage.look() == alerts


@SQLITE
@pytest.mark.parametrize(("hours", "alerts"), [(23, 0), (25, 1), (24 * 31, 0)])
def test_site_that_falls_silent(stage: Any, hours: int, alerts: int) -> None:
    stage.world.browser().open()
    stage.world.store_visits()

    stage.pass_time(hours=hours)

    assert stage.look() == alerts


@SQLITE
def test_site_without_a_page_view_ever_is_not_silent(stage: Any) -> None:
    assert stage.look() == 0


@SQLITE
@pytest.mark.parametrize(
    ("minutes", "status", "alerts"),
    [(14, DeliveryStatus.FAILED, 0), (16, DeliveryStatus.FAILED, 1), (16, DeliveryStatus.PENDING, 1),
     (16, DeliveryStatus.SENT, 0)],
)  # fmt: skip
def test_deliveries_that_wait_too_long(stage: Any, minutes: int, status: DeliveryStatus, alerts: int) -> None:
    with writing(db.session()) as session:
        subject = {"subject_type": SubjectType.INQUIRY, "subject_id": 1, "connection_id": connection().id}
        session.add(Delivery(**subject, wanted_revision=1, status=status, next_at=stage.now, created_at=stage.now))

    stage.pass_time(minutes=minutes)

    assert stage.look() == alerts


def jwt(**claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{middle}.c2ln"


@SQLITE
@pytest.mark.parametrize(("days", "alerts"), [(13, 1), (15, 0)])
def test_token_that_ends_soon(stage: Any, days: int, alerts: int) -> None:
    token = jwt(exp=int((stage.now + timedelta(days=days)).timestamp()))
    with writing(db.session()):
        connection().settings = seal({"access_token": token}, stage.world.services.config.secret_key)

    assert stage.look() == alerts


@pytest.mark.parametrize(
    "settings",
    [{}, {"secret": "plain"}, {"a": "x.y.z"}, {"a": "..."}, {"a": jwt(sub=1)}, {"a": jwt(exp="soon")},
     {"a": jwt(exp=1e40)}, {"a": jwt(exp=1), "refresh_token": "r"}],
)  # fmt: skip
def test_setting_without_an_end_has_none(settings: dict[str, str]) -> None:
    assert first_end(settings) is None


@SQLITE
def test_condition_that_is_switched_off_says_nothing(stage: Any) -> None:
    limit(stage, Condition.CONNECTION_BROKEN, 0, enabled=False)
    broken(stage)

    assert stage.look() == 0


@pytest.mark.parametrize(("days", "before", "alerts"), [(13, 14, 1), (15, 14, 0), (-1, 14, 1), (15, 30, 1), (13, 7, 0)])
def test_certificate_that_ends_soon(days: int, before: int, alerts: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    found = watching.judge_certificate(("track.example.com", now + timedelta(days=days)), now, before)

    assert len(found[Condition.CERTIFICATE_ENDING]) == alerts


@SQLITE
def test_certificate_is_the_installations_alert_and_ends_with_the_new_one(stage: Any) -> None:
    stage.add(ChannelKind.MAIL)

    for days in (5, 4, 90):
        found = watching.judge_certificate(("track.example.com", stage.now + timedelta(days=days)), stage.now, 14)
        with writing(db.session()) as session:
            watching.settle(session, None, found, stage.now)
    with writing(db.session()) as session:
        watching.settle(session, None, watching.judge_certificate(None, stage.now, 14), stage.now)

    assert told() == [("certificate-ending", "track.example.com", str(what)) for what in (What.BEGAN, What.ENDED)]
