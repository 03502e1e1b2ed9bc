"""Asterisk by its manager interface (AMI): frames, connection, calls."""

from tracker.providers.telephony.asterisk.switchboard import Asterisk, FreePbx, raw_body, read_raw

__all__ = ["Asterisk", "FreePbx", "raw_body", "read_raw"]
