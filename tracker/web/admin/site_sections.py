"""Sections of a site's form that stand for themselves: which calls count, and what reports call target inquiries."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import NumberRange

from tracker.sites.editing import CallerValues, TargetValues
from tracker.sites.models import Site
from tracker.values import phone
from tracker.web.admin import site_lines

CALLERS = ("staff_phones", "test_callers", "blocked_callers")


class CallFields(FlaskForm):  # type: ignore[misc]
    """Which calls are kept and not counted. The form that takes them has a field `country`."""

    staff_phones = TextAreaField(
        _("Telephones of the company"), description=_("One a line, in any writing: calls between colleagues.")
    )
    test_callers = TextAreaField(_("Telephones for trying things out"), description=_("One a line."))
    blocked_callers = TextAreaField(_("Callers to leave alone"), description=_("One a line: suppliers, wrong numbers."))
    short_call_seconds = IntegerField(
        _("Shortest call that counts: talk of, seconds"),
        [NumberRange(0, 3600, _("From 0 to 3600."))],
        default=0,
        description=_("An answered call with less talk is not counted. 0 counts them all."),
    )
    deliver_uncounted = BooleanField(
        _("Tell CRMs of what is not counted, too"),
        description=_("Otherwise it stays in the journal and goes nowhere."),
    )

    def validate_staff_phones(self, field: TextAreaField) -> None:
        """Each line is a phone number."""
        self._phones(field)

    def validate_test_callers(self, field: TextAreaField) -> None:
        """Each line is a phone number."""
        self._phones(field)

    def validate_blocked_callers(self, field: TextAreaField) -> None:
        """Each line is a phone number."""
        self._phones(field)

    def caller_values(self) -> CallerValues:
        """What was typed, once it is valid."""
        return CallerValues(
            self._phones(self.staff_phones),
            self._phones(self.test_callers),
            self._phones(self.blocked_callers),
            self.short_call_seconds.data,
            self.deliver_uncounted.data,
        )

    def _phones(self, field: TextAreaField) -> tuple[str, ...]:
        text = "\n".join((field.data or "").replace(";", ",").split(",")) if field.data else ""
        return tuple(dict.fromkeys(site_lines.each(text, site_lines.phone_reader(self.country.data))))


class TargetFields(FlaskForm):  # type: ignore[misc]
    """What reports call unique and target inquiries."""

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

    def target_values(self) -> TargetValues:
        """What was typed, once it is valid."""
        return TargetValues(
            self.unique_days.data,
            self.target_talk_seconds.data,
            _labels(self.target_labels.data),
            self.target_needs_label.data,
            _labels(self.never_target_labels.data),
        )


def calls_of(site: Site) -> dict[str, object]:
    """The fields of `CallFields` as a site has them."""
    lists = {name: "\n".join(map(phone.display, getattr(site, name))) for name in CALLERS}
    return {**lists, "short_call_seconds": site.short_call_seconds, "deliver_uncounted": site.deliver_uncounted}


def targets_of(site: Site) -> dict[str, object]:
    """The fields of `TargetFields` as a site has them."""
    return {
        "unique_days": site.unique_days,
        "target_talk_seconds": site.target_talk_seconds,
        "target_labels": ", ".join(site.target_labels),
        "target_needs_label": site.target_needs_label,
        "never_target_labels": ", ".join(site.never_target_labels),
    }


def _labels(text: str | None) -> tuple[str, ...]:
    """The words of a comma-separated list as labels are kept: lower case, each once."""
    found = (" ".join(part.split()).lower() for part in (text or "").split(","))
    return tuple(dict.fromkeys(label for label in found if label))
