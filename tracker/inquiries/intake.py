"""What arrived becomes one inquiry per real event, however often, late or out of order it is reported.

Calls and forms are recorded here; letters, which have copies, in `letter_intake`.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore, storable
from tracker.inquiries import call_legs, counting, other_ids, searching, twins
from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallEvent, FormEvent, InquiryKind, TagCandidate
from tracker.inquiries.models import Inquiry, InquiryEvent, RawMessage
from tracker.inquiries.other_ids import kept_id
from tracker.pools.models import Number, Pool
from tracker.sites.models import Connection, Site

PUBLIC_IDS = uuid.UUID("5d0cbb2e-6a3d-4b0e-9a53-0f4f5bd0a3c1")  # namespace of our public ids; never changes
LONGEST_TEXT = 100_000
DECIDES_CALL = {"at", "called", "told_source"}  # when one of these becomes known or changes, the call is matched anew


def public_id(scope: str, external_id: str) -> str:
    """Returns the inquiry's public id; it follows from the two, so it is known even while the database is away."""
    return uuid.uuid5(PUBLIC_IDS, f"{scope}\n{kept_id(external_id)}").hex


@dataclass(frozen=True)
class Entrance:
    """Through which door an inquiry came. `scope` and the sender's own id make it unique."""

    site: Site
    scope: str
    connection: Connection | None = None
    raw: RawMessage | None = None

    def at_site(self, site: Site | None) -> Entrance:
        """The same entrance for an inquiry of another site; None changes nothing."""
        return replace(self, site=site) if site is not None else self


def site_of_number(session: Session, called: str | None) -> Site | None:
    """Returns the site whose pool holds the dialled number, None when it is not ours."""
    if called is None:
        return None
    owner = select(Site).join(Pool, Pool.site_id == Site.id).join(Number, Number.pool_id == Pool.id)
    return session.scalar(owner.where(Number.e164 == called))


def record_call(session: Session, entrance: Entrance, event: CallEvent) -> Inquiry:
    """Adds one message about a call and brings the inquiry up to the state all messages together tell."""
    inquiry = _call(session, entrance, event)
    if add_event(session, entrance, inquiry, event.stage, event):
        state = fold(_call_events(session, inquiry))
        site = site_of_number(session, state.called)
        counted = {"not_counted": counting.judge(site or inquiry.site, state)}
        apply(inquiry, _call_columns(state) | counted | ({"site_id": site.id} if site else {}))
        session.flush()
        session.expire(inquiry, ["site"])
    return inquiry


def _call(session: Session, entrance: Entrance, event: CallEvent) -> Inquiry:
    """The call that a message is about; where only legs have ids, every leg's id finds it from now on."""
    begun = event.started_at or event.at
    if not event.is_leg_id:
        return find_or_make(session, entrance, InquiryKind.CALL, event.call_id, begun, event.is_test)
    twins.one_at_a_time(session, entrance.site.id)
    found = call_legs.call_of(session, entrance.scope, event)
    call = found or find_or_make(session, entrance, InquiryKind.CALL, event.call_id, begun, event.is_test)
    other_ids.name(session, entrance.scope, event.call_id, call)
    return call


def judge_again(session: Session, inquiry: Inquiry) -> None:
    """Decides anew whether a call counts, by the lists that the site has now."""
    state = fold(_call_events(session, inquiry))
    apply(inquiry, {"not_counted": counting.judge(inquiry.site, state)})


def _call_events(session: Session, inquiry: Inquiry) -> list[CallEvent]:
    data = session.scalars(select(InquiryEvent.data).where(InquiryEvent.inquiry_id == inquiry.id)).all()
    return [msgspec.convert(one, CallEvent) for one in data]


def _call_columns(state: CallState) -> dict[str, Any]:
    columns = asdict(state)
    started_at, source = columns.pop("started_at"), columns.pop("source")
    return (
        columns
        | ({"at": started_at} if started_at else {})
        | {"phones": [state.caller] if _is_e164(state.caller) else [], "told_source": dict(source) or None}
    )


