"""The forms of a pool: its settings, and those of one number."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as now_gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from tracker.errors import InvalidInput
from tracker.pools import conditions
from tracker.pools.editing import NumberValues, PoolValues
from tracker.pools.models import LeaseOn, Number, Overflow, Pool, PoolKind
from tracker.values import phone
from tracker.web.admin import words

MINUTE, HOUR, DAY = 60, 3600, 86_400
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


class PoolForm(FlaskForm):  # type: ignore[misc]
    """All options of a pool; durations in the unit that people think in."""

    key = StringField(
        _("Key"),
        [
            DataRequired(_("Choose a key.")),
            Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", message=_("Use Latin letters, digits, dots and dashes.")),
        ],
        description=_("Short name, such as “ads”. It cannot be changed later."),
    )
    kind = SelectField(
        _("Kind"),
        choices=[
            SelectChoice("dynamic", _("Dynamic: a number for each visitor")),
            SelectChoice("static", _("Static: one source for good")),
        ],
    )
    swap = StringField(
        _("Original number"),
        [DataRequired(_("Type the number as it stands on the pages."))],
        description=_("The number on the pages that is replaced, in any writing."),
    )
    channel = SelectMultipleField(
        _("Channels"),
        choices=[SelectChoice(name, word) for name, word in words.CHANNEL.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_("Nothing chosen means every channel."),
    )
    when = TextAreaField(
        _("Other conditions"),
        [Optional()],
        description=_("One a line, as in the configuration file: utm_source: google, yandex"),
    )
    priority = IntegerField(
        _("Priority"),
        [NumberRange(0, 1000)],
        default=0,
        description=_("Of several pools that fit, the highest serves."),
    )
    hold = IntegerField(
        _("Hold, minutes"),
        [NumberRange(1, 1440, _("From 1 to 1440."))],
        default=15,
        description=_("How long a number rests with its visitor after his last sign of life."),
    )
    max_age = IntegerField(
        _("Longest time with one visitor, hours"), [NumberRange(1, 720, _("From 1 to 720."))], default=24
    )
    sticky = IntegerField(
        _("Remember the former number, days"),
        [NumberRange(0, 365, _("From 0 to 365."))],
        default=30,
        description=_("A returning visitor gets the same number again when it is free."),
    )
    lease_on = SelectField(
        _("When a visitor gets a number"),
        choices=[SelectChoice(each.value, words.LEASE_ON[each]) for each in LeaseOn],
        description=_("Engaged: scrolled, clicked, typed, or stayed for two seconds."),
    )
    overflow = SelectField(
        _("When no number is free"), choices=[SelectChoice(each.value, words.OVERFLOW[each]) for each in Overflow]
    )
    overflow_number = StringField(_("Fixed number"))
    paid_reserve = IntegerField(
        _("Kept back for paid clicks"),
        [NumberRange(0, 10_000)],
        default=0,
        description=_("So many free numbers are given to paid clicks only."),
    )
    network_limit = IntegerField(
        _("Numbers per network at most"),
        [NumberRange(0, 100_000)],
        default=50,
        description=_("A guard against machines. 0 means no limit."),
    )
    messengers = BooleanField(_("Swap in messenger links too (sms:, wa.me, whatsapp:)"))
    utm_source = StringField("utm_source")
    utm_medium = StringField("utm_medium", [Optional()])
    utm_campaign = StringField("utm_campaign", [Optional()])
    utm_term = StringField("utm_term", [Optional()])
    utm_content = StringField("utm_content", [Optional()])
    enabled = BooleanField(_("Switched on"), default=True)

    def __init__(self, country: str, pool: Pool | None = None) -> None:
        super().__init__(data=_values_of(pool) if pool else {"enabled": True, "lease_on": LeaseOn.ENGAGEMENT.value})
        self._country = country
        if pool is not None:
            del self.key

    def validate_swap(self, field: StringField) -> None:
        """The original is a phone number."""
        _check_phone(field, self._country)

    def validate_overflow_number(self, field: StringField) -> None:
        """Needed for the static overflow only, and then a phone number."""
        if self.overflow.data == Overflow.STATIC.value or field.data:
            _check_phone(field, self._country)

    def validate_utm_source(self, field: StringField) -> None:
        """A static pool stands for a source."""
        if self.kind.data == PoolKind.STATIC.value and not field.data:
            raise ValidationError(now_gettext("A static pool needs a source, such as “billboard”."))

    def validate_when(self, field: TextAreaField) -> None:
        """Each line is a known condition and what it must fit."""
        for number, line in enumerate((field.data or "").splitlines(), 1):
            if line.strip() and not all(part.strip() for part in line.partition(":")):
                raise ValidationError(now_gettext("Line %(number)d: write a name, a colon and values.", number=number))
        try:
            conditions.read(self._conditions())
        except InvalidInput as error:
            name = (error.field or "").removeprefix("when.")
            raise ValidationError(now_gettext("“%(name)s” cannot be read: %(why)s.", name=name, why=str(error)))

    def values(self) -> PoolValues:
        """What was typed, once it is valid."""
        kind = PoolKind(self.kind.data)
        source = {name: self[name].data.strip() for name in UTM if self[name].data}
        return PoolValues(
            kind=kind,
            swap=phone.parse(self.swap.data, self._country) or "",
            conditions=self._conditions(),
            priority=self.priority.data,
            hold_seconds=self.hold.data * MINUTE,
            max_age_seconds=self.max_age.data * HOUR,
            sticky_seconds=self.sticky.data * DAY,
            lease_on=LeaseOn(self.lease_on.data),
            overflow=Overflow(self.overflow.data),
            overflow_number=phone.parse(self.overflow_number.data or "", self._country),
            paid_reserve=self.paid_reserve.data,
            network_limit=self.network_limit.data,
            messengers=self.messengers.data,
            source=source if kind is PoolKind.STATIC else None,
            enabled=self.enabled.data,
        )

    def _conditions(self) -> dict[str, Any]:
        found: dict[str, Any] = {"channel": list(self.channel.data)} if self.channel.data else {}
        for line in (self.when.data or "").splitlines():
            name, _colon, values = line.partition(":")
            if name.strip():
                found[name.strip()] = _read_values(values)
        return found


def _check_phone(field: StringField, country: str) -> None:
    if phone.parse(field.data or "", country) is None:
        raise ValidationError(now_gettext("This is not a phone number."))


def _read_values(text: str) -> list[str] | str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return parts if len(parts) > 1 else parts[0]


def _values_of(pool: Pool) -> dict[str, object]:
    conditions = dict(pool.conditions)
    channel = conditions.pop("channel", [])
    return {
        "kind": pool.kind.value,
        "swap": phone.display(pool.swap),
        "channel": [channel] if isinstance(channel, str) else channel,
        "when": "\n".join(f"{name}: {_write_values(value)}" for name, value in conditions.items()),
        "priority": pool.priority,
        "hold": pool.hold_seconds // MINUTE,
        "max_age": pool.max_age_seconds // HOUR,
        "sticky": pool.sticky_seconds // DAY,
        "lease_on": pool.lease_on.value,
        "overflow": pool.overflow.value,
        "overflow_number": phone.display(pool.overflow_number) if pool.overflow_number else "",
        "paid_reserve": pool.paid_reserve,
        "network_limit": pool.network_limit,
        "messengers": pool.messengers,
        "enabled": pool.enabled,
        **(pool.source or {}),
    }


def _write_values(value: object) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)


class NumberForm(FlaskForm):  # type: ignore[misc]
    """One number."""

    label = StringField(_("Label"), [Optional()])
    line = StringField(_("Line at the PBX"), [Optional()])
    forwards_to = StringField(_("Forwards to"), [Optional()])
    cost = DecimalField(_("Cost per month"), [Optional(), NumberRange(0)], places=2)
    enabled = BooleanField(_("Switched on"))

    def __init__(self, number: Number) -> None:
        super().__init__(obj=number, data={"cost": number.cost_minor / 100 if number.cost_minor is not None else None})

    def values(self) -> NumberValues:
        """What was typed, once it is valid."""
        return NumberValues(
            label=self.label.data or None,
            line=self.line.data or None,
            forwards_to=self.forwards_to.data or None,
            cost_minor=None if self.cost.data is None else round(self.cost.data * 100),
            enabled=self.enabled.data,
        )
