"""Consent, privacy signals and the visitor carried to other domains."""

from __future__ import annotations

from story import ORIGINAL, SWAPPED, Story
from stub_server import Stub


def test_withdrawn_consent_clears_cookie_storage_and_page(story: Story) -> None:
    story.site.beat = 0.1
    story.open(src=f"{story.stub.origin('track')}/w.js")
    story.until("document.cookie && " + SWAPPED)

    story.page.evaluate("skvoz('consent', false)")
    story.until("!document.cookie")
    story.page.wait_for_timeout(200)  # a beat may be under way
    told = len(story.site.told)
    story.page.wait_for_timeout(300)

    assert story.page.evaluate(ORIGINAL)
    assert story.stored() == {}
    assert len(story.site.told) == told


def test_consent_can_be_given_again_on_the_same_page(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("skvoz('consent', false)")
    story.until(ORIGINAL)
    story.page.evaluate("skvoz('consent', true)")

    story.until(SWAPPED)
    first, second = story.told("visit", 2)
    assert first["visitor"] != second["visitor"]
    assert second.get("visit") is None


def test_taps_before_consent_are_not_told_after_it(story: Story) -> None:
    link = """<a id=tel href="tel:84951112233">8 (495) 111-22-33</a>
        <script>addEventListener('click', e => e.preventDefault())</script>"""
    story.open(tag='data-consent="required"', body=link)
    story.page.click("#tel")
    story.until("performance.getEntriesByType('resource').some(e => /part=more/.test(e.name) && e.responseEnd)")

    story.page.evaluate("skvoz('consent', true)")
    story.until(SWAPPED)
    story.page.evaluate("skvoz('event', 'afterwards')")

    assert [event["name"] for event in story.told("event")] == ["afterwards"]


def test_global_privacy_control_is_respected_when_asked(story: Story) -> None:
    gpc = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})</script>"
    story.open(tag='data-dnt="respect"', head=gpc)
    story.page.wait_for_load_state("load")
    story.page.evaluate("new Promise(done => skvoz('number', '+74951112233', done))")

    assert story.site.told == []
    assert story.stored() == {}


def test_links_to_the_other_domain_carry_the_visitor(story: Story, stub: Stub) -> None:
    other = f"{stub.origin('www.other-of-' + story.name)}/?a=1#x"
    story.site.extra = {"link": "token.1.mac"}
    body = f"""<p>8 (495) 111-22-33</p><a id=ours href="{other}">ours</a><a id=theirs href="https://else.test/">theirs</a>
        <script>addEventListener('click', e => e.preventDefault())</script>"""
    story.open(tag=f'data-domains="x.ru, other-of-{story.name}.localhost"', body=body)
    story.until(SWAPPED)

    story.page.click("#ours")
    story.page.click("#theirs")

    assert story.page.get_attribute("#ours", "href") == other.replace("#x", "&_skv=token.1.mac#x")
    assert story.page.get_attribute("#theirs", "href") == "https://else.test/"


def test_an_arriving_token_goes_to_the_server_and_leaves_the_address(story: Story) -> None:
    story.site.extra = {"visitor": "ef" * 16}
    story.open("/?a=%20b&_skv=token.1.mac&c=d#e")
    story.until(SWAPPED)

    view = story.told("visit")[0]
    assert view["link"] == "token.1.mac"
    assert view["url"] == story.page.url == story.stub.url(story.name, "/?a=%20b&c=d#e")
    assert story.stored()[f"_skv.{story.name}"] == "ef" * 16
