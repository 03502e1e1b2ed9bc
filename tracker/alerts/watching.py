"""Compares what is wrong now with what was: says it once when it begins and once when it ends, across restarts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from tracker.alerts import certificate, conditions, thresholds
from tracker.alerts.conditions import Finding
from tracker.alerts.models import Alert, AlertChannel, AlertMessage, Condition, What
from tracker.database import insert_or_ignore

WITHOUT_END = frozenset({Condition.MISSED_CALL})  # it has happened; nothing ends

Found = Mapping[Condition, Sequence[Finding]]
Question = Callable[[Session, int, datetime, float], Sequence[Finding]]


def look(session: Session, site_id: int, now: datetime, secret_key: str) -> Found:
    """Asks every condition that is switched on for the site."""
    questions: Mapping[Condition, Question] = {
        Condition.MISSED_CALL: conditions.missed_calls,
        Condition.COVERAGE: conditions.poor_coverage,
        Condition.NO_PAGE_VIEWS: conditions.silence,
        Condition.CONNECTION_BROKEN: conditions.broken_connections,
        Condition.DELIVERIES_STUCK: conditions.stuck_deliveries,
        Condition.TOKEN_ENDING: partial(conditions.ending_tokens, secret_key=secret_key),
    }
    wanted = thresholds.of_site(session, site_id)
    return {
        condition: ask(session, site_id, now, wanted[condition].value) if wanted[condition].enabled else []
        for condition, ask in questions.items()
    }


def judge_certificate(end: tuple[str, datetime] | None, now: datetime, days: float) -> Found:
    """The alert about a certificate (host, when it ends; None: not known) from so many days before its end."""
    if end is None:
        return {}
    host, at = end
    is_near = certificate.ends_soon(at, now, days)
    return {Condition.CERTIFICATE_ENDING: [Finding(host, (at - now) / conditions.DAY)] if is_near else []}


def settle(session: Session, site_id: int | None, found: Found, now: datetime) -> int:
    """Begins and ends alerts, and leaves the messages about it, inside the caller's transaction.

    A condition that `found` does not name is not touched.

    Returns:
        How many alerts began or ended.
    """
    known = _known(session, site_id, found)
    wrong = {
        _key(condition, site_id, one.subject): (condition, one) for condition, ones in found.items() for one in ones
    }
    began = [key for key in wrong if key not in known or not known[key].is_on]
    ended = [alert for key, alert in known.items() if alert.is_on and key not in wrong]
    changed = sum(_begin(session, site_id, key, *wrong[key], now) for key in began)
    return changed + sum(_end(session, alert, now) for alert in ended)


def _known(session: Session, site_id: int | None, found: Found) -> dict[str, Alert]:
    rows = session.scalars(
        select(Alert).where(
            Alert.condition.in_(list(found)), Alert.site_id == site_id if site_id else Alert.site_id.is_(None)
        )
    )
    return {alert.key: alert for alert in rows}


def _key(condition: Condition, site_id: int | None, subject: str) -> str:
    return f"{condition}/{site_id or ''}/{subject}"


def _begin(session: Session, site_id: int | None, key: str, condition: Condition, one: Finding, now: datetime) -> int:
    row = {"key": key, "site_id": site_id, "condition": condition, "subject": one.subject, "is_on": False}
    insert_or_ignore(session, Alert, [{**row, "value": one.value, "changed_at": now}])
    alert = session.scalars(select(Alert).where(Alert.key == key)).one()
    return _turn(session, alert, What.BEGAN, one.value, now)


def _end(session: Session, alert: Alert, now: datetime) -> int:
    return _turn(session, alert, What.ENDED, alert.value, now)


def _turn(session: Session, alert: Alert, what: What, value: float | None, now: datetime) -> int:
    """Another worker may look at the same moment: whoever changes the row tells."""
    begins = what is What.BEGAN
    change = update(Alert).where(Alert.id == alert.id, Alert.is_on.is_(not begins))
    result = session.execute(change.values(is_on=begins, changed_at=now, value=value))
    if not isinstance(result, CursorResult) or result.rowcount == 0:
        return 0
    if begins or alert.condition not in WITHOUT_END:
        _tell(session, alert, what, value, now)
    return 1


def _tell(session: Session, alert: Alert, what: What, value: float | None, now: datetime) -> None:
    of_site: ColumnElement[bool] = AlertChannel.site_id.is_(None)
    if alert.site_id is not None:
        of_site = or_(of_site, AlertChannel.site_id == alert.site_id)
    for channel_id in session.scalars(select(AlertChannel.id).where(AlertChannel.enabled, of_site)):
        session.add(AlertMessage(channel_id=channel_id, alert_id=alert.id, what=what, value=value, at=now, next_at=now))
