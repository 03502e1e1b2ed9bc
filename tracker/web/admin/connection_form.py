"""The form of a connection, drawn from the settings its provider declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, PasswordField, SelectField, StringField, TextAreaField, URLField
from wtforms.validators import DataRequired, Optional, Regexp

from tracker.providers.settings import SettingField

PREFIX = "setting_"
FIELDS: Mapping[str, type[Field]] = {
    "text": StringField,
    "url": URLField,
    "secret": PasswordField,
    "number": IntegerField,
    "bool": BooleanField,
    "lines": TextAreaField,
}


class ConnectionForm(FlaskForm):  # type: ignore[misc]
    """What every connection has; the provider's own fields are added by `connection_form`."""

    key = StringField(
        _("Key"),
        [
            DataRequired(_("Choose a key.")),
            Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", message=_("Use Latin letters, digits, dots and dashes.")),
        ],
        description=_("Short name, unique in the installation; part of the webhook address."),
    )
    site = SelectField(_("Site"))
    enabled = BooleanField(_("Switched on"), default=True)

    @property
    def setting_fields(self) -> list[Field]:
        """The provider's own fields, in the order it declares them."""
        return [field for field in self if field.name.startswith(PREFIX)]

    def settings(self) -> dict[str, str]:
        """Setting name to what was typed; empty ones left out."""
        typed = {field.name.removeprefix(PREFIX): _as_text(field.data) for field in self.setting_fields}
        return {name: value for name, value in typed.items() if value}


def _as_text(data: object) -> str:
    if isinstance(data, bool):
        return "true" if data else ""
    return "" if data is None else str(data).strip()


def connection_form(declared: Sequence[SettingField], stored: Mapping[str, str] | None = None) -> ConnectionForm:
    """Makes the form.

    Args:
        declared: the provider's settings.
        stored: the present values of an existing connection; its secrets are never sent to the browser, and an
            empty secret keeps the stored one.
    """
    asked = [field for field in declared if not field.is_ours]
    fields = {PREFIX + field.name: _field(field, stored) for field in asked}
    made: type[ConnectionForm] = type("ProviderForm", (ConnectionForm,), fields)
    form = made(data=_shown(asked, stored or {}))
    if stored is not None:
        del form.key
        del form.site
    return form


def _field(declared: SettingField, stored: Mapping[str, str] | None) -> Any:
    is_kept = declared.kind == "secret" and bool(stored and stored.get(declared.name))
    needed = declared.required and not is_kept and not declared.default and declared.kind != "bool"
    check = DataRequired(_("This is needed.")) if needed else Optional()
    hint = gettext("Leave empty to keep the present one.") if is_kept else declared.help and gettext(declared.help)
    return FIELDS[declared.kind](_label(declared), [check], description=hint)


def _label(declared: SettingField) -> str:
    label: str = gettext(declared.label)
    if not declared.required and declared.kind != "bool":
        label = gettext("%(label)s (optional)", label=label)
    return label


def _shown(declared: Sequence[SettingField], stored: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {"enabled": True}
    for field in declared:
        if field.kind != "secret":
            value = stored.get(field.name, field.default)
            values[PREFIX + field.name] = value == "true" if field.kind == "bool" else value
    return values
