"""Measures the snippet: bytes, layout shift, time to the swapped number on the first and the second page.

Run: `.venv/bin/python bench/snippet/measure.py`; main-thread time has its own program beside it. Chromium is
Debian's, headless, on this machine. Figures of the last run and how they were taken: `bench/snippet/README.md`.
"""

from __future__ import annotations

import gzip
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "static")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402 - the path comes first
from stub_server import Site, Stub  # noqa: E402 - the path comes first

from tracker.web.snippet import SOURCES, build  # noqa: E402 - the path comes first

ROUNDS = 15
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
WATCH = """<script>
  window.shift = 0; window.swapped = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value })
    .observe({type: 'layout-shift', buffered: true});
  new MutationObserver(() => { if (!swapped && /777/.test(document.body?.textContent)) swapped = performance.now() })
    .observe(document, {subtree: true, childList: true, characterData: true});
</script>"""


def sizes() -> None:
    for part in SOURCES:
        served = build(part)
        print(f"{part:6} {len(served.body):6} bytes minified, {len(served.gzip):6} as served")
    print(f"core by plain gzip -9: {len(gzip.compress(build('core').body, 9))} bytes")


def first_and_second_page(page: Page, stub: Stub, loading: str) -> None:
    html = (
        f"<!doctype html><meta charset=utf-8>{WATCH}<script {loading} src='/w.js' data-site='pages'></script>"
        "<body><h1>Shop</h1><p>Call 8 (495) 111-22-33</p><p>below</p>"
    )
    stub.sites["pages"].pages["/"] = html
    first, second, shifts, early = [], [], [], 0
    for _ in range(ROUNDS):
        page.goto(stub.url("pages"))
        page.evaluate("localStorage.clear()")
        for times in (first, second):
            page.goto(stub.url("pages"))
            page.wait_for_function(f"swapped && {PAINT}")
            times.append(page.evaluate("swapped"))
            shifts.append(page.evaluate("shift"))
        early += page.evaluate(f"swapped <= {PAINT}")
    name = loading or "neither"
    print(f"{name:26} number swapped, first page: {_times(first)}, second page: {_times(second)} after navigation")
    print(f"{name:26} second page swapped before its first paint: {early} of {ROUNDS}")
    print(f"{name:26} layout shift, largest of {len(shifts)} pages: {max(shifts)}")


def _times(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ms (smallest {min(values):.0f})"


def main() -> None:
    sizes()
    stub = Stub()
    stub.sites["pages"] = Site()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_page()
        for loading in ("async", 'async fetchpriority="high"', 'async blocking="render"', ""):
            first_and_second_page(page, stub, loading)
        browser.close()
    stub.close()


if __name__ == "__main__":
    main()
