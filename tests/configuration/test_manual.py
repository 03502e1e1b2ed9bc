from tracker.commands import docs
from tracker.config import ROOT
from tracker.configuration.manual import CONDITIONS
from tracker.pools import conditions


def test_manual_is_current() -> None:
    """Mend with: skvoz docs > docs/configuration.md"""
    assert (ROOT / "docs" / "configuration.md").read_text() == docs.text()


def test_every_condition_is_described() -> None:
    assert tuple(CONDITIONS) == conditions.KEYS
