"""`python -m tracker.commands` is `skvoz`."""

from tracker.commands import main

main()
