"""Asterisk by its manager interface (AMI): frames, connection, calls; and by its tables of calls."""

from tracker.providers.telephony.asterisk.switchboard import Asterisk, FreePbx, raw_body, read_raw
from tracker.providers.telephony.asterisk.tables import AsteriskTables

__all__ = ["Asterisk", "AsteriskTables", "FreePbx", "raw_body", "read_raw"]
