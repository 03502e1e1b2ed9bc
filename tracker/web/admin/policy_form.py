"""The form of a CRM's policy: the words of the configuration file as fields, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional

from tracker.deliveries.facts import DEFAULT_FIELDS, FORM_FIELD_PREFIX, NAME_PARTS, VALUE_NAMES
from tracker.deliveries.policy import FieldRule, First, Policy, Repeat
from tracker.deliveries.policy_file import CONTACT_OWNER, read_policy
from tracker.errors import InvalidInput
from tracker.web.admin import words

ALWAYS = "!"  # behind a field that is overwritten
MINUTE = 60
Given = dict[str, Any]

WRONG: Mapping[str, Any] = {
    "contact_name": _("Use only these parts: %(parts)s."),
    "deal_name": _("Use only these parts: %(parts)s."),
    "fields": _("Write one a line, as “ga_id: GA_id”. Our values: %(values)s, and %(prefix)sNAME of forms."),
    "extensions": _("Write one a line, as “101: 502”."),
    "rules": _("Write exceptions as in the example below; the words are those of the configuration file."),
}


class PolicyForm(FlaskForm):  # type: ignore[misc]
    """What an inquiry becomes in a CRM; lists are one entry a line."""

    first = SelectField(_("Somebody the CRM does not know"))
    repeat = SelectField(_("Somebody it knows"))
    pipeline = StringField(_("Pipeline"), description=_("Number of the pipeline in the CRM; empty: its default one."))
    stage = StringField(_("Stage"), description=_("Number or code of the stage; empty: the first one."))
    responsible = StringField(
        _("Responsible for new cards"),
        description=_("Numbers of users in the CRM, separated by commas: they take turns. Empty: the CRM decides."),
    )
    contact_owner = BooleanField(_("A new deal belongs to whoever owns the contact"))
    tags = StringField(_("Tags of new cards"), description=_("Separated by commas."))
    contact_name = StringField(_("Name of a new contact"), description=_("Such as {who}; empty: ours."))
    deal_name = StringField(_("Name of a new deal"), description=_("Such as {kind}: {who}; empty: ours."))
    missed_task = BooleanField(_("A missed call makes a task"))
    missed_after = IntegerField(_("Due after, minutes"), [Optional(), NumberRange(1, 10_080)])
    missed_owner = StringField(
        _("Whose task"), description=_("Number of the duty manager, for cards that nobody owns.")
    )
    review_task = BooleanField(_("The owner of a known card gets a task when somebody else answered"))
    extension_task = StringField(
        _("Who learns of an unknown extension"), description=_("Number of a user in the CRM; empty: nobody.")
    )
    extensions = TextAreaField(
        _("Who answered"), description=_("One a line: extension or login at the PBX, and the user in the CRM: 101: 502")
    )
    note_on = SelectField(_("The note goes to"))
    call_on = SelectField(_("The call record goes to"))
    visits = BooleanField(_("Visits of people the CRM knows are noted on their card"))
    unknown_visitors = BooleanField(_("A stranger from an advertisement makes a contact"))
    fields = TextAreaField(
        _("Fields"),
        description=_(
            "One a line: our value, and title, code or number of the field in the CRM. Only an empty field is filled; "
            "with ! behind it, it is overwritten. A line taken out is not written."
        ),
    )
    rules = TextAreaField(
        _("Exceptions"), description=_("The first one that fits counts. Conditions: kind, channel, tag, status.")
    )

    def __init__(self, given: Mapping[str, object]) -> None:
        super().__init__(data=_shown(given))
        self.first.choices = [SelectChoice(one.value, words.word(one, "first")) for one in First]
        self.repeat.choices = [SelectChoice(one.value, words.word(one, "repeat")) for one in Repeat]
        for field in (self.note_on, self.call_on):
            field.choices = [SelectChoice(name, words.word(name, "entity")) for name in ("contact", "deal")]

    def policy(self) -> Given | None:
        """The policy as a file would say it, without what is as usual; None: something is wrong, and its field says
        what."""
        given: Given = {}
        for name, read in PARTS.items():
            try:
                value = read(self)
                if value is not None and read_policy({name: value}) != read_policy({}):
                    given[name] = value
            except (InvalidInput, ValueError, yaml.YAMLError):
                self._complain(name)
        return None if self.errors else given

    def _complain(self, name: str) -> None:
        sentence = WRONG.get(name, _("This cannot be used."))
        about = {"values": ", ".join(VALUE_NAMES), "prefix": FORM_FIELD_PREFIX}
        about["parts"] = ", ".join(f"{{{part}}}" for part in NAME_PARTS)
        field = self.missed_after if name == "missed_task" else self[name]
        field.errors = [str(sentence) % about]


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _pairs(text: str | None) -> Iterator[tuple[str, str]]:
    """Lines such as `101: 502`.

    Raises:
        ValueError: one has no colon, or nothing before or behind it.
    """
    for line in filter(None, map(str.strip, (text or "").splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not (name and colon and value):
            raise ValueError(line)
        yield name, value


def _responsible(form: PolicyForm) -> list[str]:
    return ([CONTACT_OWNER] if form.contact_owner.data else []) + _words(form.responsible.data)


def _missed_task(form: PolicyForm) -> bool | Given:
    if not form.missed_task.data:
        return False
    after = {"after": f"{form.missed_after.data}m"} if form.missed_after.data else {}
    owner = (form.missed_owner.data or "").strip()
    return after | ({"responsible": owner} if owner else {})


def _fields(form: PolicyForm) -> Given:
    typed: Given = dict.fromkeys(DEFAULT_FIELDS)
    for ours, theirs in _pairs(form.fields.data):
        always = theirs.endswith(ALWAYS)
        title = theirs.removesuffix(ALWAYS).strip()
        typed[ours] = {"field": title, "fill": "always"} if always else title
    return {ours: theirs for ours, theirs in typed.items() if theirs != DEFAULT_FIELDS.get(ours)}


def _rules(form: PolicyForm) -> object:
    return yaml.safe_load(form.rules.data or "") or []


def _text(name: str) -> Callable[[PolicyForm], str | None]:
    return lambda form: (form[name].data or "").strip() or None


PARTS: Mapping[str, Callable[[PolicyForm], Any]] = {
    "first": _text("first"),
    "repeat": _text("repeat"),
    "pipeline": _text("pipeline"),
    "stage": _text("stage"),
    "responsible": _responsible,
    "tags": lambda form: _words(form.tags.data),
    "contact_name": _text("contact_name"),
    "deal_name": _text("deal_name"),
    "missed_task": _missed_task,
    "review_task": lambda form: form.review_task.data,
    "extension_task": _text("extension_task"),
    "note_on": _text("note_on"),
    "call_on": _text("call_on"),
    "extensions": lambda form: dict(_pairs(form.extensions.data)),
    "fields": _fields,
    "visits": lambda form: "note" if form.visits.data else "none",
    "unknown_visitors": lambda form: "contact" if form.unknown_visitors.data else "none",
    "rules": _rules,
}
"""Keys of the file, each with how the form says it."""


def _shown(given: Mapping[str, object]) -> Given:
    policy = read_policy(given)
    choice, task = policy.choice, policy.choice.missed_task
    rules = given.get("rules")
    return {
        "first": choice.first.value,
        "repeat": choice.repeat.value,
        "pipeline": choice.pipeline or "",
        "stage": choice.stage or "",
        "responsible": ", ".join(choice.owners),
        "contact_owner": choice.contact_owner,
        "tags": ", ".join(choice.tags),
        "contact_name": choice.contact_name or "",
        "deal_name": choice.deal_name or "",
        "missed_task": task is not None,
        "missed_after": int(task.after.total_seconds()) // MINUTE if task else None,
        "missed_owner": (task and task.owner) or "",
        "review_task": choice.review_task,
        "extension_task": choice.extension_task or "",
        "extensions": "\n".join(f"{who}: {user}" for who, user in policy.extensions.items()),
        "note_on": choice.note_on.value,
        "call_on": choice.call_on.value,
        "visits": policy.notes_visits,
        "unknown_visitors": policy.takes_strangers,
        "fields": "\n".join(_line(ours, rule) for ours, rule in _in_order(policy)),
        "rules": yaml.safe_dump(rules, allow_unicode=True, sort_keys=False) if rules else "",
    }


def _in_order(policy: Policy) -> list[tuple[str, FieldRule]]:
    places = list(VALUE_NAMES)
    last = len(places)
    return sorted(policy.fields.items(), key=lambda pair: places.index(pair[0]) if pair[0] in places else last)


def _line(ours: str, rule: FieldRule) -> str:
    return f"{ours}: {rule.field}{' ' + ALWAYS if rule.always else ''}"
