"""Rows: ways of writing a number, and what only looks like one."""

from __future__ import annotations

from page import Page


def _texts(*rows: tuple[str, str]) -> list[Page]:
    return [Page(name, f"<p>{body}</p>") for name, body in rows]


WRITINGS = _texts(
    ("brackets and dashes", "Call {{+7 (495) 111-22-33|+7 (495) 777-00-01}} today"),
    ("plain digits", "{{84951112233|84957770001}}"),
    ("leading eight", "{{8 495 1112233|8 495 7770001}}"),
    ("national form", "{{(495) 111-22-33|(495) 777-00-01}}"),
    ("double zero prefix", "{{00 7 495 111 22 33|00 7 495 777 00 01}} or {{0074951112233|0074957770001}}"),
    ("non-breaking spaces", "{{8&nbsp;495&nbsp;111&nbsp;22&nbsp;33|8&nbsp;495&nbsp;777&nbsp;00&nbsp;01}}"),
    ("thin spaces", "{{+7&thinsp;495&thinsp;111&#8239;22&#8239;33|+7&thinsp;495&thinsp;777&#8239;00&#8239;01}}"),
    ("dashes of every kind", "{{8‑495–111—22−33|8‑495–777—00−01}} {{8‒495―111‐22-33|8‒495―777‐00-01}}"),
    ("soft hyphens", "{{8 495 111&shy;22&shy;33|8 495 777&shy;00&shy;01}}"),
    ("dots and slash", "{{8.495.111.22.33|8.495.777.00.01}} and {{495/1112233|495/7770001}}"),
    ("zero width and direction marks", "&#8206;{{+7495&#8203;111&#8203;2233|+7495&#8203;777&#8203;0001}}&#8206;"),
    ("two numbers in one text", "{{8 495 111-22-33|8 495 777-00-01}}, {{8 495 111-22-33|8 495 777-00-01}}"),
    ("two numbers side by side", "{{8 495 111-22-33|8 495 777-00-01}} {{8 495 111-22-33|8 495 777-00-01}}"),
    ("another number first", "7 (495) 111-22-34 {{7 (495) 111-22-33|7 (495) 777-00-01}}"),
    ("another number first, then a shorter writing", "8 (495) 111-22-34 {{(495) 111-22-33|(495) 777-00-01}}"),
    ("a list without spaces", "{{8 495 111-22-33|8 495 777-00-01}},8 495 111-22-34"),
    (
        "words that only begin like an order",
        "Приём заказов: {{84951112233|84957770001}}. Заказать {{84951112233|84957770001}}. "
        "Orders: {{84951112233|84957770001}}",
    ),
    ("number glued to Cyrillic", "тел.{{84951112233|84957770001}}доб"),
    ("a digit in front", "Office 12 {{8 495 111-22-33|8 495 777-00-01}} 7 {{(495) 111-22-33|(495) 777-00-01}}"),
    (
        "opening hours behind",
        "{{(495) 111-22-33|(495) 777-00-01}} 9:00-21:00, {{8 495 111 22 33|8 495 777 00 01}} 24/7",
    ),
    (
        "plus with a space, plus in brackets",
        "{{+ 7 495 111-22-33|+ 7 495 777-00-01}} {{(+7 495) 111-22-33|(+7 495) 777-00-01}}",
    ),
    ("area code with its eight in brackets", "{{(8495) 111-22-33|(8495) 777-00-01}}"),
    (
        "dashes in spaces, two dashes",
        "{{8 - 495 - 111 - 22 - 33|8 - 495 - 777 - 00 - 01}} {{8--495--111--22--33|8--495--777--00--01}}",
    ),
    (
        "quotes and colons around",
        '«{{8 495 111-22-33|8 495 777-00-01}}» "{{84951112233|84957770001}}" тел:{{84951112233|84957770001}};',
    ),
    ("years around", "{{8 495 111-22-33|8 495 777-00-01}} 2026 год; с 1999 {{8 495 111-22-33|8 495 777-00-01}}"),
    ("prefixes for abroad", "{{007 495 111-22-33|007 495 777-00-01}} {{8~10 7 495 111 22 33|8~10 7 495 777 00 01}}"),
    ("three numbers in a row", "8 800 555-35-35 8 812 333-44-55 {{8 495 111-22-33|8 495 777-00-01}}"),
    (
        "a slash between numbers",
        "{{8 495 111-22-33|8 495 777-00-01}} / 8 495 111-22-34, "
        "+7 495 111-22-34 / {{+7 495 111-22-33|+7 495 777-00-01}}",
    ),
)

UNTOUCHED = _texts(
    ("another number", "8 (495) 111-22-34 and 8 (499) 111-22-33 and 8 (812) 111-22-33"),
    ("registration number that holds the digits", "ИНН 7495111223, ОГРН 1084951112233, INN 749511122337"),
    ("registration number of the same digits", "ИНН 4951112233, INN: 4951112233"),
    ("order number", "Order 18495111223399, № 4951112233, order no. 4951112233, A4951112233, ID4951112233"),
    ("order number with dashes", "77-8495-1112233 and 8495-1112233-77 and 8495.1112233.5"),
    ("price", "4 951 112 233 ₽, 4951112233 руб., $4951112233, 4,951,112,233, 74951112233.50"),
    ("another country", "+1 495 111 22 33, +1 (495) 111-22-33, +375 495 1112233, +4951112233"),
    ("another country in a row of numbers", "+375 495 1112233 8 800 555-35-35, +375 495 1112233 (495) 111-22-34"),
    ("second number by its last digits", "8 495 111-22-33/34"),
    ("words around digits", "x84951112233y 84951112233abc"),
    ("email that holds ours", "presales@example.com sales@example.com.ru sales@example.community sales-x@example.net"),
    ("email with a tag", "sales+spring@example.com"),
)

SPLIT = [
    Page("split by span", "<p><span>{{8 (495)|8 (495)}}</span> {{111-22-33|777-00-01}}</p>"),
    Page(
        "split digit by digit",
        "<p>8<b>495</b><i>{{1|7}}</i><i>{{1|7}}</i><i>{{1|7}}</i>-<u>{{22|00}}</u>-{{33|01}}</p>",
    ),
    Page(
        "split over nested elements with indentation",
        '<p>\n  <a href="{{tel:84951112233|tel:84957770001}}">\n    <span>+7\n </span>\n <b>(<em>495</em>)\n </b>\n'
        "  <strong>{{111|777}}<wbr>{{-22|-00}}<wbr>{{-33|-01}}</strong></a></p>",
    ),
    Page("split by font", "<p>8 <font size=5>495</font> {{111-22-33|777-00-01}}</p>"),
    Page("split by tspan", "<svg><text><tspan>8 495</tspan> <tspan>{{111-22-33|777-00-01}}</tspan></text></svg>"),
    Page("not split over blocks", "<div>8 495</div><div>111-22-33</div><p>8 495<br>111-22-33</p>"),
    Page("not split over cells of a list", "<ul><li>8 (495)</li><li>111-22-33</li></ul>"),
    Page("block after an inline line", "<div><span>8 495</span> {{111-22-33|777-00-01}}<div>111-22-33</div></div>"),
]
