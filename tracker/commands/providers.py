"""Hands the knowledge of providers to the configuration, which stands before them."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.configuration.work import ProviderRules
from tracker.providers.registry import settings_of
from tracker.providers.settings import read_settings


def _complete(provider: str, settings: Mapping[str, str]) -> dict[str, str]:
    return read_settings(settings_of(provider), settings)


def _settings(provider: str) -> dict[str, bool]:
    return {field.name: field.kind == "secret" for field in settings_of(provider)}


PROVIDER_RULES = ProviderRules(complete=_complete, settings=_settings)
