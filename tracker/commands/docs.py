"""`skvoz docs`: the manual of the configuration file, for `docs/configuration.md`."""

from __future__ import annotations

import click

from tracker.configuration.manual import ProviderSettings, manual
from tracker.providers.registry import known, settings_of
from tracker.providers.settings import SettingField


@click.command(hidden=True)
def docs() -> None:
    """Write the manual of the configuration file to standard output."""
    click.echo(text(), nl=False)


def text() -> str:
    """Returns what belongs into docs/configuration.md."""
    return manual(ProviderSettings(name, [_row(field) for field in settings_of(name)]) for name in known())


def _row(field: SettingField) -> tuple[str, str, str, str]:
    default = f"`{field.default}`" if field.default else "**required**" if field.required else ""
    return field.name, field.kind, default, ". ".join(part for part in (field.label, field.help) if part)