def _is_e164(text: str | None) -> bool:
    return text is not None and text.startswith("+") and len(text) > 6


def record_form(session: Session, entrance: Entrance, event: FormEvent) -> Inquiry:
    """Stores something that names itself: a form, chat, callback, order or subscription.

    Its twin through another door is the same inquiry, and completes it.
    """
    twins.one_at_a_time(session, entrance.site.id)
    inquiry = twins.known(session, entrance.scope, kept_id(event.external_id))
    if inquiry is None:
        inquiry = twins.find(session, entrance.site.id, entrance.scope, event)
        if inquiry is not None:
            other_ids.name(session, entrance.scope, event.external_id, inquiry)
    if inquiry is None:
        inquiry = find_or_make(session, entrance, event.kind, event.external_id, event.at, event.is_test)
    if add_event(session, entrance, inquiry, "received", event):
        apply(inquiry, twins.columns(inquiry, event))
    return inquiry


def find_or_make(
    session: Session, entrance: Entrance, kind: InquiryKind, external_id: str, at: datetime | None, is_test: bool
) -> Inquiry:
    """Finds the inquiry or makes it; whoever comes second finds the first one's row."""
    scope, external_id = entrance.scope, kept_id(external_id)
    row = {
        "key": public_id(scope, external_id),
        "site_id": entrance.site.id,
        "connection_id": entrance.connection.id if entrance.connection else None,
        "scope": scope,
        "external_id": external_id,
        "kind": kind,
        "at": at or clock.now(),
        "phones": [],
        "emails": [],
        "subject": "",
        "text": "",
        "fields": {},
        "candidates": [],
        "evidence": {},
        "haystack": "",
        "is_test": is_test,
        "revision": 0,
        "created_at": clock.now(),
    }
    insert_or_ignore(session, Inquiry, [row])
    same = select(Inquiry).where(Inquiry.scope == scope, Inquiry.external_id == external_id)
    return session.scalars(same.with_for_update().execution_options(populate_existing=True)).one()


def add_event(session: Session, entrance: Entrance, inquiry: Inquiry, stage: str, event: Any) -> bool:
    """Keeps the normalized event; False when the very same one is there already."""
    data: Mapping[str, Any] = msgspec.to_builtins(_clean(event))
    fingerprint = hashlib.sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()
    known = select(InquiryEvent.id).where(
        InquiryEvent.inquiry_id == inquiry.id, InquiryEvent.fingerprint == fingerprint
    )
    if session.scalar(known) is not None:
        return False
    session.add(
        InquiryEvent(
            inquiry_id=inquiry.id,
            raw_message_id=entrance.raw.id if entrance.raw else None,
            fingerprint=fingerprint,
            stage=str(stage),
            data=dict(data),
        )
    )
    session.flush()
    return True


def _clean(event: Any) -> Any:
    """The event with texts that every database can store, and of bounded length."""
    return replace(event, **{name: _fit(value) for name, value in vars(event).items()})


def apply(inquiry: Inquiry, columns: Mapping[str, Any]) -> None:
    """Writes what has changed; any change is a new revision, which others are told about."""
    changed = {name: _fit(value) for name, value in columns.items() if getattr(inquiry, name) != _fit(value)}
    for name, value in changed.items():
        setattr(inquiry, name, value)
    if inquiry.kind == InquiryKind.CALL and not inquiry.correction and not DECIDES_CALL.isdisjoint(changed):
        inquiry.attribution_status = None
    inquiry.haystack = searching.haystack(inquiry)
    if changed or inquiry.revision == 0:
        inquiry.revision += 1


def _fit(value: Any) -> Any:
    """The value with every text in it storable and of bounded length; dataclasses inside stay dataclasses."""
    match value:
        case StrEnum():
            return value
        case str():
            return storable(value)[:LONGEST_TEXT]
        case list() | tuple():
            return type(value)(_fit(item) for item in value)
        case dict():
            return {_fit(key): _fit(item) for key, item in value.items()}
        case TagCandidate():
            return replace(value, tag=_fit(value.tag), domain=_fit(value.domain))
    return value
