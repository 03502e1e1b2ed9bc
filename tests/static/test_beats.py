"""Engagement, beats and the farewell."""

from __future__ import annotations

from story import HIDE, ORIGINAL, SWAPPED, Story
from stub_server import NUMBER


def test_engagement_beats_at_once_and_brings_the_number(story: Story) -> None:
    story.site.lease_on = "engagement"
    story.open()
    story.told("visit")

    story.page.keyboard.press("Shift")

    story.until(SWAPPED)
    assert story.told("beat")[0]["engaged"] is True


def test_two_visible_seconds_are_engagement(story: Story) -> None:
    story.site.lease_on = "engagement"
    story.open()

    story.until(SWAPPED)


def test_beats_say_what_is_shown(story: Story) -> None:
    story.site.beat = 0.1
    story.open()

    beats = story.told("beat", 3)

    assert beats[-1]["held"] == [NUMBER["number"]]
    assert beats[-1]["numbers"] == ["8 (495) 111-22-33"]


def test_beats_carry_the_cookies_that_came_after_the_page_view(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("for (const pair of ['_ga=GA1.1.1.2', '_ga_ABC=GS1.1.3', '_fbp=fb.1']) document.cookie = pair")
    story.page.evaluate("skvoz('refresh')")

    beat = story.told("beat")[0]
    assert (beat["ga"], beat["ga_streams"], beat["fbp"]) == ("GA1.1.1.2", {"_ga_ABC": "GS1.1.3"}, "fb.1")
    assert "ga" not in story.told("visit")[0]


def test_after_three_failed_beats_the_original_returns_and_later_the_number(story: Story) -> None:
    story.site.beat = 0.1
    story.open()
    story.until(SWAPPED)

    story.site.status = {"beat": 503}
    story.until(ORIGINAL)
    story.site.status = {}
    story.until(SWAPPED)

    assert len(story.told("beat")) > 3


def test_a_number_missing_in_the_answer_is_taken_back(story: Story) -> None:
    story.site.beat = 0.1
    story.open()
    story.until(SWAPPED)

    story.site.numbers = []

    story.until(ORIGINAL)


def test_hiding_says_farewell_once_and_returning_beats(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate(HIDE, "hidden")
    story.page.evaluate("dispatchEvent(new Event('pagehide'))")
    story.told("leave")
    story.page.evaluate(HIDE, "visible")
    story.told("beat")

    assert len(story.site.bodies("leave")) == 1
    assert story.page.evaluate(SWAPPED)


def test_closing_says_farewell(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.goto("about:blank")

    assert len(story.told("leave")) == 1


def test_coming_back_from_the_cache_of_pages_beats(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    story.told("leave")
    story.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

    assert len(story.told("beat")) == 1


def test_a_hidden_page_takes_nothing_before_it_is_seen(story: Story) -> None:
    hidden = "<script>Object.defineProperty(document, 'hidden', {value: true, configurable: true})</script>"
    story.open(head=hidden)
    story.page.wait_for_load_state("load")
    assert story.site.told == []

    story.page.evaluate(HIDE, "visible")

    story.until(SWAPPED)


def test_a_tab_seen_after_the_lease_ended_shows_the_original(story: Story) -> None:
    story.open()
    story.until(SWAPPED)
    hidden = "<script>Object.defineProperty(document, 'hidden', {value: true, configurable: true})</script>"
    story.site.hang = ("visit",)
    story.open(head=hidden)
    story.until(SWAPPED)

    story.page.evaluate("{ const now = Date.now; Date.now = () => now() + 18e5 }")
    story.page.evaluate(HIDE, "visible")

    assert story.page.evaluate(ORIGINAL)
