"""The tables name every provider once, and every provider has its page."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import InvalidInput
from tracker.providers import registry

DOCS = Path(__file__).parents[2] / "docs" / "providers"


def test_settings_of_a_provider_are_its_declared_ones() -> None:
    assert [field.name for field in registry.settings_of("telephony/generic")] == ["secret"]


def test_unknown_provider_lists_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="email/generic") as caught:
        registry.settings_of("telephony/none")

    assert caught.value.field == "provider"


TABLES = (
    registry.TELEPHONY,
    registry.SWITCHBOARDS,
    registry.POLLED,
    registry.EMAIL,
    registry.MAILBOXES,
    registry.LISTENERS,
    registry.CRM,
)
PAYLOADS = Path(__file__).parent
SHARED_PAYLOADS = {"freepbx": "asterisk", "asterisk-sql": "asterisk"}
SHARED_PAGES = {"lmtp": "smtp"}


@pytest.mark.parametrize("table", TABLES)
def test_every_line_agrees_with_its_class(table: Mapping[str, Any]) -> None:
    for name, kind in table.items():
        assert name == kind.NAME
        assert all(field.label and field.name.isidentifier() for field in kind.SETTINGS)


@pytest.mark.parametrize("name", registry.known())
def test_every_provider_has_a_page_that_names_its_settings(name: str) -> None:
    family, _, short = name.partition("/")
    page = DOCS / (f"generic-{family}.md" if short == "generic" else f"{SHARED_PAGES.get(short, short)}.md")

    text = page.read_text()

    assert [field.name for field in registry.settings_of(name) if f"`{field.name}`" not in text] == []


TOLD = {**registry.TELEPHONY, **registry.SWITCHBOARDS, **registry.POLLED, **registry.EMAIL}


@pytest.mark.parametrize("name", TOLD)
def test_every_provider_that_is_told_has_a_module_and_recorded_messages(name: str) -> None:
    family, _, short = name.partition("/")
    module = sys.modules[TOLD[name].__module__]
    shared = SHARED_PAYLOADS.get(short, short)

    assert f".{family}.{shared}" in module.__name__
    assert name == "email/generic" or list((PAYLOADS / family / shared).iterdir()) != []
