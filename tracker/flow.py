"""The story on one page: a visit gets a lease, a lease explains an inquiry, an inquiry becomes deliveries.

Each function is one step as its entrances call it: it calls the packages in order and owns the transaction.
Entrances (web, mailboxes, PBX listeners, commands) know nothing but this module, and `upkeep` for what people and
time change afterwards.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from redis.exceptions import RedisError
from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from tracker import clock, metrics
from tracker.database import storable, writing
from tracker.deliveries import outbox, sending
from tracker.deliveries.models import DeliveryStatus
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.sending import TakesVisits, Target
from tracker.errors import InvalidInput, NotFound, StoreDown, TooMany
from tracker.extensions import db
from tracker.inquiries import doors, forgotten, intake, letter_intake, letter_writer, matching, raw_messages
from tracker.inquiries.events import CallEvent, EmailEvent, FormEvent
from tracker.inquiries.intake import Entrance
from tracker.inquiries.models import Inquiry, RawMessage, RawStatus
from tracker.inquiries.spool import Arrived
from tracker.leases import leasing, publishing, signs, storing
from tracker.leases.directory import SiteInUse, compile_site
from tracker.leases.leasing import Granted, SignOfLife, StoreRefused
from tracker.leases.redis_store import SiteKeys
from tracker.leases.served import ServedSite, load
from tracker.pools.verifying import verify_number
from tracker.privacy import messages
from tracker.services import Services
from tracker.sites.models import Connection, Site
from tracker.visits import ga, link
from tracker.visits.arrival import Client
from tracker.visits.messages import BeatMessage, EventMessage, PageViewMessage

log = logging.getLogger(__name__)

Event = CallEvent | EmailEvent | FormEvent
Reader = Callable[[RawMessage, Site, Connection | None], Sequence[Event]]

STORE_AWAY = "the fast store is away, pages keep their own numbers"
TOO_MANY = "too many requests from this address; wait a minute"

# --- a visit gets a lease -------------------------------------------------------------------------


def find_site(services: Services, key: str) -> SiteInUse:
    """Returns the site with this key.

    Raises:
        NotFound: there is none, or it is switched off.
        StoreDown: this process has never seen it, and the store does not answer.
    """
    site = services.sites.get(key) if storable(key) == key else None
    if site is not None and not site.served.enabled:
        return find_site_again(services, key)
    return _served(site, key)


def find_site_again(services: Services, key: str) -> SiteInUse:
    """The same, for when the site as this process knows it stands in the way: it may have changed since."""
    try:
        return _served(services.sites.refresh(key), key)
    except StoreDown:
        return _served(services.sites.get(key), key)


def find_site_anyhow(services: Services, key: str) -> SiteInUse:
    """The same, from the database when the store is away; for what must be kept at any price."""
    try:
        return find_site(services, key)
    except StoreDown:
        served = load(db.session(), key)
        return _served(compile_site(served) if served else None, key)


def _served(site: SiteInUse | None, key: str) -> SiteInUse:
    if site is None or not site.served.enabled:
        raise NotFound(f"there is no site {key!r}")
    return site


def admit(services: Services, site: SiteInUse, client: Client) -> None:
    """Counts a request of this address that the lease script does not see; any number passes without the store.

    Raises:
        TooMany: this address sends too much.
    """
    key = SiteKeys(site.served.key).rate(client.ip)
    try:
        _, count = services.store.raw.pipeline().set(key, 0, ex=60, nx=True).incr(key).execute()
    except RedisError:
        return
    if count > leasing.REQUESTS_PER_MINUTE:
        raise TooMany(TOO_MANY)


def open_visit(
    services: Services, site: SiteInUse, message: PageViewMessage, client: Client, cookie: str | None = None
) -> Granted:
    """A page was seen: recognises the visitor, opens or continues his visit, and leases what he may see.

    Args:
        cookie: the visitor id of our own cookie, where the server could read it.

    Raises:
        TooMany: this address sends too much.
    """
    now = clock.now().timestamp()
    carried = link.visitor_of(message.link, site.served.key, services.config.secret_key, now)
    visitor = carried or message.visitor or cookie
    if visitor is None and message.ga:
        visitor = _recognised(services, site, message.ga, client.ip)
    return _touch(services, site, lambda site: signs.of_view(site, message, client, visitor, services.knowledge))


def keep_alive(services: Services, site: SiteInUse, message: BeatMessage, client: Client) -> Granted:
    """The page is still open: prolongs the visitor's leases, or takes one when he has become engaged."""
    return _touch(services, site, lambda site: signs.of_beat(site, message, client))


