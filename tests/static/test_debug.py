"""The debug mode explains itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from story import ORIGINAL, SWAPPED, Story


def test_debug_says_what_was_swapped_and_what_was_left(story: Story) -> None:
    story.open(body="<p>8 (495) 111-22-33</p><code>8 (495) 111-22-33</code><p>8 800 555-35-35</p>")
    story.until(SWAPPED)

    rows = story.page.evaluate("new Promise(done => skvoz('debug', done))")

    found = {row["what"]: row for row in rows}
    assert (found["+74951112233"]["swapped"], found["+74951112233"]["left"]) == (1, 1)
    assert "<code>" in found["+74951112233"]["note"]
    assert found["8 800 555-35-35"]["note"] == "found, but not leased"
    assert found["running"]["now"] == "yes"


def test_debug_says_why_nothing_happens(story: Story) -> None:
    story.site.numbers, story.site.reason = [], "exhausted"
    story.open()
    story.until(f"localStorage['_skv.{story.name}.l']")

    rows = story.page.evaluate("new Promise(done => skvoz('debug', done))")

    assert next(row for row in rows if row["what"] == "reason")["now"] == "exhausted"


def test_debug_shows_a_panel_under_a_strict_policy(story: Story) -> None:
    complaints: list[str] = []
    story.page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    story.site.headers = {
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'; script-src 'self' 'unsafe-inline'"
    }
    story.open()
    story.page.evaluate("skvoz('debug')")

    story.page.wait_for_selector("body > div[data-skv-ignore]", state="attached")
    assert complaints == []


def _rows(story: Story, what: str) -> list[dict[str, Any]]:
    rows = story.page.evaluate("new Promise(done => skvoz('debug', done))")
    return [row for row in rows if row["what"] == what]


@pytest.mark.parametrize(
    "put_back",
    ["box.textContent = own", "box.innerHTML = own", "box.firstChild.data = own", "box.parentNode.innerHTML = whole"],
)
def test_debug_names_the_script_that_puts_the_original_back(story: Story, put_back: str) -> None:
    story.site.pages["/rival.js"] = f"""let puts = 0;
        setInterval(() => {{ if (/777/.test(around.textContent)) {{ {put_back}; puts++ }} }}, 20)"""
    head = """<script>const own = '8 (495) 111-22-33', whole = `<p id=box>${own}</p>`</script>"""
    story.open(head=head, body='<div id=around><p id=box>8 (495) 111-22-33</p></div><script src="/rival.js"></script>')
    story.told("event")

    [row] = _rows(story, "overwritten")

    assert row["note"].startswith(f"put back by {story.stub.url(story.name)}rival.js:2:")
    assert story.page.evaluate(ORIGINAL)


def test_debug_says_when_a_link_calls_another_number_than_it_reads(story: Story) -> None:
    story.open(body='<a href="tel:+74951112233">8 (495) 111-22-33</a><a href="tel:+78123334455">8 (495) 111-22-33</a>')
    story.until(SWAPPED)

    [row] = _rows(story, "link and text differ")

    assert (row["now"], row["note"]) == ("tel:+78123334455", "8 (495) 777-00-01")


def test_debug_says_that_the_answer_came_late(story: Story) -> None:
    story.site.hang = ("visit",)
    story.open()
    story.told("visit")
    story.page.wait_for_timeout(1600)
    story.site.status = {"beat": 503}
    story.site.release.set()
    story.until(f"JSON.parse(localStorage['_skv.{story.name}.l'] || '{{}}').numbers")

    assert _rows(story, "late")[0]["now"] == "yes"


def test_debug_knows_other_call_trackers_and_what_a_refused_request_means(story: Story) -> None:
    story.page.route(re.compile("calltouch|/w/visit"), lambda route: route.abort())
    story.open(head='<script src="https://mod.calltouch.ru/init.js?id=1"></script>')
    story.page.wait_for_load_state("load")
    story.page.evaluate("new Promise(done => skvoz('number', '+74951112233', done))")

    assert [row["now"] for row in _rows(story, "another call tracker")] == ["mod.calltouch.ru"]
    assert "connect-src" in _rows(story, "error")[0]["note"]
