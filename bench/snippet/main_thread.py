"""Main-thread time of the snippet on a page of 5,000 text nodes, by Chromium's own count of its thread's CPU.

Run: `.venv/bin/python bench/snippet/main_thread.py [SOURCE.js …]`. Each source (without any: the one we serve), an
empty script and a bare walk that reads every text take turns within one run, so the load of the machine falls on all
alike. "script" is the CPU time of the page's main thread inside JavaScript (`Performance.getMetrics`, time domain
`threadTicks`), which waiting for a processor does not lengthen; "longest" is the longest piece of it without a pause,
from Chromium's trace: what a visitor feels. No throttling.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "static")]

import minify  # noqa: E402 - the path comes first
from playwright.sync_api import CDPSession, Page, sync_playwright  # noqa: E402 - the path comes first
from stub_server import Site, Stub  # noqa: E402 - the path comes first

from tracker.web.snippet import build  # noqa: E402 - the path comes first

ROUNDS = 9
TRACED = 5
WORDS = "the quick brown fox costs 12 500 roubles in shop 7 of 24"
# What starts a piece of JavaScript; pieces inside others are shorter than those.
PIECES = ("EvaluateScript", "EventDispatch", "FireAnimationFrame", "FireIdleCallback", "RunMicrotasks", "TimerFire")
WALK = """{ const walk = () => { const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  let found = 0; while (walker.nextNode()) if (/\\d/.test(walker.currentNode.nodeValue)) found++ };
  document.readyState === "loading" ? addEventListener("DOMContentLoaded", walk) : walk() }"""
SHOWN = "document.querySelectorAll('span')[2450].textContent.includes('777')"
ADD = "source => { const s = document.createElement('script'); s.dataset.site = 'bench'; s.textContent = source; "


def big_page(head: str = "") -> str:
    """5,000 text nodes, one in fifty with a number of ours, half of the others with some digits."""
    rows = []
    for n in range(2500):
        text = f"Call 8 (495) 111-22-33 about {n}" if n % 50 == 0 else WORDS if n % 2 else "plain words only"
        rows.append(f"<li><b>{n} item</b><span>{text}</span></li>")
    return f"<!doctype html><meta charset=utf-8>{head}<body><ul>{''.join(rows)}</ul></body>"


def script_time(counters: CDPSession) -> float:
    """Milliseconds of JavaScript in the page so far."""
    metrics = counters.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) * 1e3 for metric in metrics if metric["name"] == "ScriptDuration")


def longest_piece(trace: bytes) -> float:
    """Milliseconds of CPU of the longest piece of JavaScript in a trace."""
    events = json.loads(trace)["traceEvents"]
    return max((event.get("tdur", 0) / 1e3 for event in events if event["name"] in PIECES), default=0.0)


def added_to_a_parsed_page(page: Page, stub: Stub, counters: CDPSession, source: str) -> float:
    """The script comes to a page that is there: compilation, first pass, answer, 50 swaps."""
    stub.sites["bench"].pages["/"] = big_page()
    page.goto(stub.url("bench"))
    page.evaluate("localStorage.clear()")
    before = script_time(counters)
    page.evaluate(ADD + "document.head.append(s) }", source)
    return _after(page, counters, before, source)


def first_on_a_page_that_streams(page: Page, stub: Stub, counters: CDPSession, source: str) -> float:
    """The script stands in the head, so it sees the page arrive; nothing is stored."""
    stub.sites["bench"].pages["/"] = big_page(f"<script data-site=bench>localStorage.clear();{source}</script>")
    page.goto(stub.url("bench"))
    return _after(page, counters, 0, source)


def second_page(page: Page, stub: Stub, counters: CDPSession, source: str) -> float:
    """The same with the lease of the page before in storage."""
    stub.sites["bench"].pages["/"] = big_page(f"<script data-site=bench>{source}</script>")
    page.goto(stub.url("bench"))
    if _is_ours(source):
        page.wait_for_function(SHOWN)
    page.goto(stub.url("bench"))
    return _after(page, counters, 0, source)


Scenario = Callable[[Page, Stub, CDPSession, str], float]
SCENARIOS: list[Scenario] = [added_to_a_parsed_page, first_on_a_page_that_streams, second_page]


def _is_ours(source: str) -> bool:
    return source not in ("", WALK)


def _after(page: Page, counters: CDPSession, before: float, source: str) -> float:
    page.wait_for_load_state("load")
    if _is_ours(source):
        answered = "performance.getEntriesByType('resource').some(e => /visit/.test(e.name) && e.responseEnd)"
        page.wait_for_function(f"{SHOWN} && {answered}", polling=50)
    page.wait_for_timeout(600)  # what waits for a pause counts as well
    return script_time(counters) - before


def measure(page: Page, stub: Stub, sources: dict[str, str], scenario: Scenario) -> None:
    """Prints one line a source: script time in plain rounds, the longest piece in rounds that are traced."""
    counters = page.context.new_cdp_session(page)
    counters.send("Performance.enable", {"timeDomain": "threadTicks"})
    browser = page.context.browser
    assert browser is not None
    total: dict[str, list[float]] = {name: [] for name in sources}
    longest: dict[str, list[float]] = {name: [] for name in sources}
    for round in range(ROUNDS + TRACED):
        for name, source in sources.items():
            if round < ROUNDS:
                total[name].append(scenario(page, stub, counters, source))
                continue
            browser.start_tracing(page=page, categories=["devtools.timeline"])
            scenario(page, stub, counters, source)
            longest[name].append(longest_piece(browser.stop_tracing()))
    print(scenario.__name__.replace("_", " "))
    for name in sources:
        print(f"  {name:12} script {_figures(total[name])}   longest {_figures(longest[name])} ms")


def _figures(values: list[float]) -> str:
    return f"{statistics.median(values):5.1f} (smallest {min(values):5.1f})"


def sources_named(files: list[str]) -> dict[str, str]:
    """The scripts that take turns, by name; the first two show what the page and the machine cost without ours."""
    found = {"empty": "", "bare walk": WALK}
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
