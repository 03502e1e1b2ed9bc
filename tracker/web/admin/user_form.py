"""The forms of users: a role on every site, and others on single sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, Field, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, Regexp

from tracker.access import passwords
from tracker.access.models import Role
from tracker.sites.models import Site
from tracker.web.admin import words

AT = "at_"  # before the id of a site
LENGTH = Length(passwords.SHORTEST, passwords.LONGEST, message=_("Use %(min)d to %(max)d characters."))


class RolesForm(FlaskForm):  # type: ignore[misc]
    """What somebody may do; `with_sites` adds a field per site."""

    role = SelectField(_("Role on every site"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = [*_choices(Role), SelectChoice("", _("none, only the sites below"))]

    @property
    def site_fields(self) -> list[Field]:
        """The roles on single sites, by the name of the site."""
        return [field for field in self if field.name.startswith(AT)]

    def everywhere(self) -> Role | None:
        """The role on every site."""
        return Role(self.role.data) if self.role.data else None

    def by_site(self) -> dict[int, Role]:
        """Site id to the role there, where it is another than on every site."""
        return {int(field.name.removeprefix(AT)): Role(field.data) for field in self.site_fields if field.data}


class NewUserForm(RolesForm):
    """A colleague to be let in."""

    email = EmailField(
        _("Email"),
        [
            DataRequired(_("Type an email.")),
            Regexp(r"^[^@\s]+@[^@\s]+$", message=_("This is not an email address.")),
        ],
    )
    password = PasswordField(_("First password"), [DataRequired(_("Choose a password.")), LENGTH])


class UserForm(RolesForm):
    """Changes of a user."""

    password = PasswordField(_("New password"), [Optional(), LENGTH], description=_("Empty keeps the present one."))
    enabled = BooleanField(_("May log in"))
    without_second_factor = BooleanField(
        _("Switch the second factor off"), description=_("For somebody who has lost phone and recovery codes.")
    )


def with_sites(
    kind: type[RolesForm], sites: Sequence[Site], role: Role | None, by_site: Mapping[int, Role], **values: object
) -> RolesForm:
    """Makes a form with a field per site, showing the present roles."""
    choices = [SelectChoice("", _("as on every site")), *_choices(role for role in Role if role is not Role.OWNER)]
    fields = {f"{AT}{site.id}": SelectField(site.name, choices=choices) for site in sites}
    made: type[RolesForm] = type("WithSites", (kind,), fields)
    shown = {f"{AT}{site.id}": by_site.get(site.id, "") for site in sites}
    return made(data={"role": role or "", **shown, **values})


def _choices(roles: Any) -> list[SelectChoice]:
    return [SelectChoice(role.value, f"{words.ROLE[role]}: {words.ROLE_MEANING[role]}") for role in roles]
