"""The interface speaks Russian as well as English."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from tracker.config import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts" / "translations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_has_a_russian_translation(script: ModuleType) -> None:
    russian = script.translated(script.FOLDER / "ru" / "LC_MESSAGES" / "messages.po")

    missing = []
    for message in script.texts():
        found = russian.get(message.id) if message.id else None
        if message.id and (found is None or not all(found.string if found.pluralizable else [found.string])):
            missing.append(message.id)

    assert missing == [], "run scripts/translations.py and translate them"


def test_translations_keep_the_placeholders(script: ModuleType) -> None:
    russian = script.translated(script.FOLDER / "ru" / "LC_MESSAGES" / "messages.po")

    for message in russian:
        texts = message.string if message.pluralizable else [message.string]
        original = message.id[0] if message.pluralizable else message.id
        for text in texts if message.id else ():
            assert placeholders(text) == placeholders(original), message.id


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)\w", text))
