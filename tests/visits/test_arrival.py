"""What is known about a page view before anybody is asked."""

from __future__ import annotations

from tracker.values import networks
from tracker.visits import channel
from tracker.visits.arrival import Client, Knowledge, SiteRules, judge
from tracker.visits.messages import PageViewMessage

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
ANN = Client("203.0.113.7", CHROME)
PLAIN = SiteRules(["example.com"], allow_tests=False)
PAGE = "https://example.com/catalogue?utm_source=2gis&utm_medium=card"


def page_view(**said: object) -> PageViewMessage:
    return PageViewMessage(**({"site": "example", "url": PAGE} | said))


def test_rules_of_the_site_come_before_ours() -> None:
    rules = channel.read_rules([{"channel": "maps", "utm_source": "2gis"}])

    arrival = judge(page_view(), ANN, SiteRules(["example.com"], False, rules))

    assert arrival.view.channel == "maps"
    assert judge(page_view(), ANN, PLAIN).view.channel != "maps"


def test_visit_from_a_data_centre_is_a_machine() -> None:
    knowledge = Knowledge(data_centres=networks.read(["203.0.113.0/24"]))

    assert judge(page_view(), ANN, PLAIN, knowledge).view.bot == "data-centre"
    assert judge(page_view(), Client("198.51.100.1", CHROME), PLAIN, knowledge).view.bot is None


def test_test_passes_the_rules_of_bots_only_where_tests_are_allowed() -> None:
    said = page_view(webdriver=True, test=True)

    assert judge(said, ANN, PLAIN).view.bot == "webdriver"
    allowed = judge(said, ANN, SiteRules(["example.com"], allow_tests=True)).view
    assert (allowed.bot, allowed.test) == (None, True)


def test_long_address_is_cut() -> None:
    arrival = judge(page_view(url="https://example.com/?" + "a" * 5000), ANN, PLAIN)

    assert len(arrival.view.url) == 2048


def test_lateness_has_a_limit() -> None:
    assert judge(page_view(late_ms=10**12), ANN, PLAIN).view.late_ms == 7 * 86_400_000
