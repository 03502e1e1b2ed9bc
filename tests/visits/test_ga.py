"""Google's cookies, in every form they have had."""

from __future__ import annotations

import pytest

from tracker.visits import ga

CLIENT_IDS = {
    "automatic domain": ("GA1.1.147852369.1692587411", "147852369.1692587411"),
    "domain of two parts": ("GA1.2.147852369.1692587411", "147852369.1692587411"),
    "domain and path": ("GA1.3-2.147852369.1692587411", "147852369.1692587411"),
    "old form": ("1.2.147852369.3692587411", "147852369.3692587411"),
    "client id itself": ("147852369.1692587411", "147852369.1692587411"),
    "not a date": ("GA1.1.123456789.1", "123456789.1"),
    "leading zeros": ("GA1.1.000123.0004", "000123.0004"),
    "encoded": ("GA1%2E1%2E147852369%2E1692587411", "147852369.1692587411"),
    "spaces": (" GA1.1.1.2 ", "1.2"),
    "AMP": ("GA1.1.amp-Xy_9", "amp-Xy_9"),
    "one number": ("147852369", None),
    "words": ("hello.world", None),
    "other cookie": ("GS1.1.1759999900.3.1.1759999950.10.0.0", None),
    "script": ("GA1.1.<script>", None),
    "too long": ("GA1.1." + "1" * 300 + ".2", None),
    "empty": ("", None),
    "absent": (None, None),
}


@pytest.mark.parametrize(("cookie", "expected"), CLIENT_IDS.values(), ids=CLIENT_IDS.keys())
def test_client_id_is_read(cookie: str | None, expected: str | None) -> None:
    assert ga.client_id(cookie) == expected


def test_deepest_cookie_is_preferred() -> None:
    assert ga.best_client_id(["GA1.2.1.1", "broken", "GA1.3.2.2", "GA1.1.3.3"]) == "2.2"
    assert ga.best_client_id(["GA1.3.1.1", "GA1.3-2.2.2"]) == "2.2"
    assert ga.best_client_id(["broken"]) is None


SESSION_IDS = {
    "first form": ("GS1.1.1759999900.3.1.1759999950.10.0.0", "1759999900"),
    "second form": ("GS2.1.s1759999900$o3$g1$t1759999950$j10$l0$h0", "1759999900"),
    "second form, other order": ("GS2.1.o3$t1759999950$s1759999900$g1", "1759999900"),
    "second form, unknown letters": ("GS2.1.z9$s1759999900$y", "1759999900"),
    "second form, encoded": ("GS2.1.s1759999900%24o3%24g1", "1759999900"),
    "second form without session": ("GS2.1.o3$g1", None),
    "first form with letters": ("GS1.1.abc.3", None),
    "unknown form": ("GS3.1.1759999900", None),
    "client cookie": ("GA1.1.147852369.1692587411", None),
    "empty": ("", None),
    "absent": (None, None),
}


@pytest.mark.parametrize(("cookie", "expected"), SESSION_IDS.values(), ids=SESSION_IDS.keys())
def test_session_id_is_read(cookie: str | None, expected: str | None) -> None:
    assert ga.session_id(cookie) == expected


def test_streams_are_named_by_their_measurement_id() -> None:
    cookies = {"_ga_ABC123": "GS1.1.17.3.1", "_ga_DEF456": "GS2.1.s18$o1", "_ga_BAD": "x", "_ga": "GA1.1.1.2"}

    assert ga.session_ids(cookies) == {"G-ABC123": "17", "G-DEF456": "18"}
