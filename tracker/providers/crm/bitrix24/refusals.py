"""What Bitrix24's error answers mean for us.

Many old methods leave the code empty, so the HTTP status and the description decide too.
"""

from __future__ import annotations

from tracker.errors import AccessLost, ProviderError, RateLimited, Refused, Unavailable

LOST_CODES = frozenset(
    {"NO_AUTH_FOUND", "INVALID_TOKEN", "INVALID_CREDENTIALS", "INSUFFICIENT_SCOPE", "ACCESS_DENIED",
     "USER_ACCESS_ERROR", "WRONG_AUTH_TYPE", "PAYMENT_REQUIRED", "PORTAL_DELETED", "OVERLOAD_LIMIT",
     "NOT_INSTALLED", "APPLICATION_NOT_FOUND", "INVALID_CLIENT", "INVALID_GRANT", "EXPIRED_TOKEN"}
)  # fmt: skip
BUSY_CODES = frozenset({"QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT"})
LATER_CODES = frozenset({"INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER"})

REMEDIES = {
    "INSUFFICIENT_SCOPE": "a right is missing: grant crm, user and, for calls of an application, telephony",
    "ACCESS_DENIED": "REST is closed on this tariff, or the employee may not do this",
    "WRONG_AUTH_TYPE": "this works for applications only, not for incoming webhooks",
    "PAYMENT_REQUIRED": "the portal's tariff has ended",
    "PORTAL_DELETED": "the portal was deleted",
    "OVERLOAD_LIMIT": "Bitrix24 has blocked the portal's requests by hand: write to its support",
    "INVALID_GRANT": "the refresh token is dead: connect the application again",
    "EXPIRED_TOKEN": "the access token has expired and could not be renewed: connect the application again",
}  # fmt: skip


class Missing(Refused):
    """The card, comment or activity does not exist (any more)."""


def kind_of(status: int | None, code: str, description: str) -> type[ProviderError]:
    """Returns the error class for an error answer; `status` is None inside a batch."""
    code, text = code.upper(), description.lower()
    if code in BUSY_CODES or status == 429:
        return RateLimited
    if code in LOST_CODES or status in (401, 403) or text.startswith("access denied"):
        return AccessLost
    if code in LATER_CODES or (status or 0) >= 500:
        return Unavailable
    if "NOT_FOUND" in code and code != "ERROR_METHOD_NOT_FOUND":
        return Missing
    return Missing if text.rstrip(".").endswith("not found") else Refused


def sentence(status: int | None, code: str, description: str) -> str:
    """Returns what an administrator reads."""
    said = description or code or f"HTTP {status}"
    remedy = REMEDIES.get(code.upper())
    return f"Bitrix24: {said}" + (f" ({remedy})" if remedy else "")
