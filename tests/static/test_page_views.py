"""What a page view says, and what counts as one."""

from __future__ import annotations

from story import SWAPPED, Story


def test_page_view_says_what_the_contract_lists(story: Story) -> None:
    cookies = ["_ga=GA1.1.1.2", "_ga_ABC=GS1.1.3", "_ym_uid=4", "_fbp=fb.1", "_fbc=fb.2"]
    set_them = f"<script>for (const pair of {cookies}) document.cookie = pair</script>"
    story.open("/?utm_source=google&gclid=abc", head=set_them)

    view = story.told("visit")[0]

    assert view["url"].endswith("/?utm_source=google&gclid=abc")
    assert (view["title"], view["referrer"], view["late_ms"], view["test"]) == ("Page", "", 0, False)
    assert (view["ga"], view["ga_streams"], view["ym"]) == ("GA1.1.1.2", {"_ga_ABC": "GS1.1.3"}, "4")
    assert (view["fbp"], view["fbc"], view["screen"]) == ("fb.1", "fb.2", "1280x720")
    assert view["numbers"] == ["8 (495) 111-22-33"]
    assert view["engaged"] is False
    assert view["webdriver"] is True


def test_more_than_twenty_numbers_are_left_to_the_server(story: Story) -> None:
    story.open(body="".join(f"<p>8 495 222-33-{n}</p>" for n in range(10, 40)) + "<p>8 (495) 111-22-33</p>")

    assert "numbers" not in story.told("visit")[0]
    story.until(SWAPPED)


def test_dates_and_sums_are_not_asked_for(story: Story) -> None:
    story.open(body="<p>01.02.2026, 2026-02-01, 12 000 000 ₽, 8 (495) 111-22-33</p>")

    assert story.told("visit")[0]["numbers"] == ["8 (495) 111-22-33"]


def test_test_mode_is_said(story: Story) -> None:
    story.open(tag='data-test="true"')

    assert story.told("visit")[0]["test"] is True


def test_on_our_own_origin_the_script_leaves_the_cookie_to_the_server(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    assert story.page.evaluate("document.cookie") == ""
    assert story.stored()[f"_skv.{story.name}"] == story.told("visit")[0]["visitor"]


def test_from_another_host_the_cookie_is_set_on_the_root_domain(story: Story) -> None:
    story.open(src=f"{story.stub.origin('track')}/w.js")
    story.until("document.cookie")

    cookie = next(c for c in story.page.context.cookies(story.stub.url(story.name)) if c["name"] == "_skv")
    assert cookie["value"] == story.told("visit")[0]["visitor"]
    assert cookie["domain"] == f".{story.name}.localhost"
    assert cookie["sameSite"] == "Lax"


def test_the_cookie_names_the_visitor_on_the_next_page(story: Story) -> None:
    story.page.context.add_cookies([{"name": "_skv", "value": "ab" * 16, "url": story.stub.url(story.name)}])

    story.open()

    assert story.told("visit")[0]["visitor"] == "ab" * 16


def test_the_visitor_the_server_answers_is_adopted(story: Story) -> None:
    story.site.extra = {"visitor": "cd" * 16}
    story.open()
    story.until(SWAPPED)

    assert story.stored()[f"_skv.{story.name}"] == "cd" * 16


def test_a_change_of_route_is_a_page_view(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("history.pushState({}, '', '/second'); document.title = 'Second'")

    view = story.told("visit", 2)[1]
    assert (view["url"], view["title"]) == (story.stub.url(story.name, "/second"), "Second")
    assert view["referrer"] == story.stub.url(story.name)


def test_an_anchor_is_no_page_view_but_a_hash_route_is(story: Story) -> None:
    story.open()
    story.until(SWAPPED)

    story.page.evaluate("location.hash = 'contacts'")
    story.page.wait_for_timeout(300)
    story.page.evaluate("location.hash = '#/about'")

    assert story.told("visit", 2)[1]["url"].endswith("#/about")
    assert len(story.site.bodies("visit")) == 2


def test_a_route_taken_by_the_navigation_api_is_a_page_view(story: Story) -> None:
    story.open(body="<script>navigation.addEventListener('navigate', event => event.intercept())</script>")
    story.told("visit")

    story.page.evaluate("navigation.navigate('/next')")

    assert story.told("visit", 2)[1]["url"] == story.stub.url(story.name, "/next")
