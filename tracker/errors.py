"""Every error of ours, in one tree.

SkvozError
├── ConfigurationError     a setting, file or folder stops the start; the message says what to do
│   └── WrongDocument      the configuration file has mistakes; each with its line and path
├── InvalidInput           somebody sent something malformed; names the field
├── NotAuthentic           a message failed its verification
├── NotFound               what was named does not exist
├── PrivateHost            an address that a person typed leads into a private network
├── StoreDown              the fast store does not answer
├── DatabaseAway           the database does not answer
└── ProviderError          another company's interface failed
    ├── Unavailable        try again later: timeout, 5xx, connection lost
    ├── RateLimited        try again after `retry_after`
    └── Refused            do not try again: the request itself is wrong
        └── AccessLost     credentials expired, revoked or without rights: the connection is broken
"""

from __future__ import annotations

from datetime import timedelta


class SkvozError(Exception):
    """Root of the tree; `str(error)` is a sentence fit to be shown."""


class ConfigurationError(SkvozError):
    """The start cannot go on; the message names the setting and the remedy."""


class WrongDocument(ConfigurationError):
    """The configuration as code cannot be applied.

    Args:
        mistakes: one sentence each, in the order of the file:
            `skvoz.yaml, line 14: sites.0.pools.1.hold: use 15m, 2h or 30d`.
    """

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class InvalidInput(SkvozError):
    """Input that cannot be understood. `field` is a dotted path such as `numbers.0`, or None."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotAuthentic(SkvozError):
    """The sender did not prove who he is."""


class NotFound(SkvozError):
    """The named thing does not exist."""


class PrivateHost(SkvozError):
    """A host that must be public is not."""


class TooMany(SkvozError):
    """More requests than one address may send."""


class OwnershipLost(SkvozError):
    """Another worker has taken over the connection."""


class StoreDown(SkvozError):
    """Redis or Valkey does not answer."""


class DatabaseAway(SkvozError):
    """SQLite or PostgreSQL does not answer."""


class ProviderError(SkvozError):
    """Another system failed us.

    Args:
        message: what happened, without secrets.
        provider: registry name such as `crm/amocrm`.
        status: HTTP status, None when there was no answer.
        answer: the first 500 characters of the answer, redacted.
        maybe_done: True when the request may have taken effect (timeout after sending).
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        status: int | None = None,
        answer: str = "",
        maybe_done: bool = False,
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status
        self.answer = answer
        self.maybe_done = maybe_done


class Unavailable(ProviderError):
    """The other side is down or slow; the same request may succeed later."""


class RateLimited(ProviderError):
    """Too many requests; `retry_after` is the shortest wait the other side asked for, None if unsaid."""

    def __init__(
        self, message: str, *, provider: str, status: int | None = None, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message, provider=provider, status=status)
        self.retry_after = retry_after


class Refused(ProviderError):
    """The other side understood and said no; repeating changes nothing."""


class AccessLost(Refused):
    """Credentials are expired, revoked or lack rights; deliveries wait until an administrator reconnects."""
