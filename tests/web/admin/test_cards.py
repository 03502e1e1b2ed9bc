"""Where people open the cards that deliveries made."""

from __future__ import annotations

import pytest

from tracker.providers import registry

CARDS = [
    ("crm/amocrm", {"base_url": "https://a.amocrm.ru/"}, "deal", "7", "https://a.amocrm.ru/leads/detail/7"),
    ("crm/amocrm", {"base_url": "https://a.amocrm.ru"}, "lead", "7", None),
    ("crm/bitrix24", {"webhook_url": "https://b.ru/rest/1/x/", "base_url": ""}, "lead", "7", "https://b.ru/crm/lead/details/7/"),
    ("crm/bitrix24", {"webhook_url": "", "base_url": "https://b.ru"}, "contact", "7/../x", None),
]  # fmt: skip


@pytest.mark.parametrize(("provider", "settings", "name", "card", "address"), CARDS)
def test_card_has_an_address(
    provider: str, settings: dict[str, str], name: str, card: str, address: str | None
) -> None:
    assert registry.CRM[provider].card_url(settings, name, card) == address
