"""Tries a connection that tells us something: a mailbox, a switchboard, a call list, a listener, a webhook.

It needs no ownership: nothing is stored, and logging in a second time disturbs nobody. Sentences are English phrases
with their facts beside them, so that the admin says them in the language of whoever looks.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta

import requests
from sqlalchemy import select

from tracker import clock
from tracker.errors import ConfigurationError, InvalidInput, ProviderError
from tracker.extensions import db
from tracker.inquiries.models import RawMessage, RawStatus
from tracker.providers import registry
from tracker.providers.crm.base import Finding, Level
from tracker.providers.email.smtp import place_of
from tracker.providers.interpretation import Interpreter
from tracker.providers.settings import read_settings
from tracker.services import Services
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

ANSWER_SECONDS = 10
LOOK_BACK = timedelta(days=1)
REFUSALS = (400, 401, 403)  # what we answer to somebody without the secret


def said(phrase: str) -> str:
    """Marks a phrase for translation."""
    return phrase


def try_out(services: Services, connection_id: int) -> list[Finding]:
    """Looks whether the other side lets us in, and whether what it tells reaches us; raises nothing of its kind."""
    connection = db.session.get_one(Connection, connection_id)
    db.session.expunge(connection)  # no transaction stays open while the other side thinks
    db.session.rollback()
    try:
        settings = unseal(connection.settings, services.config.secret_key)
        complete = read_settings(registry.settings_of(connection.provider), settings)
        return list(_look(services, connection, complete))
    except (ProviderError, InvalidInput, ConfigurationError) as error:
        return [Finding(Level.ERROR, str(error))]


def _look(services: Services, connection: Connection, settings: Mapping[str, str]) -> Iterator[Finding]:
    provider = connection.provider
    if provider in registry.MAILBOXES:
        yield from _mailbox(provider, settings)
    elif provider in registry.SWITCHBOARDS:
        yield from _switchboard(services, connection, settings)
    elif provider in registry.POLLED:
        yield from _source(services, connection)
    elif provider in registry.LISTENERS:
        yield _listener(settings["listen"])
    elif registry.takes_webhooks(provider):
        yield _door(services, connection)
    if not connection.enabled:
        yield Finding(Level.WARNING, said("It is switched off: nothing is taken from it."))
    yield _heard(connection)


def _mailbox(provider: str, settings: Mapping[str, str]) -> Iterator[Finding]:
    with registry.MAILBOXES[provider](settings) as mailbox:
        for folder, letters in mailbox.letters().items():
            about = {"folder": folder, "letters": str(letters)}
            yield Finding(Level.OK, said("The folder %(folder)s opens; letters in it: %(letters)s."), about)
        if mailbox.can_idle:
            yield Finding(Level.OK, said("The server tells of new letters at once."))
        else:
            yield Finding(Level.WARNING, said("The server does not tell of new letters; it is asked now and then."))


def _switchboard(services: Services, connection: Connection, settings: Mapping[str, str]) -> Iterator[Finding]:
    with registry.SWITCHBOARDS[connection.provider](settings, _site(connection).country).connect() as client:
        channels = {"channels": str(len(client.channels()))}
        yield Finding(Level.OK, said("The manager interface lets us in; channels open now: %(channels)s."), channels)
    if settings.get("database_url"):
        yield from _source(services, connection)


def _source(services: Services, connection: Connection) -> Iterator[Finding]:
    """Asks for the calls of a day, and throws the answer away."""
    source = Interpreter(db.session(), services.config.secret_key).source(connection, _site(connection))
    now = clock.now()
    first = next(iter(source.look({}, now - LOOK_BACK, now)), None)
    calls = {"calls": str(len(first.told) if first else 0)}
    yield Finding(
        Level.OK, said("The call list can be read; calls in the last 24 hours, as far as asked: %(calls)s."), calls
    )


def _site(connection: Connection) -> Site:
    site = db.session.get_one(Site, connection.site_id)
    db.session.expunge(site)
    db.session.rollback()
    return site


def _listener(address: str) -> Finding:
    about = {"address": address}
    try:
        with _connected(address) as connection:
            greeting = connection.recv(512)
    except OSError:
        return Finding(Level.ERROR, said("Nothing listens on %(address)s on the worker's machine."), about)
    if greeting.startswith(b"220"):
        return Finding(Level.OK, said("The listener answers on %(address)s."), about)
    return Finding(Level.ERROR, said("Something else answers on %(address)s: choose another address."), about)


def _connected(address: str) -> socket.socket:
    place = place_of(address)
    if not isinstance(place, str):
        return socket.create_connection(place, ANSWER_SECONDS)
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(ANSWER_SECONDS)
    try:
        made.connect(place)
    except OSError:
        made.close()
        raise
    return made


def _door(services: Services, connection: Connection) -> Finding:
    """Knocks at our own webhook address from outside, without the secret: whoever refuses us is us."""
    public = services.config.public_url
    if not public:
        return Finding(
            Level.WARNING, said("SKVOZ_PUBLIC_URL is not set, so we cannot try whether the webhook address is reached.")
        )
    address = f"{public}/hooks/{connection.provider}/{connection.key}"
    about = {"address": address}
    try:
        answer = requests.post(address, data=b"", timeout=ANSWER_SECONDS, allow_redirects=False)
    except requests.RequestException:
        return Finding(Level.ERROR, said("Nothing answers at %(address)s: see whether it is open to the world."), about)
    if answer.status_code in REFUSALS:
        return Finding(Level.OK, said("The webhook address is reached, and refuses who does not know the secret."))
    if not connection.enabled and answer.status_code == 404:
        return Finding(Level.OK, said("The webhook address is reached; it takes nothing while this is switched off."))
    about["status"] = str(answer.status_code)
    return Finding(
        Level.ERROR, said("%(address)s answers with %(status)s: let the web server pass /hooks/ on to us."), about
    )


def _heard(connection: Connection) -> Finding:
    last = db.session.scalar(
        select(RawMessage.status)
        .where(RawMessage.connection_id == connection.id)
        .order_by(RawMessage.id.desc())
        .limit(1)
    )
    if last is None:
        return Finding(
            Level.WARNING, said("Nothing has come from it yet: make a call, or write a letter, and look again.")
        )
    if last in (RawStatus.MALFORMED, RawStatus.FAILED):
        return Finding(
            Level.WARNING, said("Its last message could not be understood; it stands below with the reason.")
        )
    return Finding(Level.OK, said("Its last message arrived well; it stands below."))
