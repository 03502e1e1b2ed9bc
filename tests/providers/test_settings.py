"""Settings are read alike from a file, a form and a program."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidInput
from tracker.providers.settings import SettingField, read_settings


def _even(text: str) -> None:
    if int(text) % 2:
        raise InvalidInput("use an even number", "number")


FIELDS = (
    SettingField("name", "Name"),
    SettingField("switch", "Switch", kind="bool", required=False),
    SettingField("number", "Number", required=False, check=_even),
)


@pytest.mark.parametrize("value", [True, "true", "True", "yes", "on", "1", 1])
def test_switch_that_is_on_reads_true(value: object) -> None:
    assert read_settings(FIELDS, {"name": "x", "switch": value})["switch"] == "true"


@pytest.mark.parametrize("value", [False, "false", "no", "", None, 0])
def test_switch_that_is_off_is_empty(value: object) -> None:
    assert read_settings(FIELDS, {"name": "x", "switch": value})["switch"] == ""


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "settings.name"),
        ({"name": ""}, "settings.name"),
        ({"name": "x", "colour": "red"}, "settings.colour"),
        ({"name": "x", "number": "3"}, "settings.number"),
    ],
)
def test_wrong_setting_is_named(said: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(FIELDS, said)

    assert caught.value.field == field


def test_empty_value_is_not_checked() -> None:
    assert read_settings(FIELDS, {"name": "x"}) == {"name": "x", "switch": "", "number": ""}
