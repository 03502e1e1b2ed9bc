"""Reads a stored raw message in its sender's language: one place for webhooks, mailboxes, the spool and replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent, EmailEvent, FormEvent
from tracker.inquiries.models import RawMessage
from tracker.providers.email.base import EmailProvider
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.tag_places import TagRules
from tracker.providers.forms import api, snippet
from tracker.providers.recordings import KeepsRecordings, link
from tracker.providers.registry import (
    CATCHING_UP,
    EMAIL,
    LISTENERS,
    MAILBOXES,
    POLLED,
    SWITCHBOARDS,
    TELEPHONY,
    settings_of,
)
from tracker.providers.settings import read_settings
from tracker.providers.telephony.asterisk import read_raw
from tracker.providers.telephony.base import TelephonyProvider
from tracker.providers.telephony.belief import believed
from tracker.providers.telephony.polled import PolledProvider
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import Headers, WebhookRequest
from tracker.sites.models import Connection, EmailStyle, Site, SiteEmail
from tracker.sites.secrets import unseal

Event = CallEvent | EmailEvent | FormEvent

TAG_LENGTHS = (6, 7)  # both: letters to tags of the former length come for years after a site changed it
DOORS: Mapping[str, Callable[[RawMessage, Site], Sequence[FormEvent]]] = {
    snippet.ENTRANCE: snippet.read,
    api.ENTRANCE: api.read,
}


class Interpreter:
    """Turns raw messages into events.

    Args:
        session: reads the addresses of all sites, which say where tags may stand.
        secret_key: opens the settings of connections.
        public_url: where others reach us; without it, links to recordings that want our credentials stay as they are.
    """

    def __init__(self, session: Session, secret_key: str, public_url: str | None = None) -> None:
        self._session = session
        self._secret_key = secret_key
        self._public_url = public_url

    def read(self, raw: RawMessage, site: Site, connection: Connection | None) -> Sequence[Event]:
        """Returns the events of a raw message, none when it is about something else.

        Raises:
            InvalidInput: it cannot be understood.
        """
        if raw.entrance in DOORS:
            return DOORS[raw.entrance](raw, site)
        if connection is None:
            raise InvalidInput("the connection of this message does not exist any more")
        if raw.entrance in MAILBOXES or raw.entrance in LISTENERS:
            return [self._letter(raw)]
        if raw.entrance in SWITCHBOARDS:
            return [read_raw(raw.body)]
        if raw.entrance in POLLED:
            return self.source(connection, site).read(raw.body)
        provider = self.provider(connection, site)
        events = [_believed(event, raw, provider) for event in provider.parse(request_of(raw))]
        return [self._playable(event, connection, provider) for event in events]

    def _playable(self, event: Event, connection: Connection, provider: TelephonyProvider | EmailProvider) -> Event:
        """A recording that only the account may hear is reached through us; what is no address at all stays inside."""
        if not isinstance(event, CallEvent) or event.recording_url is None:
            return event
        named = event.recording_url
        if not isinstance(provider, KeepsRecordings) or not provider.keeps(named):
            return event
        if self._public_url:
            return replace(event, recording_url=link(self._public_url, self._secret_key, connection.key, named))
        return event if named.startswith("https://") else replace(event, recording_url=None)

    def _letter(self, raw: RawMessage) -> EmailEvent:
        """A letter that was fetched or delivered by mail: the body is the letter itself."""
        return read_letter(
            taken_apart(raw.body),
            self.tag_rules(),
            received_at=raw.received_at,
            envelope_to=raw.request.get("envelope_to", []),
            is_spam=raw.request.get("is_spam", False),
        )

    def provider(self, connection: Connection, site: Site) -> TelephonyProvider | EmailProvider:
        """Makes the provider of a connection that messages are pushed to.

        Raises:
            InvalidInput: the provider does not take webhooks, or its settings are incomplete.
        """
        settings = read_settings(settings_of(connection.provider), unseal(connection.settings, self._secret_key))
        if connection.provider in TELEPHONY:
            return TELEPHONY[connection.provider](settings, site.country, site.timezone)
        if connection.provider in EMAIL:
            return EMAIL[connection.provider](settings, self.tag_rules())
        raise InvalidInput(f"{connection.provider} takes no webhooks", "provider")

    def source(self, connection: Connection, site: Site) -> PolledProvider:
        """Makes the provider of a connection that we ask.

        Raises:
            InvalidInput: its settings are incomplete.
        """
        settings = read_settings(settings_of(connection.provider), unseal(connection.settings, self._secret_key))
        kind = POLLED.get(connection.provider) or CATCHING_UP[connection.provider]
        return kind(settings, site.country, site.timezone)

    def tag_rules(self) -> TagRules:
        """Where tags may stand, from the addresses of every site: a mailbox may serve several."""
        emails = self._session.scalars(select(SiteEmail).where(SiteEmail.style != EmailStyle.STATIC)).all()
        return TagRules.of_addresses(
            plus=[email.address for email in emails if email.style == EmailStyle.PLUS],
            catchall_domains=[
                email.mail_domain or email.address.rpartition("@")[2]
                for email in emails
                if email.style == EmailStyle.CATCHALL
            ],
            lengths=TAG_LENGTHS,
        )


def _believed(event: Event, raw: RawMessage, provider: TelephonyProvider | EmailProvider) -> Event:
    """What another system sends us happens now; our own webhook may tell of old calls, and so may an imported table."""
    if isinstance(event, CallEvent) and isinstance(provider, Pushing) and raw.request["remote_ip"]:
        return believed(event, raw.received_at)
    return event


def request_of(raw: RawMessage) -> WebhookRequest:
    """Rebuilds the request of a stored message, as it was received."""
    kept = raw.request
    return WebhookRequest(
        method=kept["method"],
        path=kept["path"],
        headers=Headers([(name, value) for name, value in kept["headers"]]),
        query=tuple((name, value) for name, value in kept["query"]),
        body=raw.body,
        content_type=kept["content_type"],
        remote_ip=kept["remote_ip"],
        received_at=raw.received_at,
    )
