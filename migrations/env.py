"""Alembic's entrance: online migrations on the connection that `tracker.database.upgrade` hands over."""

from __future__ import annotations

from alembic import context

import tracker.access.models
import tracker.alerts.models
import tracker.deliveries.models
import tracker.inquiries.models
import tracker.installation.models
import tracker.leases.models
import tracker.people.models
import tracker.pools.models
import tracker.sites.models
import tracker.visits.models  # noqa: F401 - all these imports register tables
from tracker.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
