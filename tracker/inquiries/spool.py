"""Where authentic messages wait while the database is away: one file each, durable before we say yes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec


@dataclass(frozen=True)
class Arrived:
    """A message as it came to the edge, before anything is known of it.

    Args:
        key: 32 hex, made at the edge; the same message is stored once however often it is offered.
        entrance: provider name, `snippet/form` or `api/inquiries`.
        request: method, path, query pairs, headers without credentials, content type, remote address.
    """

    key: str
    site_id: int
    connection_id: int | None
    entrance: str
    received_at: datetime
    request: dict[str, Any]
    body: bytes


def put(folder: Path, message: Arrived) -> None:
    """Writes the message so that it survives a power cut; one that waits already stays as it is.

    Raises:
        OSError: it could not be kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message.key}.json"
    if not path.exists():
        _write(path, message)
    _sync_folder(folder)


def _write(path: Path, message: Arrived) -> None:
    waiting = path.with_suffix(".part")
    values = asdict(message) | {"body": base64.b64encode(message.body).decode()}
    with waiting.open("wb") as file:
        file.write(msgspec.json.encode(values))
        file.flush()
        os.fsync(file.fileno())
    waiting.rename(path)


def waiting(folder: Path) -> Iterator[tuple[Path, Arrived]]:
    """Yields what waits, oldest first; what another worker has taken meanwhile is passed over.

    A file that cannot be read is put aside with the ending `.broken`.
    """
    for path in sorted(folder.glob("*.json"), key=_written_at):
        try:
            values = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
            values["body"] = base64.b64decode(values["body"])
            yield path, msgspec.convert(values, Arrived)
        except FileNotFoundError:
            continue
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError):
            put_aside(path)


def put_aside(path: Path) -> None:
    """Takes a file out of the queue without losing it."""
    path.rename(path.with_suffix(".broken"))


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
