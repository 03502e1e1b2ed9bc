"""Main-thread time of the snippet on a page of 5,000 text nodes, by Chromium's own count of its thread's CPU.

Run: `.venv/bin/python bench/snippet/main_thread.py [SOURCE.js …]`. Each source (without any: the one we serve) and
an empty script take turns within one run, so the load of the machine falls on all alike; the counter is the CPU
time of the page's main thread inside JavaScript (`Performance.getMetrics`, time domain `threadTicks`), which
waiting for a processor does not lengthen. No throttling.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "static")]

import minify  # noqa: E402
from playwright.sync_api import CDPSession, Page, sync_playwright  # noqa: E402
from stub_server import Site, Stub  # noqa: E402

from tracker.web.snippet import build  # noqa: E402

ROUNDS = 11
WORDS = "the quick brown fox costs 12 500 roubles in shop 7 of 24"
COUNTERS = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
SHOWN = "document.querySelectorAll('span')[2450].textContent.includes('777')"
ADD = "source => { const s = document.createElement('script'); s.dataset.site = 'bench'; s.textContent = source; "


def big_page(head: str = "") -> str:
    """5,000 text nodes, one in fifty with a number of ours, half of the others with some digits."""
    rows = []
    for n in range(2500):
        text = f"Call 8 (495) 111-22-33 about {n}" if n % 50 == 0 else WORDS if n % 2 else "plain words only"
        rows.append(f"<li><b>{n} item</b><span>{text}</span></li>")
    return f"<!doctype html><meta charset=utf-8>{head}<body><ul>{''.join(rows)}</ul></body>"


def counted(counters: CDPSession) -> dict[str, float]:
    """Milliseconds so far, by counter."""
    metrics = counters.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] * 1e3 for metric in metrics if metric["name"] in COUNTERS}


def added_to_a_parsed_page(page: Page, stub: Stub, counters: CDPSession, source: str) -> dict[str, float]:
    """The script comes to a page that is there: compilation, first pass, answer, 50 swaps."""
    stub.sites["bench"].pages["/"] = big_page()
    page.goto(stub.url("bench"))
    page.evaluate("localStorage.clear()")
    before = counted(counters)
    page.evaluate(ADD + "document.head.append(s) }", source)
    return _after(page, counters, before, source)


def first_on_a_page_that_streams(page: Page, stub: Stub, counters: CDPSession, source: str) -> dict[str, float]:
    """The script stands in the head, so it sees the page arrive; nothing is stored."""
    stub.sites["bench"].pages["/"] = big_page(f"<script data-site=bench>localStorage.clear();{source}</script>")
    page.goto(stub.url("bench"))
    return _after(page, counters, {}, source)


def second_page(page: Page, stub: Stub, counters: CDPSession, source: str) -> dict[str, float]:
    """The same with the lease of the page before in storage."""
    stub.sites["bench"].pages["/"] = big_page(f"<script data-site=bench>{source}</script>")
    page.goto(stub.url("bench"))
    if source:
        page.wait_for_function(SHOWN)
    page.goto(stub.url("bench"))
    return _after(page, counters, {}, source)


Scenario = Callable[[Page, Stub, CDPSession, str], dict[str, float]]
SCENARIOS: list[Scenario] = [added_to_a_parsed_page, first_on_a_page_that_streams, second_page]


def _after(page: Page, counters: CDPSession, before: dict[str, float], source: str) -> dict[str, float]:
    page.wait_for_load_state("load")
    if source:
        stub_answers = "performance.getEntriesByType('resource').some(e => /visit/.test(e.name) && e.responseEnd)"
        page.wait_for_function(f"{SHOWN} && {stub_answers}", polling=50)
    page.wait_for_timeout(100)
    after = counted(counters)
    return {name: after[name] - before.get(name, 0) for name in after}


def measure(page: Page, stub: Stub, sources: dict[str, str], scenario: Scenario) -> None:
    counters = page.context.new_cdp_session(page)
    counters.send("Performance.enable", {"timeDomain": "threadTicks"})
    times: dict[str, list[dict[str, float]]] = {name: [] for name in sources}
    for _ in range(ROUNDS):
        for name, source in sources.items():
            times[name].append(scenario(page, stub, counters, source))
    print(scenario.__name__.replace("_", " "))
    for name, rounds in times.items():
        columns = []
        for counter in COUNTERS:
            values = [one[counter] for one in rounds]
            columns.append(f"{counter} {statistics.median(values):5.1f} (smallest {min(values):5.1f})")
        print(f"  {name:24} " + "  ".join(columns) + " ms")


def sources_named(files: list[str]) -> dict[str, str]:
    """The scripts that take turns, by name; the empty one shows what the page costs without any."""
    found = {"empty": ""}
    for file in files:
        found[Path(file).name] = minify.string("application/javascript", Path(file).read_text(encoding="utf-8"))
    return found if files else found | {"served": build("core").body.decode()}


def main() -> None:
    stub = Stub()
    stub.sites["bench"] = Site()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_page()
        for scenario in SCENARIOS:
            measure(page, stub, sources_named(sys.argv[1:]), scenario)
        browser.close()
    stub.close()


if __name__ == "__main__":
    main()
