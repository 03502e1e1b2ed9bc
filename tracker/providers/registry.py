"""Which provider name means which class: plain tables, nothing registers itself."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.errors import InvalidInput
from tracker.providers.crm.base import CrmProvider
from tracker.providers.email import generic as email_generic
from tracker.providers.email.base import EmailProvider
from tracker.providers.settings import SettingField
from tracker.providers.telephony import generic as telephony_generic
from tracker.providers.telephony.base import TelephonyProvider

TELEPHONY: Mapping[str, type[TelephonyProvider]] = {
    "telephony/generic": telephony_generic.Generic,
}

EMAIL: Mapping[str, type[EmailProvider]] = {
    "email/generic": email_generic.Generic,
}

CRM: Mapping[str, type[CrmProvider]] = {}


def known() -> tuple[str, ...]:
    """Returns every provider name, sorted."""
    return tuple(sorted([*TELEPHONY, *EMAIL, *CRM]))


def settings_of(provider: str) -> tuple[SettingField, ...]:
    """Returns the settings a provider declares.

    Raises:
        InvalidInput: no such provider; the message lists the known ones.
    """
    found = TELEPHONY.get(provider) or EMAIL.get(provider) or CRM.get(provider)
    if found is None:
        raise InvalidInput(f"unknown provider {provider!r}; known: {', '.join(known())}", "provider")
    return found.SETTINGS
