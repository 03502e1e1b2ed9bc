"""A field mapping is data: which field of a foreign message means what. Presets are files of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallStage, CallStatus
from tracker.providers.places import Places

PRESETS = Path(__file__).parent / "presets"
MOST_CHARS = 20_000


class FieldMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where each fact stands: a dotted path, `*.name` for a name anywhere, `=text` for the text itself.

    Of a list of places the first that holds something counts. List elements are named by their number.

    Args:
        stages: the sender's word for a step, in lower case, and our step; other words are no call event.
        statuses: likewise for outcomes.
        numbers: what stands in place of a dialled number, and the number.
        only: place and the words of which one must stand there, otherwise the message is no incoming call.
        spoke: holds something only when a person spoke with the caller.
        secret: place of the secret, if it stands in the message itself.
        units: `microseconds` or `milliseconds` of a field that holds a length of time.
        unwrap: field that holds the whole message as JSON or base64 of it.
        percent_encoded: every text of the message is percent-encoded.
    """

    call_id: Places = None
    leg: Places = None
    stage: Places = None
    caller: Places = None
    called: Places = None
    at: Places = None
    started_at: Places = None
    answered_at: Places = None
    ended_at: Places = None
    answered_by: Places = None
    status: Places = None
    spoke: Places = None
    ring_seconds: Places = None
    talk_seconds: Places = None
    total_seconds: Places = None
    recording_url: Places = None
    secret: Places = None
    stages: dict[str, CallStage] = {}
    statuses: dict[str, CallStatus] = {}
    numbers: dict[str, str] = {}
    only: dict[str, list[str]] = {}
    units: dict[str, str] = {}
    unwrap: str | None = None
    percent_encoded: bool = False


def presets() -> list[str]:
    """Returns the names of the presets, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


@lru_cache(maxsize=256)
def read_mapping(preset: str, text: str) -> FieldMapping:
    """Returns the preset, changed by a mapping of one's own; the preset may be empty.

    Raises:
        InvalidInput: no such preset, or not a mapping; the message says what is wrong.
    """
    try:
        mapping = msgspec.convert({**_preset(preset), **_object(text)}, FieldMapping)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"the mapping is wrong: {error}", "mapping")
    if mapping.call_id is None or mapping.stage is None:
        raise InvalidInput("the mapping must say where call_id and stage stand, or name a preset", "mapping")
    return mapping


def check_preset(name: str) -> None:
    """Makes sure there is a preset of this name.

    Raises:
        InvalidInput: there is none; the message lists them.
    """
    _preset(name)


def check_text(text: str) -> None:
    """Makes sure a mapping can be read by itself.

    Raises:
        InvalidInput: it cannot.
    """
    try:
        msgspec.convert(_object(text), FieldMapping)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error), "mapping")


def _preset(name: str) -> Mapping[str, Any]:
    if not name:
        return {}
    if name not in presets():
        raise InvalidInput(f"there is no preset {name!r}; known: {', '.join(presets())}", "preset")
    return _object((PRESETS / f"{name}.yaml").read_text())


def _object(text: str) -> dict[str, Any]:
    if len(text) > MOST_CHARS:
        raise InvalidInput(f"the mapping is longer than {MOST_CHARS} characters", "mapping")
    try:
        value = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise InvalidInput(f"the mapping is not YAML: {' '.join(str(error).split())[:200]}", "mapping")
    if not isinstance(value, dict):
        raise InvalidInput("the mapping is a list of `name: place`", "mapping")
    return value
