"""Measures the snippet: bytes, main-thread time on 5,000 text nodes, layout shift, time to the swapped number.

Run: `.venv/bin/python bench/snippet/measure.py`. Chromium is Debian's, headless, on this machine; each time is
the median of the rounds. Figures of the last run and how they were taken: `bench/snippet/README.md`.
"""

from __future__ import annotations

import gzip
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "static")]

from playwright.sync_api import Page, sync_playwright  # noqa: E402
from stub_server import Site, Stub  # noqa: E402

from tracker.web.snippet import SOURCES, build  # noqa: E402

ROUNDS = 15
WORDS = "the quick brown fox costs 12 500 roubles in shop 7 of 24"

# Runs the script as the parser would, inside one task, and says how long that task took.
RUN = """source => {
  const script = document.createElement('script');
  script.dataset.site = 'bench';
  script.textContent = source;
  const start = performance.now();
  document.head.append(script);
  return performance.now() - start;
}"""
SWAP = """() => new Promise((done) => {
  const start = performance.now();
  const look = new MutationObserver(() => { look.disconnect(); done(performance.now() - start) });
  look.observe(document.body, {characterData: true, subtree: true});
})"""
WATCH = """<script>
  window.shift = 0; window.swapped = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value })
    .observe({type: 'layout-shift', buffered: true});
  new MutationObserver(() => { if (!swapped && /777/.test(document.body?.textContent)) swapped = performance.now() })
    .observe(document, {subtree: true, childList: true, characterData: true});
</script>"""


def big_page() -> str:
    """5,000 text nodes, one in fifty with a number of ours, half of the others with some digits."""
    rows = []
    for n in range(2500):
        text = f"Call 8 (495) 111-22-33 about {n}" if n % 50 == 0 else WORDS if n % 2 else "plain words only"
        rows.append(f"<li><b>{n} item</b><span>{text}</span></li>")
    return f"<!doctype html><meta charset=utf-8><body><ul>{''.join(rows)}</ul></body>"


def sizes() -> None:
    for part in SOURCES:
        served = build(part)
        print(f"{part:6} {len(served.body):6} bytes minified, {len(served.gzip):6} as served")
    print(f"core by plain gzip -9: {len(gzip.compress(build('core').body, 9))} bytes")


def main_thread(page: Page, stub: Stub) -> None:
    stub.sites["bench"] = Site(pages={"/": big_page()})
    cold, warm = [], []
    for _ in range(ROUNDS):
        page.goto(stub.url("bench"))
        page.evaluate("localStorage.clear()")
        cold.append(page.evaluate(RUN, build("core").body.decode()))
        page.wait_for_function("/777/.test(document.body.textContent)")
        page.goto(stub.url("bench"))
        warm.append(page.evaluate(RUN, build("core").body.decode()))
    print(f"main thread, first page, script and scan:        {statistics.median(cold):5.1f} ms")
    print(f"main thread, second page, scan and 50 swaps:     {statistics.median(warm):5.1f} ms")


def first_and_second_page(page: Page, stub: Stub) -> None:
    html = (
        f"<!doctype html><meta charset=utf-8>{WATCH}<script async src='/w.js' data-site='pages'></script>"
        "<body><h1>Shop</h1><p>Call 8 (495) 111-22-33</p><p>below</p>"
    )
    stub.sites["pages"] = Site(pages={"/": html})
    first, second, shifts = [], [], []
    for _ in range(ROUNDS):
        page.goto(stub.url("pages"))
        page.evaluate("localStorage.clear()")
        for times in (first, second):
            page.goto(stub.url("pages"))
            page.wait_for_function("swapped")
            times.append(page.evaluate("swapped"))
            shifts.append(page.evaluate("shift"))
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    print(f"number swapped, first page (local server):       {statistics.median(first):5.0f} ms after navigation")
    print(f"number swapped, second page:                     {statistics.median(second):5.0f} ms after navigation")
    print(f"first paint of that second page:                 {paint:5.0f} ms")
    print(f"layout shift, largest of {len(shifts)} pages:               {max(shifts)}")


def main() -> None:
    sizes()
    stub = Stub()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        main_thread(page, stub)
        first_and_second_page(page, stub)
        browser.close()
    stub.close()


if __name__ == "__main__":
    main()
