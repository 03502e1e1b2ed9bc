from datetime import timedelta
from decimal import Decimal

import pytest

from tracker.configuration import kinds
from tracker.configuration.kinds import Kind
from tracker.pools.models import LeaseOn


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.DURATION_KIND, "90s", timedelta(seconds=90)),
        (kinds.DURATION_KIND, "15m", timedelta(minutes=15)),
        (kinds.DURATION_KIND, "30d", timedelta(days=30)),
        (kinds.PHONE, "8 (495) 111-22-33", "+74951112233"),
        (kinds.OVERFLOW, "shared", "shared"),
        (kinds.OVERFLOW, "8 495 1112299", "+74951112299"),
        (kinds.HOST_KIND, "Shop.Example.COM.", "shop.example.com"),
        (kinds.HOST_KIND, "пример.рф", "xn--e1afmkfd.xn--p1ai"),
        (kinds.HOST_KIND, "localhost", "localhost"),
        (kinds.ADDRESS_KIND, "Sales@Example.com", "sales@example.com"),
        (kinds.COUNTRY, "kz", "KZ"),
        (kinds.TIMEZONE, "Asia/Almaty", "Asia/Almaty"),
        (kinds.CURRENCY, "eur", "EUR"),
        (kinds.MONEY, "450", Decimal("450.00")),
        (kinds.MONEY, "99.90", Decimal("99.90")),
        (kinds.SHARE, "0.75", 0.75),
        (kinds.SHARE, "1", 1.0),
        (kinds.BOOL, "yes", True),
        (kinds.BOOL, "Off", False),
        (kinds.integer(6, 7), "7", 7),
        (kinds.choice(LeaseOn), "arrival", LeaseOn.ARRIVAL),
        (kinds.KEY_KIND, "shop-1.example_x", "shop-1.example_x"),
    ],
)
def test_writing_is_understood(kind: Kind, text: str, value: object) -> None:
    assert kind.read(text, "RU") == value


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (kinds.DURATION_KIND, "15", "use 15m, 2h or 30d"),
        (kinds.DURATION_KIND, "1.5h", "use 15m, 2h or 30d"),
        (kinds.DURATION_KIND, "99999d", "use 15m, 2h or 30d"),
        (kinds.PHONE, "call us", "'call us' is not a phone number; write it like +74951112233"),
        (kinds.OVERFLOW, "none", 'use original, shared or a phone number such as "+74951112299"'),
        (
            kinds.HOST_KIND,
            "https://example.com",
            "write the host alone, such as example.com: no https://, no path, no port",
        ),
        (
            kinds.HOST_KIND,
            "example.com:8080",
            "write the host alone, such as example.com: no https://, no path, no port",
        ),
        (kinds.HOST_KIND, "*.example.com", "write example.com: a domain covers its sub-domains"),
        (kinds.ADDRESS_KIND, "sales", "write an address such as sales@example.com"),
        (kinds.COUNTRY, "Russia", "use a country code of two letters such as RU or DE"),
        (kinds.TIMEZONE, "Moscow", "use an IANA name such as Europe/Moscow"),
        (kinds.CURRENCY, "₽", "use a currency code of three letters such as RUB or EUR"),
        (kinds.MONEY, "-1", "use an amount such as 450 or 450.50"),
        (kinds.MONEY, "1.005", "use an amount such as 450 or 450.50"),
        (kinds.MONEY, "NaN", "use an amount such as 450 or 450.50"),
        (kinds.SHARE, "60%", "use a number from 0 to 1 such as 0.6"),
        (kinds.SHARE, "nan", "use a number from 0 to 1 such as 0.6"),
        (kinds.BOOL, "1", "use true or false"),
        (kinds.integer(6, 7), "8", "use a whole number from 6 to 7"),
        (kinds.choice(LeaseOn), "never", "use arrival or engagement"),
        (kinds.KEY_KIND, "my site", "use letters, digits, dot, dash and underscore, 63 at most"),
        (kinds.TEXT, " ", "is empty"),
    ],
)
def test_nonsense_is_answered_with_what_to_write(kind: Kind, text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        kind.read(text, "RU")

    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["45s", "90s", "15m", "2h", "24h", "36h", "2d", "30d"])
def test_duration_is_written_as_people_write_it(text: str) -> None:
    assert kinds.write_duration(kinds.DURATION_KIND.read(text, "")) == text


@pytest.mark.parametrize(("text", "written"), [("450", 450), ("99.90", 99.9)])
def test_money_is_written_without_needless_zeros(text: str, written: object) -> None:
    assert kinds.MONEY.write(kinds.MONEY.read(text, "")) == written
