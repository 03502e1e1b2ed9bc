"""Taps, copies and the public calls."""

from __future__ import annotations

from story import SWAPPED, Story

LINKS = """<a id=tel href="tel:84951112233">8 (495) 111-22-33</a>
    <a id=mail href="mailto:sales@example.com?subject=x">mail</a>
    <button id=copy onclick="navigator.clipboard.writeText(tel.textContent)">copy</button>
    <script>addEventListener('click', e => e.target.href && e.preventDefault())</script>"""


def test_taps_and_copies_are_reported(story: Story) -> None:
    story.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    story.open(body=LINKS)
    story.until("/777/.test(tel.href)")

    story.page.click("#tel")
    story.told("event", 1)
    story.page.click("#mail")
    story.told("event", 2)
    story.page.click("#copy")
    story.told("event", 3)
    story.page.evaluate("getSelection().selectAllChildren(tel)")
    story.page.keyboard.press("Control+c")

    events = [(event["name"], event["data"]) for event in story.told("event", 4)]
    assert events == [
        ("tel_click", {"number": "84957770001"}),
        ("mail_click", {"address": "sales+k3v9xq@example.com"}),
        ("tel_copy", {"number": "8 (495) 777-00-01"}),
        ("tel_copy", {"number": "8 (495) 777-00-01"}),
    ]


def test_calls_made_before_the_script_arrived_are_answered(story: Story) -> None:
    calls = """<script>window.heard = []; setTimeout(() => 0);
        window.skvoz=window.skvoz||function(){(skvoz.q=skvoz.q||[]).push(arguments)};
        skvoz('number', '+74951112233', n => heard.push(n)); skvoz('email', 'Sales@example.com', a => heard.push(a));
        skvoz('visit', v => heard.push(v.tag)); skvoz('event', 'video_seen', {seconds: 7});
        skvoz('identify', {email: 'ann@example.org'}); skvoz('nonsense');
        skvoz('number', '+7 812 000', n => heard.push(n)); skvoz('number', '00 7 495 111 22 33', n => heard.push(n))
        </script>"""
    story.open(head=calls)
    story.until("heard.length >= 5")

    assert sorted(story.page.evaluate("heard")) == [
        "+7 812 000", "+74957770001", "+74957770001", "k3v9xq", "sales+k3v9xq@example.com",
    ]  # fmt: skip
    events = {event["name"]: event["data"] for event in story.told("event", 2)}
    assert events == {"video_seen": {"seconds": 7}, "identify": {"email": "ann@example.org"}}


def test_a_subscriber_hears_the_loss_of_the_number(story: Story) -> None:
    story.site.beat = 0.1
    story.open()
    story.page.evaluate("window.heard = []; skvoz('number', '8 (495) 111-22-33', n => heard.push(n))")
    story.until("heard.length === 1")

    story.site.numbers = []
    story.until("heard.length === 2")

    assert story.page.evaluate("heard") == ["+74957770001", "8 (495) 111-22-33"]


def test_a_callback_that_throws_harms_nobody(story: Story) -> None:
    errors: list[str] = []
    story.page.on("pageerror", lambda error: errors.append(str(error)))
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("skvoz('number', '+74951112233', () => { throw 1 }); skvoz('visit'); skvoz('event'); skvoz()")
    story.page.evaluate("window.heard = []; skvoz('number', '+74951112233', n => heard.push(n))")
    story.until("heard.length === 1")

    assert errors == []


def test_refresh_beats(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("skvoz('refresh')")

    assert len(story.told("beat")) == 1
