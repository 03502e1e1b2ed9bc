"""The form of a site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.numbers import list_currencies
from flask_babel import get_locale
from flask_babel import gettext as now_gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional, Regexp, ValidationError

from tracker.sites.editing import EmailValues, SiteValues, TargetValues
from tracker.sites.models import EmailStyle, Site

HOST = re.compile(r"^(localhost|([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}|\d+(\.\d+){3})$")
ADDRESS = re.compile(r"^[^@\s]+@([^@\s]+\.[^@\s]+|localhost)$")


class SiteForm(FlaskForm):  # type: ignore[misc]
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
    unique_days = IntegerField(
        _("A repeat is whoever comes again within, days"),
        [NumberRange(0, 3650, _("From 0 to 3650."))],
        default=30,
        description=_("0: however long after. Changing this or what follows restates all reports."),
    )
    target_talk_seconds = IntegerField(
        _("Target call: talk of at least, seconds"),
        [NumberRange(0, 3600, _("From 0 to 3600."))],
        default=30,
        description=_("Letters, forms and the like are target inquiries anyway; missed calls are none."),
    )
    target_labels = StringField(
        _("Tags of target inquiries"),
        description=_("Separated by commas. What bears one of them is a target inquiry, whatever the talk."),
    )
    target_needs_label = BooleanField(_("Only these tags make a target inquiry"))
    never_target_labels = StringField(
        _("Tags of what is none"), description=_("Separated by commas, such as spam. They overrule all that.")
    )
    allow_tests = BooleanField(
        _("Allow tests"), description=_("Test visits are marked, and are not counted in figures.")
    )
    enabled = BooleanField(_("Switched on"), default=True)

    def __init__(self, site: Site | None = None) -> None:
        super().__init__(
            data=_values_of(site)
            if site
            else {
                "country": "RU",
                "timezone": "Europe/Moscow",
                "currency": "RUB",
                "language": str(get_locale()),
                "enabled": True,
                "threshold": 60,
                "unique_days": 30,
                "target_talk_seconds": 30,
            }
        )
        self.country.choices = [SelectChoice(*country) for country in countries(str(get_locale()))]
        self.timezone.choices = [SelectChoice(name, name.replace("_", " ")) for name in _timezones()]
        self.currency.choices = [SelectChoice(code) for code in _currencies()]
        if site is not None:
            del self.key

    def validate_domains(self, field: TextAreaField) -> None:
        """Each line is a host."""
        for number, host in _lines(hosts(field.data)):
            if not HOST.match(host):
                raise ValidationError(
                    now_gettext("Line %(number)d: “%(text)s” is not a domain.", number=number, text=host)
                )

    def validate_emails(self, field: TextAreaField) -> None:
        """Each line is an address, or an address with `catchall` and a domain."""
        for number, line in _lines((field.data or "").splitlines()):
            words = line.split()
            style_fits = len(words) == 1 or (len(words) == 3 and words[1] == "catchall" and HOST.match(words[2]))
            if not ADDRESS.match(words[0]) or not style_fits:
                raise ValidationError(
                    now_gettext("Line %(number)d: “%(text)s” is not an email address.", number=number, text=line)
                )

    def values(self) -> SiteValues:
        """What was typed, once it is valid."""
        return SiteValues(
            name=self.name.data.strip(),
            domains=tuple(host for host in hosts(self.domains.data) if host),
            country=self.country.data,
            timezone=self.timezone.data,
            currency=self.currency.data,
            language=self.language.data,
            allow_tests=self.allow_tests.data,
            enabled=self.enabled.data,
            threshold=self.threshold.data / 100,
            target=TargetValues(
                self.unique_days.data,
                self.target_talk_seconds.data,
                _labels(self.target_labels.data),
                self.target_needs_label.data,
                _labels(self.never_target_labels.data),
            ),
        )

    def email_values(self, site: Site | None = None) -> list[EmailValues]:
        """The tagged addresses that were typed, and the static ones the site has already."""
        typed = [_email(line.split()) for _number, line in _lines((self.emails.data or "").splitlines())]
        kept = [row for row in (site.emails if site else []) if row.style is EmailStyle.STATIC and row.enabled]
        return typed + [EmailValues(row.address, row.style, row.mail_domain, row.source) for row in kept]


def hosts(text: str | None) -> list[str]:
    """Lines as bare hosts: schemes, paths and ports are left out, capitals made small."""
    return [
        re.sub(r"^https?://", "", line.strip().lower()).split("/")[0].split(":")[0]
        for line in (text or "").splitlines()
    ]


def _labels(text: str | None) -> tuple[str, ...]:
    """The words of a comma-separated list as labels are kept: lower case, each once."""
    found = (" ".join(part.split()).lower() for part in (text or "").split(","))
    return tuple(dict.fromkeys(label for label in found if label))


def _lines(lines: Iterable[str]) -> list[tuple[int, str]]:
    return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def _email(words: list[str]) -> EmailValues:
    if len(words) == 3:
        return EmailValues(words[0].lower(), EmailStyle.CATCHALL, words[2].lower())
    return EmailValues(words[0].lower(), EmailStyle.PLUS)


def _values_of(site: Site) -> dict[str, object]:
    tagged = [row for row in site.emails if row.enabled and row.style is not EmailStyle.STATIC]
    return {
        "name": site.name,
        "domains": "\n".join(domain.host for domain in site.domains),
        "country": site.country,
        "timezone": site.timezone,
        "currency": site.currency,
        "language": site.language,
        "emails": "\n".join(
            f"{row.address} catchall {row.mail_domain}" if row.mail_domain else row.address for row in tagged
        ),
        "threshold": round(site.threshold * 100),
        "unique_days": site.unique_days,
        "target_talk_seconds": site.target_talk_seconds,
        "target_labels": ", ".join(site.target_labels),
        "target_needs_label": site.target_needs_label,
        "never_target_labels": ", ".join(site.never_target_labels),
        "allow_tests": site.allow_tests,
        "enabled": site.enabled,
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