def leave(services: Services, site: SiteInUse, message: BeatMessage, client: Client) -> Granted:
    """The page was hidden or closed: the hold counts from now."""
    return _touch(services, site, lambda site: signs.of_beat(site, message, client, leaves=True))


def note_event(services: Services, site: SiteInUse, message: EventMessage, client: Client) -> Granted:
    """Something happened on the page; it is a sign of life as well."""
    return _touch(services, site, lambda site: signs.of_event(site, message, client))


def _recognised(services: Services, site: SiteInUse, ga_cookie: str, ip: str) -> str | None:
    client_id = ga.client_id(ga_cookie)
    try:
        return services.store.recognised(site.served.key, client_id, ip) if client_id else None
    except StoreDown:
        return None


def _touch(services: Services, site: SiteInUse, read: Callable[[SiteInUse], SignOfLife]) -> Granted:
    """Asks the store; when it has another version of the site than we, or has lost it, once more with the right one.

    Args:
        read: judges what the page said, by the site's rules.
    """
    sign = read(site)
    try:
        try:
            return leasing.touch(services.store, site, sign)
        except StoreRefused as refusal:
            site = _brought_up_to_date(services, site, refusal)
            sign = replace(read(site), visitor=sign.visitor)
            return leasing.touch(services.store, site, sign)
    except StoreRefused as refusal:
        if refusal.state == "limited":
            raise TooMany(TOO_MANY) from refusal
    except StoreDown as error:
        services.store_away.tell(STORE_AWAY, error)
    return Granted(sign.visitor, sign.visit or secrets.token_hex(12), None, (), "store-down")


def _brought_up_to_date(services: Services, site: SiteInUse, refusal: StoreRefused) -> SiteInUse:
    again = None
    if refusal.state == "stale":
        again = services.sites.refresh(site.served.key)
    elif refusal.state == "lost":
        again = services.sites.republish(site.served.key)
    if again is None:
        raise refusal
    return again


def store_visits(services: Services, site_id: int, key: str) -> int:
    """Moves a batch of the site's stream into the database, each entry once; returns how many there were."""
    return storing.store_batch(db.session(), services.store, site_id, key)


def publish(services: Services, key: str) -> ServedSite | None:
    """Brings a site with its connections from the database into the fast store; None when there is no such site."""
    site = publishing.publish(db.session(), services.store, key)
    if site is not None:
        doors.publish(db.session(), services.store, site.id)
        db.session.rollback()
    return site


# --- a lease explains an inquiry ------------------------------------------------------------------


def receive(services: Services, message: Arrived, reader: Reader, deliver_tests: bool = False) -> list[Inquiry]:
    """An authentic message arrived: stores it raw, interprets it, and takes every event in it.

    Args:
        reader: knows the sender's language; turns the raw message into events.

    Raises:
        InvalidInput: it cannot be understood; it is kept, and can be replayed after a fix.
        sqlalchemy.exc.OperationalError: the database is away; the caller keeps the message in the spool.
    """
    with writing(db.session()) as session:
        raw = raw_messages.keep(session, message)
    return interpret(services, raw.id, reader, deliver_tests)


def interpret(services: Services, raw_id: int, reader: Reader, deliver_tests: bool = False) -> list[Inquiry]:
    """Interprets a stored message; doing it again changes nothing, unless the reader has learnt something.

    A mistake of our own costs nobody anything: the message stays, marked, for a replay after the fix.
    """
    session = db.session()
    raw = session.get_one(RawMessage, raw_id, populate_existing=True)
    site = session.get_one(Site, raw.site_id)
    connection = session.get(Connection, raw.connection_id) if raw.connection_id else None
    try:
        told = reader(raw, site, connection)
        entrance = Entrance(site, raw_messages.scope(raw, site, connection), connection, raw)
        events = [event for event in told if not _is_forgotten(services, entrance, event)]
        if told and not events:
            return _drop(raw_id)
        inquiries = [take(services, entrance, event, deliver_tests) for event in events]
    except InvalidInput as error:
        _settle(raw_id, RawStatus.MALFORMED, f"{error.field}: {error}" if error.field else str(error))
        raise
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("raw message %s waits for a fix of ours", raw_id)
        metrics.misread.inc()
        _settle(raw_id, RawStatus.FAILED, storable(repr(error))[:1000])
        return []
    if len(events) < len(told):
        _drop(raw_id)
        return inquiries
    _settle(raw_id, RawStatus.UNDERSTOOD if events else RawStatus.UNKNOWN, None)
    return inquiries


