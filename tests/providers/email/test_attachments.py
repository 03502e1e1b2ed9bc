"""What is attached is told by name and size."""

from __future__ import annotations

import pytest
from letters import read

BOUNDED = "Content-Type: multipart/mixed; boundary=b"


def attached(headers: str, content: str = "0123456789") -> str:
    text = "--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    return f"{text}--b\r\n{headers}\r\n\r\n{content}\r\n--b--\r\n"


NAMES = {
    "plain": ('Content-Disposition: attachment; filename="price list.pdf"', "price list.pdf"),
    "name of the type": ('Content-Type: application/pdf; name="price.pdf"', "price.pdf"),
    "encoded by RFC 2231": (
        "Content-Disposition: attachment; filename*=utf-8''%D1%86%D0%B5%D0%BD%D0%B0.pdf",
        "цена.pdf",
    ),
    "in pieces": ("Content-Disposition: attachment; filename*0=pri; filename*1=ce.pdf", "price.pdf"),
    "encoded word": ('Content-Disposition: attachment; filename="=?koi8-r?B?w8XOwS5wZGY=?="', "цена.pdf"),
    "with a path": ('Content-Disposition: attachment; filename="../../etc/x.pdf"', "x.pdf"),
    "with a path of Windows": (r'Content-Disposition: attachment; filename="C:\\temp\\x.pdf"', "x.pdf"),
    "with control characters": ('Content-Disposition: attachment; filename="x\x07\u202efdp.exe"', "xfdp.exe"),
    "without a name": ("Content-Disposition: attachment", "file"),
}


@pytest.mark.parametrize(("headers", "name"), NAMES.values(), ids=NAMES)
def test_file_is_told_by_name_and_size(headers: str, name: str) -> None:
    event = read(BOUNDED, attached(headers))

    assert event.files == (f"{name} (10 bytes)",)
    assert event.text == "Hello"


def test_name_in_bytes_of_an_old_charset_is_read() -> None:
    body = (
        attached('Content-Disposition: attachment; filename="ЦЕНА"')
        .encode()
        .replace("ЦЕНА".encode(), "Прайс-лист.pdf".encode("cp1251"))
    )

    assert read(BOUNDED, body).files == ("Прайс-лист.pdf (10 bytes)",)


def test_size_is_that_of_the_file_not_of_its_encoding() -> None:
    headers = "Content-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64"

    assert read(BOUNDED, attached(headers, "AAECAwQ=")).files == ("a.bin (5 bytes)",)


def test_text_is_no_file() -> None:
    assert read().files == ()
