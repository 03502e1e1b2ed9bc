"""Forms are captured without secrets, and none is lost on the way to the next page."""

from __future__ import annotations

from story import Story

FORM = """<form name=callback onsubmit="return false">
    <input name=name value=Ann><input type=tel name=phone value="+7 916 1234567">
    <input name=website value=trap style="display:none"><input name=trap value=x style="position:absolute;left:-9999px">
    <input type=password name=secret value=x><input name=token type=hidden value=x>
    <input name=note value="4111 1111 1111 1111">
    <input name=cc autocomplete=cc-number value=4><input type=checkbox name=news value=yes checked data-skv-subscribe>
    <input type=radio name=size value=S><input type=radio name=size value=L checked><button>Send</button></form>
    <form id=search><input name=q value=x><button>Find</button></form>"""


def test_forms_are_captured_without_secrets(story: Story) -> None:
    story.open(tag='data-forms="auto"', body=FORM)
    story.until("performance.getEntriesByType('resource').some(e => /part=forms/.test(e.name))")
    story.page.wait_for_timeout(100)

    story.page.click("text=Send")

    form = story.told("form")[0]
    assert form["fields"] == {"name": "Ann", "phone": "+7 916 1234567", "news": "yes", "size": "L"}
    assert (form["form"], form["subscribe"], form["page"]) == ("callback", True, story.stub.url(story.name))


def test_a_marked_form_is_captured_and_others_are_not(story: Story) -> None:
    body = FORM.replace("name=callback", 'data-skv-form="order"') + FORM.replace("Send", "Other").replace("tel", "text")
    story.open(body=body)
    story.until("performance.getEntriesByType('resource').some(e => /part=forms/.test(e.name))")
    story.page.wait_for_timeout(100)

    story.page.click("text=Other")
    story.page.click("text=Send")

    assert [form["form"] for form in story.told("form")] == ["order"]


def test_a_second_click_is_the_same_form_and_other_words_another(story: Story) -> None:
    story.open(tag='data-forms="auto"', body=FORM)
    story.until("performance.getEntriesByType('resource').some(e => /part=forms/.test(e.name))")
    story.page.wait_for_timeout(100)

    for name in ("Ann", "Ann", "Eve"):
        story.page.fill("[name=name]", name)
        story.page.click("text=Send")

    first, second, other = (form["id"] for form in story.told("form", 3))
    assert first == second != other


def test_the_form_call_sends_what_it_is_given(story: Story) -> None:
    story.open()
    story.page.evaluate("skvoz('form', {form: 'quiz', kind: 'callback', fields: {phone: '+79161234567'}})")
    story.page.evaluate("skvoz('form', {phone: '+79161234568'})")

    forms = story.told("form", 2)

    assert (forms[0]["form"], forms[0]["kind"], forms[0]["fields"]) == ("quiz", "callback", {"phone": "+79161234567"})
    assert forms[1]["fields"] == {"phone": "+79161234568"}


def test_a_form_that_failed_is_sent_from_the_next_page(story: Story) -> None:
    story.site.status = {"form": 503}
    story.open()
    story.page.evaluate("skvoz('form', {phone: '+79161234567'})")
    first = story.told("form")[0]
    story.until(f"sessionStorage['_skv.{story.name}.f']")
    story.site.status = {}

    story.open("/thanks", body="<p>Thank you</p>")

    assert story.told("form", 2)[1] == first
    story.until(f"!sessionStorage['_skv.{story.name}.f']")


def test_a_form_that_waits_goes_with_the_consent(story: Story) -> None:
    story.site.status = {"form": 503}
    story.open()
    story.page.evaluate("skvoz('form', {phone: '+79161234567'})")
    story.until(f"sessionStorage['_skv.{story.name}.f']")

    story.page.evaluate("skvoz('consent', false)")

    story.until("!sessionStorage.length")


def test_a_form_is_sent_without_any_storage(story: Story) -> None:
    story.open(head="<script>Object.defineProperty(window, 'sessionStorage', {get() { throw new Error() }})</script>")
    story.page.evaluate("skvoz('form', {phone: '+79161234567'})")

    assert story.told("form")[0]["fields"] == {"phone": "+79161234567"}
