"""The form of a site."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.numbers import list_currencies
from flask_babel import get_locale
from flask_babel import gettext as now_gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional, Regexp, ValidationError

from tracker.extensions import db
from tracker.sites import editing
from tracker.sites.editing import SiteValues
from tracker.sites.models import EmailStyle, Site
from tracker.web.admin import site_lines
from tracker.web.admin.scope import lifted
from tracker.web.admin.site_sections import CallFields, TargetFields, calls_of, targets_of

AT_FIRST = {
    "country": "RU",
    "timezone": "Europe/Moscow",
    "currency": "RUB",
    "enabled": True,
    "threshold": 60,
    "unique_days": 30,
    "target_talk_seconds": 30,
    "short_call_seconds": 0,
    "tag_length": "6",
}


class SiteForm(CallFields, TargetFields):
    """Everything a person may set; lists are one entry a line."""

    key = StringField(
        _("Key"),
        [
            DataRequired(_("Choose a key.")),
            Regexp(r"^[a-z0-9][a-z0-9-]{0,62}$", message=_("Use small Latin letters, digits and dashes.")),
        ],
        description=_("Short name in the snippet and in addresses. It cannot be changed later."),
    )
    name = StringField(_("Name"), [DataRequired(_("Name the company or the site."))])
    domains = TextAreaField(
        _("Domains"),
        [DataRequired(_("Name at least one domain."))],
        description=_("One a line. Sub-domains are included."),
    )
    country = SelectField(_("Country"), description=_("How phone numbers without + are read."))
    timezone = SelectField(_("Time zone"))
    currency = SelectField(_("Currency"))
    language = SelectField(
        _("Language of notes"),
        choices=[SelectChoice("ru", "Русский"), SelectChoice("en", "English")],
        description=_("In what language we write into the CRM."),
    )
    emails = TextAreaField(
        _("Email addresses to tag"),
        [Optional()],
        description=_(
            "One a line, as written on the pages. Every visitor sees sales+k3v9xq@… with a tag of his own. "
            "Write “catchall in.example.com” after an address to show k3v9xq@in.example.com instead."
        ),
    )
    threshold = IntegerField(
        _("Name a visitor from this probability, %"),
        [NumberRange(1, 100, _("From 1 to 100."))],
        default=60,
        description=_("Below it a call stays “unknown”: we do not guess."),
    )
    static_emails = TextAreaField(
        _("Addresses that stand for one source"),
        description=_(
            "One a line: the address, a space, its tags as in a link. It is not tagged; letters to it came from there."
        ),
    )
    channels = TextAreaField(
        _("Own rules of channels"),
        description=_(
            "One a line: a channel, a space, what its visits must fit. Commas part alternatives, * may stand at either "
            "end. The first rule that fits comes before ours; for new visits."
        ),
    )
    tag_length = SelectField(
        _("Characters of an email tag"),
        choices=[SelectChoice("6", "6"), SelectChoice("7", "7")],
        description=_("6 are enough for 480 million visitors."),
    )
    allow_tests = BooleanField(
        _("Allow tests"), description=_("Test visits are marked, and are not counted in figures.")
    )
    enabled = BooleanField(_("Switched on"), default=True)

    def __init__(self, site: Site | None = None) -> None:
        super().__init__(data=_values_of(site) if site else {**AT_FIRST, "language": str(get_locale())})
        self._site_id = site.id if site else None
        self.country.choices = [SelectChoice(*country) for country in countries(str(get_locale()))]
        self.timezone.choices = [SelectChoice(name, name.replace("_", " ")) for name in _timezones()]
        self.currency.choices = [SelectChoice(code) for code in _currencies()]
        if site is not None:
            del self.key

    def validate_domains(self, field: TextAreaField) -> None:
        """Each line is a host."""
        site_lines.each(field.data, site_lines.read_host)

    def validate_emails(self, field: TextAreaField) -> None:
        """Each line is an address, or an address with `catchall` and a domain."""
        site_lines.each(field.data, site_lines.read_tagged)

    def validate_static_emails(self, field: TextAreaField) -> None:
        """Each line is an address with its source, which stands nowhere else."""
        typed = [one.address for one in site_lines.each(field.data, site_lines.read_static)]
        tagged = {line.split()[0].lower() for _number, line in site_lines.numbered(self.emails.data)}
        for address in typed:
            if address in tagged or typed.count(address) > 1:
                raise ValidationError(now_gettext("%(address)s stands twice on this page.", address=address))
        with lifted():
            for address in editing.static_elsewhere(db.session(), typed, self._site_id):
                raise ValidationError(now_gettext("%(address)s belongs to another site.", address=address))

    def validate_channels(self, field: TextAreaField) -> None:
        """Each line is a rule."""
        site_lines.each(field.data, site_lines.read_rule)

    def values(self) -> SiteValues:
        """What was typed, once it is valid."""
        return SiteValues(
            name=self.name.data.strip(),
            domains=tuple(site_lines.each(self.domains.data, site_lines.read_host)),
            country=self.country.data,
            timezone=self.timezone.data,
            currency=self.currency.data,
            language=self.language.data,
            allow_tests=self.allow_tests.data,
            enabled=self.enabled.data,
            threshold=self.threshold.data / 100,
            tag_length=int(self.tag_length.data),
            channels=tuple(site_lines.each(self.channels.data, site_lines.read_rule)),
            target=self.target_values(),
            callers=self.caller_values(),
            emails=(
                *site_lines.each(self.emails.data, site_lines.read_tagged),
                *site_lines.each(self.static_emails.data, site_lines.read_static),
            ),
        )


def _values_of(site: Site) -> dict[str, object]:
    used = [row for row in site.emails if row.enabled]
    is_static = EmailStyle.STATIC
    return {
        "name": site.name,
        "domains": "\n".join(domain.host for domain in site.domains),
        "country": site.country,
        "timezone": site.timezone,
        "currency": site.currency,
        "language": site.language,
        "emails": "\n".join(site_lines.write_tagged(row) for row in used if row.style is not is_static),
        "static_emails": "\n".join(site_lines.write_static(row) for row in used if row.style is is_static),
        "channels": "\n".join(map(site_lines.write_rule, site.channels)),
        "tag_length": str(site.tag_length),
        "threshold": round(site.threshold * 100),
        "allow_tests": site.allow_tests,
        "enabled": site.enabled,
        **calls_of(site),
        **targets_of(site),
    }


@lru_cache(maxsize=2)
def countries(language: str) -> list[tuple[str, str]]:
    """Code and name of every country with a numbering plan, by name."""
    names = Locale.parse(language).territories
    known = [(code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS]
    return sorted(known, key=lambda pair: pair[1])


@lru_cache(maxsize=1)
def _timezones() -> list[str]:
    return sorted(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right"))
    )


@lru_cache(maxsize=1)
def _currencies() -> list[str]:
    first = ["RUB", "KZT", "BYN", "UAH", "USD", "EUR", "GBP"]
    return first + sorted(set(list_currencies()) - set(first))
