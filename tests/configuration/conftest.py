"""A migrated database, and two pretend providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tracker.configuration.apply import apply
from tracker.configuration.difference import Change
from tracker.configuration.reading import read
from tracker.configuration.work import ProviderRules
from tracker.database import prepare_engine, writing
from tracker.errors import InvalidInput
from tracker.providers.settings import SettingField, read_settings

SECRET_KEY = "secret key of the tests"
FIELDS = {
    "telephony/pretend": (SettingField("secret", "Secret", kind="secret"),),
    "crm/pretend": (
        SettingField("base_url", "Address", kind="url", default="https://crm.example.com"),
        SettingField("token", "Token", kind="secret"),
        SettingField("refresh", "Refresh token", kind="secret", required=False),
        SettingField("expires_at", "Token expires", required=False),
    ),
}


def _fields(provider: str) -> tuple[SettingField, ...]:
    if provider not in FIELDS:
        raise InvalidInput(f"unknown provider {provider!r}", "provider")
    return FIELDS[provider]


PROVIDERS = ProviderRules(
    complete=lambda provider, settings: read_settings(_fields(provider), settings),
    settings=lambda provider: {field.name: field.kind == "secret" for field in _fields(provider)},
)


@pytest.fixture
def secret_key() -> str:
    return SECRET_KEY


@pytest.fixture
def providers() -> ProviderRules:
    return PROVIDERS


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    prepare_engine(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


Apply = Callable[..., list[str]]


@pytest.fixture
def apply_text(session: Session) -> Apply:
    """Applies YAML in a transaction of its own; returns the changes as printed."""

    def run(text: str, secret_key: str = SECRET_KEY, **options: object) -> list[str]:
        document = read(text, {}, "skvoz.yaml")
        with writing(session):
            changes: list[Change] = apply(session, document, PROVIDERS, secret_key, **options)
        return [str(change) for change in changes]

    return run
