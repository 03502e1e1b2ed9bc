"""The debug mode explains itself."""

from __future__ import annotations

from story import SWAPPED, Story


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
