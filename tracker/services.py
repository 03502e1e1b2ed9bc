"""What the steps of `flow` work with, made once per process."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.config import Config
from tracker.leases.directory import Directory
from tracker.leases.redis_store import LeaseStore
from tracker.outage import Complaint, Outage
from tracker.visits.arrival import NOTHING_KNOWN, Knowledge


@dataclass(frozen=True)
class Services:
    """The settings, the fast store, the sites known to this process, what is known of addresses, whether the database
    is away, and who says it when the store is."""

    config: Config
    store: LeaseStore
    sites: Directory
    knowledge: Knowledge = NOTHING_KNOWN
    outage: Outage = field(default_factory=Outage)
    store_away: Complaint = field(default_factory=Complaint)
