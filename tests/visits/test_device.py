"""Devices and machines by their user-agents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.values import networks
from tracker.visits import bots, device
from tracker.visits.device import UNKNOWN, Device

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
IPAD = IPHONE.replace("iPhone; CPU iPhone OS", "iPad; CPU OS")
YANDEX = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36"
CUBOT = f"Mozilla/5.0 (Linux; Android 9; CUBOT_X19) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36"
TELEVISION = (
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/5.0 TV Safari/538.1"
)
GOOGLEBOT = f"Mozilla/5.0 (Linux; Android 6.0.1) {WEBKIT} Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

DEVICES = {
    "Windows": (WINDOWS, Device("desktop", "Chrome", "Windows")),
    "Android": (ANDROID, Device("mobile", "Chrome Mobile", "Android")),
    "iPhone": (IPHONE, Device("mobile", "Mobile Safari", "iOS")),
    "iPad": (IPAD, Device("tablet", "Mobile Safari", "iOS")),
    "Yandex Browser": (YANDEX, Device("desktop", "Yandex Browser", "Windows")),
    "television": (TELEVISION, Device("other", "Safari", "Tizen")),
    "crawler": (GOOGLEBOT, Device("bot", "Googlebot", "Android")),
    "nonsense": ("x", Device("other", None, None)),
    "empty": ("", UNKNOWN),
    "absent": (None, UNKNOWN),
}


@pytest.mark.parametrize(("user_agent", "expected"), DEVICES.values(), ids=DEVICES.keys())
def test_device_is_read(user_agent: str | None, expected: Device) -> None:
    assert device.parse(user_agent) == expected


@settings(max_examples=30)
@given(st.text(max_size=50))
def test_any_user_agent_is_taken(text: str) -> None:
    assert device.parse("Chrome/²³٤ " + text).kind in ("mobile", "tablet", "desktop", "bot", "other")


def reason(user_agent: str | None, *, webdriver: bool = False) -> str | None:
    return bots.reason(user_agent, device.parse(user_agent), webdriver)


PEOPLE = {
    "Windows": WINDOWS,
    "Android": ANDROID,
    "iPhone": IPHONE,
    "Yandex Browser": YANDEX,
    "telephone of the maker Cubot": CUBOT,
    "television": TELEVISION,
    "application of Yandex": ANDROID + " YandexSearch/25.1",
    "browser inside Facebook": IPHONE + " [FBAN/FBIOS;FBAV/450.0]",
    "browser inside Telegram": ANDROID + " Telegram-Android/11.0",
}


@pytest.mark.parametrize("user_agent", PEOPLE.values(), ids=PEOPLE.keys())
def test_people_are_let_through(user_agent: str) -> None:
    assert reason(user_agent) is None


MACHINES = {
    "search engine": (GOOGLEBOT, "crawler"),
    "Yandex's counter": ("Mozilla/5.0 (compatible; YandexMetrika/2.0; +http://yandex.com/bots)", "crawler"),
    "advertising check": ("Mediapartners-Google", "crawler"),
    "assistant": (f"Mozilla/5.0 {WEBKIT}; compatible; ChatGPT-User/1.0; +https://openai.com/bot", "crawler"),
    "collector": ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "crawler"),
    "link preview": ("facebookexternalhit/1.1", "crawler"),
    "messenger preview": ("WhatsApp/2.23.20.0", "crawler"),
    "speed check": (WINDOWS + " Chrome-Lighthouse", "crawler"),
    "availability check": ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "crawler"),
    "unknown bot": ("Mozilla/5.0 (compatible; SomethingNewBot/0.1)", "crawler"),
    "unknown spider": ("new-spider 1.0", "crawler"),
    "headless Chrome": (WINDOWS.replace("Chrome/", "HeadlessChrome/"), "headless"),
    "PhantomJS": (f"Mozilla/5.0 (Unknown; Linux x86_64) {WEBKIT} PhantomJS/2.1.1 Safari/538.1", "headless"),
    "Python": ("python-requests/2.31.0", "library"),
    "bare Python": ("Python/3.11 aiohttp/3.9", "library"),
    "curl": ("curl/8.4.0", "library"),
    "Go": ("Go-http-client/1.1", "library"),
    "okhttp": ("okhttp/4.12.0", "library"),
    "empty": ("", "empty-ua"),
    "spaces": ("  ", "empty-ua"),
    "absent": (None, "empty-ua"),
}


@pytest.mark.parametrize(("user_agent", "expected"), MACHINES.values(), ids=MACHINES.keys())
def test_machine_is_named(user_agent: str | None, expected: str) -> None:
    assert reason(user_agent) == expected
    assert expected in bots.REASONS


def test_browser_driven_by_a_program_is_a_machine() -> None:
    assert reason(WINDOWS, webdriver=True) == "webdriver"


def test_data_centre_counts_only_when_configured() -> None:
    centres = networks.read(["192.0.2.0/24"])

    def found(ip: str, known: networks.Networks) -> str | None:
        return bots.reason(WINDOWS, device.parse(WINDOWS), ip=ip, data_centres=known)

    assert found("192.0.2.77", centres) == "data-centre"
    assert found("198.51.100.1", centres) is None
    assert found("192.0.2.77", networks.NONE) is None
