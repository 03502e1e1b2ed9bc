"""What is counted, for Prometheus; one line each."""

from __future__ import annotations

from prometheus_client import Counter

signs = Counter("skvoz_signs_total", "Signs of life from pages, by kind and outcome", ["kind", "outcome"])
hooks = Counter("skvoz_hooks_total", "Messages at the webhooks, by provider and outcome", ["provider", "outcome"])
spooled = Counter("skvoz_spooled_total", "Messages kept in the spool because the database was away")
misread = Counter("skvoz_misread_total", "Messages that our own mistake kept from being understood")
rejected = Counter("skvoz_rejected_entries_total", "Stream entries set aside because they could not be stored")
deliveries = Counter("skvoz_deliveries_total", "Attempts to deliver, by provider and outcome", ["provider", "outcome"])
