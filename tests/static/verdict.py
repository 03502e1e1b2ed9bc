"""Judges a page of the table by what the server heard and what the console said."""

from __future__ import annotations

from page import Page
from stub_server import Stub


def verdict(row: Page, stub: Stub, console: list[str]) -> list[str]:
    """What is wrong, as sentences; empty when all is well."""
    site = stub.sites[row.key]
    problems = [fault for fault in stub.faults if f'"site":"{row.key}"' in fault]
    problems += [line for line in console if not row.complaints and "favicon" not in line]
    for path, part in row.told:
        bodies = stub.wait(row.key, path)
        if not any(part.items() <= body.items() for body in bodies):
            problems.append(f"{path} was not told {part}: {bodies}")
    problems += [f"{path} was told" for path in row.untold if site.bodies(path)]
    return problems
