"""One `skvoz run` per instance folder: a lock the system lets go when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from tracker.errors import ConfigurationError


@dataclass(frozen=True)
class Holder:
    """Who runs on an instance folder; the address is None until it listens."""

    pid: int
    host: str | None = None
    port: int | None = None


class Hold:
    """The lock while we have it. `killed` is a predecessor that could not stop cleanly, else None."""

    def __init__(self, file: TextIO, killed: Holder | None) -> None:
        self._file = file
        self.killed = killed

    def announce(self, host: str, port: int) -> None:
        """Writes down where we listen, for whoever finds the lock taken."""
        _write(self._file, Holder(os.getpid(), host, port))


@contextmanager
def hold(instance: Path) -> Iterator[Hold]:
    """Holds the lock of an instance folder, which is made if absent.

    Raises:
        ConfigurationError: another process holds it (the sentence names it), or the folder cannot be written.
    """
    try:
        instance.mkdir(parents=True, exist_ok=True)
        file = (instance / "run.lock").open("a+")
    except OSError as error:
        raise _unusable(instance, error) from error
    with file:
        killed = _lock(file, instance)
        try:
            _write(file, Holder(os.getpid()))
        except OSError as error:
            raise _unusable(instance, error) from error
        yield Hold(file, killed)
        file.truncate(0)


def _lock(file: TextIO, instance: Path) -> Holder | None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _taken(instance, _read(file)) from error
    except OSError as error:
        raise _unusable(instance, error) from error
    return _read(file)


def _write(file: TextIO, holder: Holder) -> None:
    file.truncate(0)
    json.dump(asdict(holder), file)
    file.flush()


def _read(file: TextIO) -> Holder | None:
    file.seek(0)
    try:
        return Holder(**json.load(file))
    except (ValueError, TypeError):
        return None


def _taken(instance: Path, holder: Holder | None) -> ConfigurationError:
    who, stop = "", ""
    if holder:
        where = f", http://{holder.host}:{holder.port}/" if holder.port else ""
        who, stop = f" (process {holder.pid}{where})", f" with `kill {holder.pid}`"
    return ConfigurationError(
        f"Skvoz already runs on the instance folder {instance}{who}. "
        f"Stop it first{stop}, or name another folder in SKVOZ_INSTANCE and another --port."
    )


def _unusable(instance: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The instance folder {instance} cannot be used ({error.strerror}). "
        "Make it writable, free some space, or name another folder in SKVOZ_INSTANCE."
    )
