"""Forms are captured without secrets, and none is lost on the way to the next page."""

from __future__ import annotations

from typing import Any

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


READY = "performance.getEntriesByType('resource').some(e => /part=forms/.test(e.name))"


def _sent(story: Story, fields: str, more: str = "", tag: str = 'data-forms="auto"') -> dict[str, Any]:
    """What the server is told when a form with these fields is sent."""
    story.open(tag=tag, body=f"<form onsubmit='return false' {more}>{fields}<button>Send</button></form>")
    story.until(READY)
    story.page.wait_for_timeout(100)
    story.page.click("text=Send")
    return story.told("form")[0]


def test_every_kind_of_field_leaves_with_what_it_says(story: Story) -> None:
    fields = """<input type=email name=email value=a@b.example><textarea name=words>one\ntwo</textarea>
        <select name=one><option value=x selected>X</select>
        <select name=many multiple><option value=1 selected>1<option value=2><option value=3 selected>3</select>
        <input type=date name=day value=2026-01-02><input type=range name=level value=7><input type=file name=paper>
        <label><input type=checkbox name=drawn value=yes checked style="opacity:0">Drawn</label>
        <input type=checkbox name=left value=no><input name=grey value=x disabled>
        <input form=far name=far value=x><input name=twice value=a><input name=twice value=b>"""

    told = _sent(story, fields)["fields"]

    assert told == {
        "email": "a@b.example", "words": "one\ntwo", "one": "x", "many": "1, 3", "day": "2026-01-02", "level": "7",
        "drawn": "yes", "twice": "a, b",
    }  # fmt: skip


TRAPS = {
    "in a box of no height": '<div style="height:0;overflow:hidden"><input name=trap value=x></div>',
    "clipped": '<input name=trap value=x style="position:absolute;clip:rect(0,0,0,0)">',
    "clipped by a path": '<input name=trap value=x style="clip-path:inset(50%)">',
    "seen through": '<div style="opacity:0"><input name=trap value=x></div>',
    "made a point": '<input name=trap value=x style="transform:scale(0)">',
    "a hidden box": "<input type=checkbox name=trap value=x checked hidden>",
    "a hidden list": '<div style="display:none"><select name=trap><option value=x selected>x</select></div>',
}


def test_what_is_hidden_by_style_stays_however_it_is_hidden(story: Story) -> None:
    hidden = "".join(f"<section>{trap.replace('trap', f'trap{n}')}</section>" for n, trap in enumerate(TRAPS.values()))

    assert _sent(story, "<input type=tel name=phone value='+7 916 1234567'>" + hidden)["fields"] == {
        "phone": "+7 916 1234567"
    }


def test_a_card_number_inside_words_stays_here(story: Story) -> None:
    words = "my card 4111-1111 1111 1111, call 8 916 123 45 67 8 495 111 22 33"

    told = _sent(story, f"<input name=email value=a@b.example><textarea name=words>{words}</textarea>")["fields"]

    assert told["words"] == "my card ****, call 8 916 123 45 67 8 495 111 22 33"


def test_fields_that_only_people_understand_are_told_by_what_they_ask_for(story: Story) -> None:
    fields = """<label for=a>Ваше имя</label><input id=a name=form_text_1 value=Анна>
        <input name=form_text_2 placeholder="Телефон" value="8 916 123-45-67"><input name=form_text_3 value="Отель">"""

    told = _sent(story, fields)["fields"]

    assert (told["name"], told["phone"], told["form_text_2"]) == ("Анна", "8 916 123-45-67", "8 916 123-45-67")


def test_fields_named_like_properties_of_a_form_do_no_harm(story: Story) -> None:
    fields = "<input type=email name=id value=a@b.example><input name=elements value=x><input name=submit value=y>"

    told = _sent(story, fields, "id=callback")

    assert (told["form"], told["fields"]) == ("callback", {"id": "a@b.example", "elements": "x", "submit": "y"})


def test_a_form_too_long_for_a_request_is_shortened(story: Story) -> None:
    fields = "<input name=email value=a@b.example>" + "".join(
        f"<textarea name=t{n}>{'я' * 4000}</textarea>" for n in range(4)
    )

    told = _sent(story, fields)["fields"]

    assert told["email"] == "a@b.example"
    assert all(len(told[f"t{n}"]) > 1000 for n in range(4))


def test_a_form_on_a_page_of_tests_is_a_test(story: Story) -> None:
    told = _sent(story, "<input name=email value=a@b.example>", tag='data-forms="auto" data-test="true"')

    assert told["test"] is True


def test_a_form_that_a_script_sends_is_captured_and_a_search_or_an_empty_one_is_not(story: Story) -> None:
    body = """<form name=empty onsubmit="return false"><input type=tel value="+7 (___)" name=phone>
        <button>Empty</button></form>
        <form name=search role=search onsubmit="return false"><input name=q value="a@b.example">
        <button>Find</button></form>
        <form name=script action="/thanks"><input type=tel name=phone value="+7 916 1234567"></form>"""
    story.site.pages["/thanks"] = "<!doctype html><title>Thanks</title>"
    story.open(tag='data-forms="auto"', body=body)
    story.until(READY)
    story.page.wait_for_timeout(100)

    story.page.click("text=Empty")
    story.page.click("text=Find")
    story.page.evaluate("document.forms.script.submit()")

    assert [form["form"] for form in story.told("form")] == ["script"]
