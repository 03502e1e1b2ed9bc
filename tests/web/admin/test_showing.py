import pytest

from tracker.web.admin.showing import unbroken, with_code


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+442079460111", '<span class="nowrap">+44 20 7946 0111</span>'),
        ("hello@northlight.example", "hello<wbr>@northlight.example"),
        ("<b>@northlight.example", "&lt;b&gt;<wbr>@northlight.example"),
        (None, '<span class="nowrap">—</span>'),
    ],
)
def test_number_never_breaks_and_address_breaks_before_its_at(value: str | None, shown: str) -> None:
    assert unbroken(value) == shown


def test_backticks_make_code_and_markup_stays_text() -> None:
    assert with_code("`a<b` of <i>that</i>.") == "<code>a&lt;b</code> of &lt;i&gt;that&lt;/i&gt;."
