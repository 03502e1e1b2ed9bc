"""Servers that fail, hang or are late; the queue of unsent views."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from story import ORIGINAL, SWAPPED, Story


def test_a_late_answer_waits_for_the_next_page(story: Story) -> None:
    story.site.hang = ("visit",)
    story.open()
    story.told("visit")
    story.page.wait_for_timeout(1600)
    story.site.status = {"beat": 503}  # engagement would bring an answer in time
    story.site.release.set()
    story.until(f"JSON.parse(localStorage['_skv.{story.name}.l'] || '{{}}').numbers")
    assert story.page.evaluate(ORIGINAL)

    story.page.reload()

    story.until(SWAPPED)


@pytest.mark.parametrize("trouble", [{"status": {"visit": 503}}, {"reason": "store-down"}], ids=["503", "store-down"])
def test_an_unsent_view_is_sent_from_the_next_page(story: Story, trouble: dict[str, Any]) -> None:
    for name, value in trouble.items():
        setattr(story.site, name, value)
    story.open()
    first = story.told("visit")[0]
    story.until("performance.getEntriesByType('resource').some(e => /visit/.test(e.name) && e.responseEnd)")
    assert len(story.stored()[f"_skv.{story.name}.q"]) == 1

    story.site.status, story.site.reason = {}, None
    story.page.reload()

    views = story.told("visit", 3)
    again = next(view for view in views[1:] if view["view"] == first["view"])
    assert again["late_ms"] > 0
    story.until(f"localStorage['_skv.{story.name}.q'] === '[]'")


def test_the_queue_keeps_twenty_views(story: Story) -> None:
    story.site.status = {"visit": 503}
    old = [{"view": f"{n:016x}", "url": "https://a.test/", "late_ms": 1} for n in range(25)]
    story.open()
    story.told("visit")
    story.page.evaluate(f"old => localStorage['_skv.{story.name}.q'] = JSON.stringify(old)", old)

    story.page.reload()
    story.told("visit", 2)

    queue = story.stored()[f"_skv.{story.name}.q"]
    assert len(queue) == 20
    assert queue[0]["view"] == f"{6:016x}"


def test_a_refused_view_is_not_kept(story: Story) -> None:
    story.site.status = {"visit": 403}
    story.open()
    story.told("visit")

    story.until(f"localStorage['_skv.{story.name}.q'] === '[]'")


def test_a_blocked_server_leaves_the_page_alone(story: Story, browser: Browser) -> None:
    context: BrowserContext = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(re.compile("/w/"), lambda route: route.abort())

    page.goto(story.stub.url(story.name))
    page.evaluate("new Promise(done => skvoz('number', '+74951112233', done))")

    assert page.evaluate(ORIGINAL)
    assert errors == []
    context.close()
