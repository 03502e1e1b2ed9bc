"""How a provider class declares its settings; one form draws them, one check reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import InvalidInput

SWITCHED_ON = ("true", "yes", "on", "1")


@dataclass(frozen=True)
class SettingField:
    """One setting of a connection.

    Args:
        name: key in `settings:` of the configuration file, for example `base_url`.
        label: what the form shows, a translatable English phrase.
        kind: `text`, `url`, `secret`, `number`, `bool` or `lines` (a text of several lines); secrets are encrypted
            and exported as `***`.
        required: an empty value is refused.
        help: where to find the value in the provider's console.
        check: raises `InvalidInput` for a value that cannot be used; not asked about an empty one.
        needs: another setting, without which this one cannot be used.
        is_ours: Skvoz writes it itself, so nobody is asked for it.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = True
    default: str = ""
    help: str = ""
    check: Callable[[str], object] | None = None
    needs: str | None = None
    is_ours: bool = False


def read_settings(fields: Sequence[SettingField], settings: Mapping[str, object]) -> dict[str, str]:
    """Checks a connection's settings against the declared fields and completes the defaults.

    Raises:
        InvalidInput: an unknown key, or a required value is missing; `field` is `settings.<name>`.
    """
    known = {field.name for field in fields}
    for name in settings:
        if name not in known:
            raise InvalidInput(f"unknown setting {name!r}; known: {', '.join(sorted(known))}", f"settings.{name}")
    values = {field.name: _text(field, settings.get(field.name) or field.default) for field in fields}
    for field in fields:
        if field.required and not values[field.name]:
            raise InvalidInput(f"{field.name} is required: {field.label}", f"settings.{field.name}")
        if field.needs and values[field.name] and not values[field.needs]:
            raise InvalidInput(f"{field.needs} is required with {field.name}", f"settings.{field.needs}")
        if field.check is not None and values[field.name]:
            _checked(field, field.check, values[field.name])
    return values


def _text(field: SettingField, value: object) -> str:
    """A switch is `true` or empty, whether a file, a form or a program has set it."""
    if field.kind == "bool":
        return "true" if str(value).strip().lower() in SWITCHED_ON else ""
    return str(value)


def _checked(field: SettingField, check: Callable[[str], object], value: str) -> None:
    try:
        check(value)
    except InvalidInput as error:
        raise InvalidInput(f"{field.name}: {error}", f"settings.{field.name}") from error
