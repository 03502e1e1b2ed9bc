"""How many attempts to log in are let through: counted in the fast store, per network address and per account."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

from redis.exceptions import RedisError

from tracker.store import Store

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 8  # a forgetful person needs fewer, a guesser many more
PER_ADDRESS = 40  # an office behind one address

log = logging.getLogger(__name__)


class LoginThrottle:
    """Counts attempts.

    Key `login:<what>:<hash>` is a counter that expires `WINDOW` after its first attempt. While the store is away
    nobody is locked out: argon2 alone slows a guesser then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def admits(self, account: str, address: str) -> bool:
        """Counts one attempt and tells whether it may go on."""
        try:
            by_account = self._count("account", account)
            by_address = self._count("address", address)
        except RedisError as error:
            log.warning("login attempts are not counted: %s", type(error).__name__)
            return True
        return by_account <= PER_ACCOUNT and by_address <= PER_ADDRESS

    def forget(self, account: str) -> None:
        """Clears the account's counter after a login that succeeded."""
        try:
            self._store.delete(_key("account", account))
        except RedisError as error:
            log.warning("login attempts are not cleared: %s", type(error).__name__)

    def _count(self, what: str, value: str) -> int:
        key = _key(what, value)
        count = int(self._store.incr(key))
        if count == 1:
            self._store.expire(key, WINDOW)
        return count


def _key(what: str, value: str) -> str:
    return f"login:{what}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"
