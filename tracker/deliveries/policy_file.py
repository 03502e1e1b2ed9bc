"""Reads the `policy:` of a connection in the configuration file; every mistake is named with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from tracker.deliveries.entities import EntityType
from tracker.deliveries.facts import DEFAULT_FIELDS, FORM_FIELD_PREFIX, NAME_PARTS, VALUE_NAMES, parts_of_template
from tracker.deliveries.policy import Choice, Condition, FieldRule, First, MissedTask, Policy, Repeat, Rule
from tracker.errors import InvalidInput
from tracker.inquiries.events import InquiryKind

DURATION = re.compile(r"(\d+)([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
CONTACT_OWNER = "contact-owner"
Word = TypeVar("Word", bound=Enum)


def read_policy(given: Mapping[str, object] | None) -> Policy:
    """Returns the policy that a `policy:` mapping describes; None or empty gives the default one.

    The whole shape, with its defaults, is in `docs/crm-policy.md`; for example
    `{first: contact+deal, repeat: event, fields: {ga_id: GA_id, ip: {field: IP, fill: always}},
    rules: [{when: {kind: call, status: missed}, first: contact}]}`.

    Raises:
        InvalidInput: an unknown key or value; `field` is a path such as `policy.rules.0.first`.
    """
    policy = _mapping(given or {}, "policy")
    _only(policy, {"fields", "extensions", "rules", "visits", "unknown_visitors", *CHOICE_KEYS}, "policy")
    return Policy(
        choice=Choice(**_choice(policy, "policy")),
        fields=_fields(policy.get("fields", {}), "policy.fields"),
        extensions=_extensions(policy.get("extensions", {}), "policy.extensions"),
        rules=_rules(policy.get("rules", []), "policy.rules"),
        notes_visits=_wants(policy, "visits", "note", default=True),
        takes_strangers=_wants(policy, "unknown_visitors", "contact", default=False),
    )


def _wants(policy: Mapping[str, object], key: str, word: str, *, default: bool) -> bool:
    """Reads a key that is either `word` or `none`."""
    return _known(str(policy[key]), (word, "none"), f"policy.{key}") == word if key in policy else default


def _choice(given: Mapping[str, object], path: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key, read in CHOICE_KEYS.items():
        if key in given:
            changes |= read(given[key], f"{path}.{key}")
    return changes


def _rules(given: object, path: str) -> tuple[Rule, ...]:
    return tuple(_rule(rule, f"{path}.{i}") for i, rule in enumerate(_list(given, path)))


def _rule(given: object, path: str) -> Rule:
    rule = _mapping(given, path)
    _only(rule, {"when", *CHOICE_KEYS}, path)
    when = _mapping(rule.get("when", {}), f"{path}.when")
    if not when:
        raise InvalidInput("a rule needs `when`, for example {kind: call, status: missed}", f"{path}.when")
    return Rule(_condition(when, f"{path}.when"), _choice(rule, path))


def _condition(when: Mapping[str, object], path: str) -> Condition:
    _only(when, {"kind", "channel", "tag", "status"}, path)
    kinds = {str(_one_of(InquiryKind, kind, f"{path}.kind")) for kind in _texts(when, "kind", path)}
    statuses = _texts(when, "status", path)
    for status in statuses:
        _known(status, ("answered", "missed"), f"{path}.status")
    return Condition(
        kinds=frozenset(kinds),
        channels=frozenset(_texts(when, "channel", path)),
        tags=frozenset(_texts(when, "tag", path)),
        statuses=frozenset(statuses),
    )


def _fields(given: object, path: str) -> dict[str, FieldRule]:
    rules = {ours: FieldRule(theirs) for ours, theirs in DEFAULT_FIELDS.items()}
    for ours, theirs in _mapping(given, path).items():
        if not ours.startswith(FORM_FIELD_PREFIX):
            _known(ours, VALUE_NAMES, f"{path}.{ours}")
        rules.pop(ours, None)
        if theirs is not None:
            rules[ours] = _field_rule(theirs, f"{path}.{ours}")
    return rules


def _field_rule(given: object, path: str) -> FieldRule:
    if not isinstance(given, Mapping):
        return FieldRule(_text(given, path))
    rule = _mapping(given, path)
    _only(rule, {"field", "fill"}, path)
    fill = _known(str(rule.get("fill", "if-empty")), ("if-empty", "always"), f"{path}.fill")
    return FieldRule(_text(rule.get("field"), f"{path}.field"), always=fill == "always")


def _extensions(given: object, path: str) -> dict[str, str]:
    return {who: _text(user, f"{path}.{who}") for who, user in _mapping(given, path).items()}


def _first(given: object, path: str) -> dict[str, Any]:
    return {"first": _one_of(First, given, path)}


def _repeat(given: object, path: str) -> dict[str, Any]:
    return {"repeat": _one_of(Repeat, given, path)}


def _remote_id(name: str) -> Callable[[object, str], dict[str, Any]]:
    return lambda given, path: {name: None if given is None else _text(given, path)}


def _responsible(given: object, path: str) -> dict[str, Any]:
    if given == CONTACT_OWNER:
        return {"contact_owner": True, "owners": ()}
    wanted = given if isinstance(given, list) else [given]
    owners = [_text(owner, path) for owner in wanted]
    return {
        "contact_owner": CONTACT_OWNER in owners,
        "owners": tuple(owner for owner in owners if owner != CONTACT_OWNER),
    }


def _tags(given: object, path: str) -> dict[str, Any]:
    return {"tags": tuple(_text(tag, path) for tag in _list(given, path))}


def _template(name: str) -> Callable[[object, str], dict[str, Any]]:
    def read(given: object, path: str) -> dict[str, Any]:
        template = _text(given, path)
        try:
            parts = parts_of_template(template)
        except ValueError as error:
            raise InvalidInput(f"not a name template: {error}", path) from error
        for part in parts:
            _known(part, NAME_PARTS, path)
        return {name: template}

    return read


def _missed_task(given: object, path: str) -> dict[str, Any]:
    if given is False or given is None:
        return {"missed_task": None}
    task = {} if given is True else _mapping(given, path)
    _only(task, {"after", "responsible"}, path)
    owner = task.get("responsible")
    return {
        "missed_task": MissedTask(
            after=_duration(task["after"], f"{path}.after") if "after" in task else MissedTask.after,
            owner=None if owner is None else _text(owner, f"{path}.responsible"),
        )
    }


def _review_task(given: object, path: str) -> dict[str, Any]:
    if not isinstance(given, bool):
        raise InvalidInput("expected true or false", path)
    return {"review_task": given}


def _place(name: str) -> Callable[[object, str], dict[str, Any]]:
    places = (EntityType.CONTACT.value, EntityType.DEAL.value)
    return lambda given, path: {name: EntityType(_known(str(given), places, path))}


CHOICE_KEYS: Mapping[str, Callable[[object, str], dict[str, Any]]] = {
    "first": _first,
    "repeat": _repeat,
    "pipeline": _remote_id("pipeline"),
    "stage": _remote_id("stage"),
    "responsible": _responsible,
    "tags": _tags,
    "contact_name": _template("contact_name"),
    "deal_name": _template("deal_name"),
    "missed_task": _missed_task,
    "review_task": _review_task,
    "extension_task": _remote_id("extension_task"),
    "note_on": _place("note_on"),
    "call_on": _place("call_on"),
}
"""Keys that a policy and each of its rules may have."""


def _mapping(given: object, path: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidInput("expected a mapping of keys to values", path)
    return {str(key): value for key, value in given.items()}


def _list(given: object, path: str) -> list[Any]:
    if not isinstance(given, list | tuple):
        raise InvalidInput("expected a list", path)
    return list(given)


def _texts(given: Mapping[str, object], key: str, path: str) -> list[str]:
    value = given.get(key, [])
    return [_text(item, f"{path}.{key}") for item in (value if isinstance(value, list) else [value])]


def _text(given: object, path: str) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given).strip():
        raise InvalidInput("expected a text or a number", path)
    return str(given).strip()


def _one_of(words: type[Word], given: object, path: str) -> Word:
    return words(_known(str(given), [word.value for word in words], path))


def _known(word: str, words: Sequence[str], path: str) -> str:
    if word not in words:
        raise InvalidInput(f"unknown {word!r}; known: {', '.join(words)}", path)
    return word


def _only(given: Mapping[str, object], keys: set[str], path: str) -> None:
    for key in given:
        _known(key, sorted(keys), f"{path}.{key}")


def _duration(given: object, path: str) -> timedelta:
    match = DURATION.fullmatch(str(given))
    if match is None:
        raise InvalidInput("expected a duration such as 15m or 2h", path)
    return timedelta(seconds=int(match[1]) * SECONDS[match[2]])
