import pytest

from tracker.configuration.checks import check
from tracker.configuration.reading import read
from tracker.errors import WrongDocument

TWO_SITES = """\
sites:
  - key: one
    domains: [one.example]
    emails:
      - {address: flyer@example.com, source: {utm_source: flyer}}
    pools:
      - {key: ads, kind: dynamic, swap: +74951112233, numbers: [+74957770001]}
    connections:
      - {key: crm, provider: crm/pretend}
  - key: two
    domains: [two.example]
    emails:
      - {swap: sales@example.com}
    pools:
      - {key: ads, kind: dynamic, swap: +74951112244, numbers: [+74957770002]}
    connections:
      - {key: crm2, provider: crm/pretend}
"""


def mistakes(text: str) -> list[str]:
    document = read(text, {}, "skvoz.yaml")
    problems = document.problems()
    check(document.configuration, problems)
    with pytest.raises(WrongDocument) as caught:
        problems.stop()
    return caught.value.mistakes


def test_sites_may_have_pools_of_the_same_key() -> None:
    document = read(TWO_SITES, {})
    problems = document.problems()

    check(document.configuration, problems)

    assert problems.count == 0


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("key: two", "key: one", "line 10: sites.1.key: site one stands already in this list"),
        (
            "[two.example]",
            "[a.example, a.example]",
            "line 11: sites.1.domains.1: host a.example stands already in this list",
        ),
        (
            "+74957770002",
            "8 495 777-00-01",
            "line 15: sites.1.pools.0.numbers.0: number +74957770001 stands already in pool ads of site one",
        ),
        ("key: crm2", "key: crm", "line 17: sites.1.connections.0.key: connection crm stands already in site one"),
        (
            "{swap: sales@example.com}",
            "{address: flyer@example.com, source: {utm_source: x}}",
            "line 13: sites.1.emails.0.address: flyer@example.com belongs to site one",
        ),
        (
            "+74951112244",
            "+74957770001",
            "line 15: sites.1.pools.0.swap: +74957770001 is leased to visitors by pool ads",
        ),
        (
            "swap: +74951112244",
            "swap: +74951112244, overflow: +74957770001",
            "line 15: sites.1.pools.0.overflow: +74957770001 is leased",
        ),
        (
            "swap: +74951112244",
            "swap: +74951112244, when: {device: phone}",
            "line 15: sites.1.pools.0.when.device: 'phone': a device is one of",
        ),
        (
            "{key: crm2, provider: crm/pretend}",
            "{key: crm2, provider: crm/pretend, policy: {first: letter}}",
            "line 17: sites.1.connections.0.policy.first: unknown 'letter'; known: contact",
        ),
        (
            "{key: crm2, provider: crm/pretend}",
            "{key: pbx, provider: telephony/x, policy: {first: deal}}",
            "line 17: sites.1.connections.0.policy: only a CRM has a policy",
        ),
    ],
)
def test_contradiction_is_named_with_line_and_path(old: str, new: str, mistake: str) -> None:
    found = mistakes(TWO_SITES.replace(old, new))

    assert [text[: len(mistake) + 12] for text in found] == [f"skvoz.yaml, {mistake}"]
