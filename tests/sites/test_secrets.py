import pytest

from tracker.errors import ConfigurationError
from tracker.sites.secrets import open_sealed, reseal, seal, unseal

SETTINGS = {"token": "t0ken-ключ", "base_url": "https://crm.example.com"}


def test_settings_come_back_as_sealed() -> None:
    assert unseal(seal(SETTINGS, "key"), "key") == SETTINGS


def test_sealed_text_shows_nothing_and_never_repeats() -> None:
    first, second = seal(SETTINGS, "key"), seal(SETTINGS, "key")

    assert first != second
    assert "t0ken" not in first
    assert "base_url" not in first


def test_another_key_is_refused_with_a_remedy() -> None:
    with pytest.raises(ConfigurationError, match="Put the former SECRET_KEY back"):
        unseal(seal(SETTINGS, "key"), "another")


def test_damaged_text_is_refused() -> None:
    sealed = seal(SETTINGS, "key")

    with pytest.raises(ConfigurationError):
        unseal(sealed[:-8] + "AAAAAAA=", "key")


def test_renewed_settings_replace_theirs_and_keep_what_the_file_gave() -> None:
    sealed = reseal(seal(SETTINGS, "key", given={"token": "t0ken-ключ"}), {"token": "new"}, "key")

    content = open_sealed(sealed, "key")

    assert content.settings == {"token": "new", "base_url": "https://crm.example.com"}
    assert content.given == {"token": "t0ken-ключ"}
