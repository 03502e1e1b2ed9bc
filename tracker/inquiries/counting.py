"""Which calls are kept and marked, but not counted: of staff, of blocked and of trying callers, and short ones."""

from __future__ import annotations

from tracker.inquiries.calls import CallState
from tracker.inquiries.events import CallStatus
from tracker.inquiries.models import NotCounted
from tracker.sites.models import Site


def judge(site: Site, call: CallState) -> NotCounted | None:
    """Returns why the call is not counted, None when it counts. A missed call counts however short it was."""
    lists = (
        (NotCounted.STAFF, site.staff_phones),
        (NotCounted.BLOCKED, site.blocked_callers),
        (NotCounted.TEST_CALLER, site.test_callers),
    )
    for reason, callers in lists:
        if call.caller in callers:
            return reason
    is_over = call.status == CallStatus.ANSWERED and call.talk_seconds is not None
    return NotCounted.SHORT if is_over and (call.talk_seconds or 0) < site.short_call_seconds else None
