"""The settings of a Bitrix24 connection: either a webhook address, or an application with its tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tracker.errors import InvalidInput
from tracker.providers.settings import SettingField

WEBHOOK = re.compile(r"^https?://[^/]+(?:/[^/]+)*/rest/\d+/([^/]+)/?$")
APPLICATION = ("base_url", "client_id", "client_secret")

SETTINGS = (
    SettingField(
        "webhook_url", "Incoming webhook", kind="secret", required=False,
        help="Developer resources → Other → Incoming webhook; ends in /rest/1/abc…/",
    ),
    SettingField(
        "base_url", "Portal", kind="url", required=False,
        help="For an application: https://example.bitrix24.ru",
    ),
    SettingField("client_id", "Application code (client_id)", required=False),
    SettingField("client_secret", "Application key (client_secret)", kind="secret", required=False),
    SettingField("access_token", "Access token", kind="secret", required=False, is_ours=True),
    SettingField("refresh_token", "Refresh token", kind="secret", required=False, is_ours=True),
    SettingField(
        "oauth_url", "Token server", kind="url", required=False, default="https://oauth.bitrix.info",
        help="For portals of the Russian region: https://oauth.bitrix24.tech",
    ),
    SettingField(
        "source_id", "Source", required=False,
        help="Code of the portal's Sources dictionary for everything we create; empty: by the kind of inquiry",
    ),
)  # fmt: skip


def require_access(settings: Mapping[str, str]) -> None:
    """Checks that there is one complete way in; the tokens of an application come when it is connected.

    Raises:
        InvalidInput: neither form is complete, or the webhook address is none.
    """
    webhook = settings["webhook_url"]
    if webhook and not WEBHOOK.match(webhook):
        raise InvalidInput(
            "the address of an incoming webhook looks like https://example.bitrix24.ru/rest/1/abc123/",
            "settings.webhook_url",
        )
    missing = [name for name in APPLICATION if not settings[name]]
    if not webhook and missing:
        raise InvalidInput(
            f"give webhook_url, or for an application also {', '.join(missing)}", f"settings.{missing[0]}"
        )
