"""The pretend company: its site, its telephone, its letters and its CRMs. Imports tracker, never the reverse."""

from demo.company import register
from demo.seeding import seed

__all__ = ["register", "seed"]
