"""What is known from storage is shown at once, and nothing else moves."""

from __future__ import annotations

import pytest
from story import SWAPPED, Story
from stub_server import NUMBER


def test_the_second_page_shows_the_number_before_the_network_answers(story: Story) -> None:
    story.open()
    story.until(SWAPPED)
    story.site.hang = ("visit",)

    story.page.reload()

    story.until(SWAPPED)
    assert not story.site.release.is_set()


def test_the_second_page_shows_the_number_in_its_first_frame(story: Story) -> None:
    frames = """<script>window.frames_ = []; requestAnimationFrame(function look() {
        if (document.querySelector('p')) frames_.push(document.querySelector('p').textContent);
        if (frames_.length < 5) requestAnimationFrame(look) })</script>"""
    story.open(head=frames, loading="")
    story.until(SWAPPED)

    story.open(head=frames, loading="")
    story.until("frames_.length === 5")

    assert set(story.page.evaluate("frames_")) == {"Call 8 (495) 777-00-01"}


@pytest.mark.parametrize(
    ("ttl", "age", "shown"),
    [(900, 800, True), (900, 901, False), (900, -60, False), (None, 1700, True), (None, 1801, False)],
)
def test_a_stored_lease_lives_by_its_ttl_from_receipt(story: Story, ttl: int | None, age: int, shown: bool) -> None:
    story.open()
    story.until(SWAPPED)
    lease = {"numbers": [{**NUMBER, "ttl": ttl}], "emails": []}
    put = "([key, lease, age]) => { lease.at = Date.now() - age * 1000; localStorage[key] = JSON.stringify(lease) }"
    story.page.evaluate(put, [f"_skv.{story.name}.l", lease, age])
    story.site.hang = ("visit",)

    story.page.reload()
    story.told("visit", 2)

    assert story.page.evaluate(SWAPPED) is shown


def test_nothing_moves_but_the_digits(story: Story) -> None:
    story.open(
        body="<p style='font-family: monospace'>Call 8 (495) 111-22-33</p><p>below</p>",
        head="""<script>window.shift = 0; new PerformanceObserver(list => { for (const e of list.getEntries())
            shift += e.value }).observe({type: 'layout-shift', buffered: true});
            new MutationObserver(records => {
              for (const r of records) if (r.target.localName === 'p') window.structure = 1 })
            .observe(document, {childList: true, subtree: true, attributes: true})</script>""",
    )
    story.page.evaluate("window.structure = 0")
    story.until(SWAPPED)

    assert story.page.evaluate("[shift, structure]") == [0, 0]
