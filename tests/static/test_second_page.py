"""What is known from storage is shown at once, and nothing else moves."""

from __future__ import annotations

import threading

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


# What stands on the page when a frame has been drawn, and whether our script ran by then.
FRAMES = """<script>window.frames_ = []; const channel = new MessageChannel();
    channel.port1.onmessage = () => { const p = document.querySelector('p');
      if (p) frames_.push([!!skvoz.version, p.textContent]);
      if (frames_.length < 9 || !skvoz.version) requestAnimationFrame(look) };
    const look = () => channel.port2.postMessage(0);
    requestAnimationFrame(look)</script>"""


@pytest.mark.parametrize("loading", ['async blocking="render"', ""], ids=["blocking-render", "without-async"])
def test_where_frames_wait_the_second_page_shows_the_number_in_its_first_one(story: Story, loading: str) -> None:
    story.open(head=FRAMES, loading=loading)
    story.until(SWAPPED)

    story.open(head=FRAMES, loading=loading)
    story.until("frames_.length > 8")

    assert {text for _, text in story.page.evaluate("frames_")} == {"Call 8 (495) 777-00-01"}


def test_with_async_no_frame_of_the_second_page_shows_the_original_once_the_script_ran(story: Story) -> None:
    story.open(head=FRAMES)
    story.until(SWAPPED)

    story.open(head=FRAMES)
    story.until("frames_.length > 8 && skvoz.version")

    frames = story.page.evaluate("frames_")
    assert {text for ran, text in frames if ran} == {"Call 8 (495) 777-00-01"}


def test_a_page_that_arrives_in_pieces_is_swapped_before_it_is_whole(story: Story) -> None:
    story.open()
    story.until(SWAPPED)
    story.site.pieces = threading.Event()

    story.page.evaluate("location.reload()")
    story.until(f"document.readyState === 'loading' && {SWAPPED}")

    story.site.pieces.set()
    story.until("document.readyState === 'complete'")
    assert story.page.evaluate(SWAPPED)


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
