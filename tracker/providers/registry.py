"""Which provider name means which class: plain tables, nothing registers itself."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.errors import InvalidInput
from tracker.providers.analytics.google import GoogleAnalytics
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import CrmProvider
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.email import generic as email_generic
from tracker.providers.email.base import EmailProvider
from tracker.providers.email.cloudmailin import CloudMailin
from tracker.providers.email.imap import Mailbox
from tracker.providers.email.mailgun import Mailgun
from tracker.providers.email.mandrill import Mandrill
from tracker.providers.email.postmark import Postmark
from tracker.providers.email.sendgrid import SendGrid
from tracker.providers.email.ses import Ses
from tracker.providers.email.smtp import LmtpListener, MailListener, SmtpListener
from tracker.providers.settings import SettingField
from tracker.providers.telephony import generic as telephony_generic
from tracker.providers.telephony.asterisk import Asterisk, AsteriskTables, FreePbx
from tracker.providers.telephony.base import TelephonyProvider
from tracker.providers.telephony.callibri import Callibri
from tracker.providers.telephony.mango import Mango
from tracker.providers.telephony.mapped import Mapped
from tracker.providers.telephony.megafon import Megafon
from tracker.providers.telephony.mikopbx import MikoPbx
from tracker.providers.telephony.novofon import Novofon
from tracker.providers.telephony.onlinepbx import OnlinePbx
from tracker.providers.telephony.plivo import Plivo
from tracker.providers.telephony.polled import PolledProvider
from tracker.providers.telephony.signalwire import SignalWire
from tracker.providers.telephony.sipuni import Sipuni
from tracker.providers.telephony.telnyx import Telnyx
from tracker.providers.telephony.twilio import Twilio
from tracker.providers.telephony.uis import Uis
from tracker.providers.telephony.vonage import Vonage
from tracker.providers.telephony.voximplant import Voximplant
from tracker.providers.telephony.zadarma import Zadarma

TELEPHONY: Mapping[str, type[TelephonyProvider]] = {
    "telephony/generic": telephony_generic.Generic,
    "telephony/mapped": Mapped,
    "telephony/mango": Mango,
    "telephony/megafon": Megafon,
    "telephony/mikopbx": MikoPbx,
    "telephony/novofon": Novofon,
    "telephony/onlinepbx": OnlinePbx,
    "telephony/plivo": Plivo,
    "telephony/signalwire": SignalWire,
    "telephony/sipuni": Sipuni,
    "telephony/telnyx": Telnyx,
    "telephony/twilio": Twilio,
    "telephony/uis": Uis,
    "telephony/vonage": Vonage,
    "telephony/voximplant": Voximplant,
    "telephony/zadarma": Zadarma,
}

# Switchboards are listened to by a worker; nobody calls a webhook of theirs.
SWITCHBOARDS: Mapping[str, type[Asterisk]] = {
    "telephony/asterisk": Asterisk,
    "telephony/freepbx": FreePbx,
}

# Sources that tell nothing by themselves: a worker asks them.
POLLED: Mapping[str, type[PolledProvider]] = {
    "telephony/asterisk-sql": AsteriskTables,
    "telephony/callibri": Callibri,
}

# Where a listener may have missed something: the source that tells it afterwards, if its settings name one.
CATCHING_UP: Mapping[str, type[PolledProvider]] = {
    "telephony/asterisk": AsteriskTables,
    "telephony/freepbx": AsteriskTables,
}

EMAIL: Mapping[str, type[EmailProvider]] = {
    "email/generic": email_generic.Generic,
    "email/cloudmailin": CloudMailin,
    "email/mailgun": Mailgun,
    "email/mandrill": Mandrill,
    "email/postmark": Postmark,
    "email/sendgrid": SendGrid,
    "email/ses": Ses,
}

# Mailboxes are read and listeners run by a worker; nobody calls a webhook of theirs.
MAILBOXES: Mapping[str, type[Mailbox]] = {
    "email/imap": Mailbox,
}

LISTENERS: Mapping[str, type[MailListener]] = {
    "email/smtp": SmtpListener,
    "email/lmtp": LmtpListener,
}

CRM: Mapping[str, type[CrmProvider]] = {
    "crm/amocrm": AmoCrm,
    "crm/bitrix24": Bitrix24,
}

ANALYTICS: Mapping[str, type[GoogleAnalytics]] = {
    "analytics/google": GoogleAnalytics,
}


def known() -> tuple[str, ...]:
    """Returns every provider name, sorted."""
    return tuple(sorted([*TELEPHONY, *SWITCHBOARDS, *POLLED, *EMAIL, *MAILBOXES, *LISTENERS, *CRM, *ANALYTICS]))


def takes_webhooks(provider: str) -> bool:
    """True when the other system is given an address to report to; the others are asked, or come by mail."""
    return provider in TELEPHONY or provider in EMAIL


def settings_of(provider: str) -> tuple[SettingField, ...]:
    """Returns the settings a provider declares.

    Raises:
        InvalidInput: no such provider; the message lists the known ones.
    """
    for kinds in (TELEPHONY, SWITCHBOARDS, POLLED, EMAIL, MAILBOXES, LISTENERS, CRM, ANALYTICS):
        if provider in kinds:
            return kinds[provider].SETTINGS
    raise InvalidInput(f"unknown provider {provider!r}; known: {', '.join(known())}", "provider")
