"""What all background processes share: a loop in a thread of its own that outlives every failure."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from tracker import clock
from tracker.checks.store import WORKERS_KEY
from tracker.errors import StoreDown
from tracker.extensions import db
from tracker.services import Services

log = logging.getLogger(__name__)

AFTER_FAILURE = timedelta(seconds=1)
SIGN_OF_LIFE = timedelta(seconds=10)
FORGOTTEN_AFTER = timedelta(minutes=10)  # of silence; ten times what `skvoz check` takes for death


@dataclass(frozen=True)
class Chore:
    """Something done again and again.

    Args:
        turn: does what is there to do and returns how much that was.
        pause: wait when there was nothing.
    """

    name: str
    turn: Callable[[Services], int]
    pause: timedelta


def owner_name() -> str:
    """Returns a name that no other worker has, by which it owns connections: `web1/pid:[402…]:4711:9f2c01aa`."""
    return f"{_place()}:{os.getpid()}:{secrets.token_hex(4)}"


def has_died(owner: str) -> bool:
    """Says whether the owner certainly runs no more: only of a process that we would see."""
    place, pid, _ = owner.rsplit(":", 2) if owner.count(":") > 1 else ("", "", "")
    if not _place() or place != _place() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _place() -> str:
    """Where process ids mean the same as here: the machine and its space of ids; containers have their own."""
    try:
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return ""


def run(app: Flask, chore: Chore, stop: threading.Event) -> None:
    """Repeats a chore until told to stop. A part that is away is tried again each second."""
    services: Services = app.extensions["services"]
    _forget_silent(services)
    told = clock.now() - SIGN_OF_LIFE
    while not stop.is_set():
        pause = _turn(app, services, chore)
        if clock.now() - told >= SIGN_OF_LIFE:
            _tell(services, chore)
            told = clock.now()
        if pause:
            stop.wait(pause.total_seconds())


def _turn(app: Flask, services: Services, chore: Chore) -> timedelta | None:
    with app.app_context():
        try:
            return None if chore.turn(services) else chore.pause
        except (OperationalError, StoreDown, RedisError) as error:
            log.warning("%s waits, something is away: %s", chore.name, _cause(error))
        except Exception:
            log.exception("%s failed and goes on", chore.name)
        finally:
            db.session.remove()
    return AFTER_FAILURE


def _cause(error: Exception) -> str:
    text = str(error.orig) if isinstance(error, OperationalError) else str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__


def _forget_silent(services: Services) -> None:
    """Each restart has a name of its own: those that ended long ago are no news."""
    since = clock.to_millis(clock.now() - FORGOTTEN_AFTER)
    try:
        silent = [name for name, at in services.store.raw.hgetall(WORKERS_KEY).items() if int(at) < since]
        if silent:
            services.store.raw.hdel(WORKERS_KEY, *silent)
    except RedisError:
        return


def _tell(services: Services, chore: Chore) -> None:
    try:
        name = f"{chore.name}@{socket.gethostname()}:{os.getpid()}"
        services.store.raw.hset(WORKERS_KEY, name, clock.to_millis(clock.now()))
    except RedisError:
        return
