"""Forms of alerts: a channel of each kind, and the thresholds of a site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FloatField, PasswordField, SelectField, StringField, URLField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from tracker.alerts.models import ChannelKind, Condition
from tracker.alerts.thresholds import OF_A_SITE, Threshold

SHARE = Condition.COVERAGE  # the only threshold that people read as per cent


class ChannelForm(FlaskForm):  # type: ignore[misc]
    """What every channel has."""

    name = StringField(
        _("Name"),
        [DataRequired(_("Choose a name.")), Length(max=100)],
        description=_("How the list calls it, such as “sales team”."),
    )
    site = SelectField(_("Site"))

    def settings(self) -> dict[str, str]:
        """What the kind needs; empty values left out."""
        own = {field.name: (field.data or "").strip() for field in self.own_fields}
        return {name: value for name, value in own.items() if value}

    def keep_secrets(self) -> None:
        """Lets an empty secret mean the present one."""
        for field in self.own_fields:
            if isinstance(field, PasswordField):
                field.validators = [Optional(), *(one for one in field.validators if not isinstance(one, DataRequired))]
                field.flags.required = False
                field.description = _("Leave empty to keep the present one.")

    @property
    def own_fields(self) -> list[Field]:
        """The fields of the kind."""
        return [field for field in self if field.name not in ("name", "site", "csrf_token")]


class MailForm(ChannelForm):
    """Letters."""

    to = StringField(
        _("Addresses"),
        [
            DataRequired(_("Type an email.")),
            Regexp(
                r"^\s*[^\s@,]+@[^\s@,]+\s*(,\s*[^\s@,]+@[^\s@,]+\s*)*$", message=_("Type addresses, comma-separated.")
            ),
        ],
        description=_("Several are separated by commas."),
    )


class TelegramForm(ChannelForm):
    """Messages of a bot."""

    token = PasswordField(
        _("Token of the bot"),
        [DataRequired(_("This is needed.")), Regexp(r"^\d+:[\w-]+$", message=_("It looks like 123456:ABC-DEF…"))],
        description=_("@BotFather gives it."),
    )
    chat = StringField(
        _("Chat"),
        [DataRequired(_("This is needed.")), Regexp(r"^(-?\d+|@\w+)$", message=_("A number, or @name of a channel."))],
        description=_("Number of the chat, or @name of a public channel, where the bot is a member."),
    )
    base_url = URLField(
        _("Address of the Bot API"),
        [Optional(), Regexp(r"^https?://", message=_("It begins with https://"))],
        description=_("Empty means api.telegram.org."),
    )


class WebhookForm(ChannelForm):
    """Signed requests."""

    url = URLField(
        _("Address"),
        [DataRequired(_("This is needed.")), Regexp(r"^https?://[^\s/]+", message=_("It begins with https://"))],
        description=_("Gets JSON with every alert."),
    )


FORMS: Mapping[ChannelKind, type[ChannelForm]] = {
    ChannelKind.MAIL: MailForm,
    ChannelKind.TELEGRAM: TelegramForm,
    ChannelKind.WEBHOOK: WebhookForm,
}

UNITS: Mapping[Condition, Any] = {
    Condition.MISSED_CALL: _("calls within an hour; 1 tells of each"),
    Condition.COVERAGE: _("per cent; below that in 24 hours"),
    Condition.NO_PAGE_VIEWS: _("hours"),
    Condition.DELIVERIES_STUCK: _("minutes"),
    Condition.TOKEN_ENDING: _("days before"),
}


class ThresholdsForm(FlaskForm):  # type: ignore[misc]
    """The thresholds of a site; `thresholds_form` adds two fields per condition."""

    def thresholds(self) -> dict[Condition, Threshold]:
        """What was typed, by condition."""
        return {condition: Threshold(self._value(condition), self[f"on_{condition}"].data) for condition in OF_A_SITE}

    def _value(self, condition: Condition) -> float:
        if condition not in UNITS:
            return 0
        typed = float(self[f"at_{condition}"].data)
        return typed / 100 if condition is SHARE else typed


def thresholds_form(present: Mapping[Condition, Threshold], names: Mapping[Condition, Any]) -> ThresholdsForm:
    """Makes the form, showing the present thresholds under the names of their conditions."""
    fields: dict[str, Any] = {}
    shown: dict[str, object] = {}
    for condition in OF_A_SITE:
        fields[f"on_{condition}"] = BooleanField(names[condition])
        shown[f"on_{condition}"] = present[condition].enabled
        if condition in UNITS:
            most = 100 if condition is SHARE else 10_000
            check = NumberRange(1, most, message=_("Use a number from %(min)s to %(max)s."))
            fields[f"at_{condition}"] = FloatField(_("Threshold"), [check], description=UNITS[condition])
            value = float(present[condition].value)
            value = round(value * 100, 1) if condition is SHARE else value
            shown[f"at_{condition}"] = int(value) if value.is_integer() else value
    made: type[ThresholdsForm] = type("OfSite", (ThresholdsForm,), fields)
    return made(data=shown)
