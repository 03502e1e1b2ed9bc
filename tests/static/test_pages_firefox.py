"""The same table in Debian's Firefox; one run for all pages, since starting the browser costs most."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from page import Page
from pages import PAGES
from stub_server import Site, Stub
from verdict import verdict

FIREFOX = shutil.which("firefox-esr") or "firefox-esr"
NODE = shutil.which("node") or "node"
RUNNER = Path(__file__).parent / "firefox.mjs"


def test_every_page_ends_in_firefox_as_in_chromium(stub: Stub) -> None:
    for row in PAGES:
        stub.sites[row.key] = Site(**row.site, pages={"/": row.served()})

    done = subprocess.run([NODE, RUNNER], input=_orders(stub), capture_output=True, text=True, timeout=240, check=False)
    verdicts = {result["key"]: result for result in map(json.loads, done.stdout.splitlines())}

    problems = {row.key: found for row in PAGES if (found := _problems(row, verdicts.get(row.key), stub))}
    assert problems == {}, done.stderr[-2000:]


def _orders(stub: Stub) -> str:
    rows = [
        {"key": row.key, "url": stub.url(row.key), "steps": row.steps(), "expected": row.expected()} for row in PAGES
    ]
    return json.dumps({"executable": FIREFOX, "rows": rows})


def _problems(row: Page, result: dict[str, object] | None, stub: Stub) -> list[str]:
    if result is None:
        return ["not visited"]
    difference = [] if result["difference"] is None else [str(result["difference"])]
    console = result["console"]
    assert isinstance(console, list)
    return difference + verdict(row, stub, console)
