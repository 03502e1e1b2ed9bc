"""A month in the life of two pretend companies: what somebody sees who opens the admin after four weeks of use.

Visits and leases are written as the worker would have stored them; every call, letter and form then goes through the
real matching, at its own moment. Run it with `python -m demo.month` on an empty instance.
"""