def _is_forgotten(services: Services, entrance: Entrance, event: Event) -> bool:
    return forgotten.holds(db.session(), entrance.scope, event, services.config.secret_key)


def _drop(raw_id: int) -> list[Inquiry]:
    """A provider told once more of somebody who was erased: the message goes, what it said of others stays."""
    with writing(db.session()) as session:
        messages.erase(session, {raw_id}, set())
    return []


def _settle(raw_id: int, status: RawStatus, error: str | None) -> None:
    with writing(db.session()) as session:
        session.execute(update(RawMessage).where(RawMessage.id == raw_id).values(status=status, error=error))


def take(services: Services, entrance: Entrance, event: Event, deliver_tests: bool = False) -> Inquiry:
    """Takes one event: completes its inquiry, matches it, joins the person, and wants it delivered."""
    match event:
        case CallEvent():
            return _take_call(services, entrance, event, deliver_tests)
        case EmailEvent():
            return _take_letter(services, entrance, event, deliver_tests)
        case FormEvent():
            return _take_form(services, entrance, event, deliver_tests)


def _take_call(services: Services, entrance: Entrance, event: CallEvent, deliver_tests: bool) -> Inquiry:
    session = db.session()
    entrance = entrance.at_site(intake.site_of_number(session, event.called))
    storing.drain(session, services.store, entrance.site.id, entrance.site.key)
    with writing(session):
        inquiry = intake.record_call(session, entrance, event)
        if not event.is_test:
            verify_number(session, event.called, clock.now())
        if matching.is_due(inquiry):
            matching.match_call(session, inquiry)
        finish(session, inquiry, deliver_tests)
    return inquiry


def _take_letter(services: Services, entrance: Entrance, event: EmailEvent, deliver_tests: bool) -> Inquiry:
    session = db.session()
    storing.drain(session, services.store, entrance.site.id, entrance.site.key)
    with writing(session):
        found = letter_writer.find_writer(session, entrance.site, entrance.scope, event)
        address = letter_writer.find_static_address(session, entrance.site, event)
        owner = found or address
        entrance = entrance.at_site(session.get(Site, owner.site_id) if owner else None)
        inquiry = letter_intake.record_letter(session, entrance, event, found.tag if found else None)
        if matching.is_due(inquiry):
            matching.match_letter(session, inquiry, found, address)
        finish(session, inquiry, deliver_tests)
    return inquiry


def _take_form(services: Services, entrance: Entrance, event: FormEvent, deliver_tests: bool) -> Inquiry:
    session = db.session()
    storing.drain(session, services.store, entrance.site.id, entrance.site.key)
    with writing(session):
        inquiry = intake.record_form(session, entrance, event)
        if matching.is_due(inquiry) or matching.learns(inquiry, event):
            matching.match_form(session, inquiry, event)
        finish(session, inquiry, deliver_tests)
    return inquiry


def finish(session: Session, inquiry: Inquiry, deliver_tests: bool = False) -> None:
    """What follows once it is decided whose an inquiry is: his person, and deliveries to whom it concerns."""
    matching.join_person(session, inquiry)
    outbox.tell(session, inquiry, deliver_tests)


# --- an inquiry becomes deliveries ----------------------------------------------------------------


def deliver(services: Services, delivery_id: int, owned: Ownership, target: Target) -> DeliveryStatus:
    """Brings the other side up to the wanted revision of one delivery, and writes down how it went.

    Args:
        target: opens the other system for this delivery; see `deliveries.sending`.
    """
    return sending.send(db.session(), delivery_id, owned, target)


def deliver_visits(services: Services, delivery_ids: Sequence[int], owned: Ownership, target: TakesVisits) -> None:
    """The same for several visits, which are noted together to spare the other side's limit."""
    sending.send_visits(db.session(), delivery_ids, owned, target)
