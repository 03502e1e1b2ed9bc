"""The log of changes calls every action by words."""

from __future__ import annotations

import re

from tracker.config import ROOT
from tracker.deliveries.models import ErrandKind
from tracker.web.admin.words import ACTION

LOGGED = re.compile(r'(?:changing\(|audit\.record\([^")]+)"([a-z_]+\.[a-z_]+)"')


def test_every_action_of_the_code_has_words() -> None:
    found = {action for file in (ROOT / "tracker").rglob("*.py") for action in LOGGED.findall(file.read_text())}

    assert {"pool.create", "user.add", "configuration.apply"} <= found
    assert found | {f"delivery.{kind}" for kind in (ErrandKind.DRY_RUN, ErrandKind.UNDO)} == set(ACTION)
