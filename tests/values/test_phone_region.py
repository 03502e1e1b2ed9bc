"""Dialling areas by name."""

from __future__ import annotations

import subprocess
import sys

from tracker.values import phone_region


def test_region_is_named_in_the_language() -> None:
    assert phone_region.find("+78121234567", "ru") == "г. Санкт-Петербург"
    assert phone_region.find("+78121234567", "en") == "St Petersburg"


def test_unknown_region_is_none() -> None:
    assert phone_region.find("+88213200123", "en") is None


def test_names_of_areas_stay_out_of_processes_that_do_not_ask() -> None:
    program = "import sys, tracker.values.phone; sys.exit('phonenumbers.geocoder' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
