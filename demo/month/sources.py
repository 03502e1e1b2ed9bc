"""What brings people to the two sites, what they look at, and who they are; weights say how often."""

from __future__ import annotations

from dataclasses import dataclass

UTM = "?utm_source={}&utm_medium={}&utm_campaign={}"


@dataclass(frozen=True)
class Way:
    """One way to the site: what the address carries, who referred, how often, how many of a thousand inquire."""

    query: str
    referrer: str | None
    weight: int
    inquire: int


@dataclass(frozen=True)
class Company:
    """How busy a site is and who comes. `pages` are path and title; `people` name and mail box; texts for letters."""

    key: str
    visits_a_day: int
    ways: tuple[Way, ...]
    pages: tuple[tuple[str, str], ...]
    cities: tuple[tuple[str, str], ...]  # region, city
    country: str
    language: str
    people: tuple[tuple[str, str], ...]
    mobile: str  # first digits of the callers, E.164; seven more follow
    questions: tuple[tuple[str, str], ...]
    form_fields: tuple[str, str]
    connections: tuple[str, str | None, str]  # switchboard, mailbox, CRM


NORTHLIGHT = Company(
    key="northlight",
    visits_a_day=42,
    ways=(
        Way(UTM.format("google", "cpc", "windows-london") + "&utm_term=sash+windows&gclid=EAIaIQobChMI", None, 22, 95),
        Way(UTM.format("google", "cpc", "brand") + "&gclid=EAIaIQobChMJ", None, 9, 130),
        Way(UTM.format("bing", "cpc", "windows-uk") + "&msclkid=4f1c", None, 6, 80),
        Way(UTM.format("facebook", "paid_social", "spring-retargeting-lookalike-homeowners-35-plus"), None, 9, 35),
        Way("", "https://www.google.com/", 21, 60),
        Way("", "https://www.bing.com/", 4, 55),
        Way("", None, 16, 65),
        Way(UTM.format("newsletter", "email", "autumn-offers"), None, 6, 70),
        Way("", "https://www.instagram.com/", 4, 20),
        Way("", "https://www.houseandgarden-renovation-directory.example/listing/northlight", 2, 90),
        Way("", "https://chatgpt.com/", 2, 100),
        Way(UTM.format("poster", "offline", "angel-station"), None, 1, 60),
    ),
    pages=(
        ("/", "Northlight Windows: sash and casement windows in London"),
        ("/sash-windows", "Sash windows"),
        ("/casement-windows", "Casement windows"),
        ("/prices", "What our windows cost"),
        ("/rooms/study", "Windows for a study"),
        ("/reviews", "What customers say"),
        ("/contact", "Contact"),
    ),
    cities=(
        ("England", "London"), ("England", "London"), ("England", "Brighton"), ("England", "Reading"),
        ("Scotland", "Edinburgh"),
    ),
    country="GB",
    language="en-GB",
    people=(
        ("Amelia Hughes", "amelia.hughes"), ("Oliver Bennett", "oliver.bennett"), ("Priya Nair", "priya.nair"),
        ("George Whitfield", "g.whitfield"), ("Sophie Laurent", "sophie.laurent"), ("Daniel Okafor", "d.okafor"),
        ("Megan Price", "megan.price"), ("Tomasz Zielinski", "t.zielinski"), ("Harriet Cole", "harriet.cole"),
        ("Yusuf Demir", "yusuf.demir"), ("Isla Mackenzie", "isla.mackenzie"), ("Edward Lamb", "edward.lamb"),
    ),
    mobile="+447700900",
    questions=(
        ("Quote for six sash windows", "Hello, we would like to replace six sash windows in a Victorian terrace. "
         "Could somebody come and measure?\n\nKind regards"),
        ("Draughty bay window", "Good morning,\n\nour bay window lets the wind in. Do you repair, or only replace?"),
        ("Planning permission", "Do you help with the application in a conservation area? What does it usually cost?"),
    ),
    form_fields=("Which rooms?", "Living room and two bedrooms"),
    connections=("office-pbx", "office-mail", "amocrm"),
)  # fmt: skip

TEPLY_DOM = Company(
    key="teply-dom",
    visits_a_day=14,
    ways=(
        Way(UTM.format("yandex", "cpc", "okna-moskva-poisk") + "&utm_term=пластиковые+окна&yclid=1712", None, 26, 90),
        Way(UTM.format("yandex", "cpc", "brend") + "&yclid=1713", None, 8, 140),
        Way(UTM.format("vk", "cpc", "retargeting"), None, 8, 40),
        Way("", "https://yandex.ru/", 24, 55),
        Way("", "https://www.google.com/", 10, 50),
        Way("", None, 18, 60),
        Way("", "https://dzen.ru/", 4, 25),
    ),
    pages=(
        ("/", "Тёплый дом: окна и двери"),
        ("/okna", "Пластиковые окна"),
        ("/dveri", "Входные двери"),
        ("/ceny", "Цены"),
        ("/kontakty", "Контакты"),
    ),
    cities=(
        ("Москва", "Москва"), ("Московская область", "Химки"), ("Тверская область", "Тверь"), ("Татарстан", "Казань"),
    ),
    country="RU",
    language="ru-RU",
    people=(
        ("Анна Соколова", "a.sokolova"), ("Игорь Лебедев", "lebedev.igor"), ("Марина Ершова", "ershova.m"),
        ("Тимур Гареев", "t.gareev"), ("Ольга Никитина", "nikitina.olga"), ("Пётр Зайцев", "zaytsev.p"),
    ),
    mobile="+7916555",
    questions=(
        ("Замер на выходных", "Здравствуйте! Нужны три окна в кирпичный дом. Можно ли замер в субботу?"),
        ("Сколько стоит дверь", "Добрый день, подскажите цену входной двери с терморазрывом и срок установки."),
    ),
    form_fields=("Что нужно", "Два окна и балконный блок"),
    connections=("atc", None, "bitrix24"),
)  # fmt: skip

COMPANIES = (NORTHLIGHT, TEPLY_DOM)
