"""Skvoz: a visit gets a lease, a lease explains an inquiry, an inquiry becomes deliveries."""

__version__ = "0.1.0"
