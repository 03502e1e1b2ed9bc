"""How long after a telephone system's message the card of the CRM is finished, on an idle installation.

`python bench/delivery/delay.py [--calls 20]`: each call rings, is answered and ends; the next one comes when the CRM
has rested. Finished means that the sandbox holds contact, deal, note and the completed call record.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from stage import NUMBERS, Stage, stage

REST_SECONDS = 8.0  # Bitrix24's bucket forgets sixteen requests meanwhile
LONGEST_SECONDS = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20)
    calls = parser.parse_args().calls
    with stage("amocrm", "bitrix24") as on:
        taken: dict[str, list[float]] = {}
        for number in range(-1, calls):
            once = one_call(on, number + 1)
            if number >= 0:  # the first one makes the fields of the CRM
                for what, seconds in once.items():
                    taken.setdefault(what, []).append(seconds)
            time.sleep(REST_SECONDS)
        for what, seconds in taken.items():
            ordered = sorted(seconds)
            p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
            print(f"{what:<34} median {statistics.median(ordered):5.2f} s   p95 {p95:5.2f} s   n {len(ordered)}")


def one_call(on: Stage, number: int) -> dict[str, float]:
    facts = {"from": f"+7916555{number:04}", "to": NUMBERS[number % len(NUMBERS)], "at": datetime.now(UTC).isoformat()}
    call_id = f"delay-{number}"
    began = time.monotonic()
    inquiry = on.call(call_id, "ringing", **facts)
    rang = times_of(
        began,
        {
            "amocrm, ring to contact and note": lambda: amo_note(on, inquiry),
            "bitrix24, ring to call in card": lambda: bitrix_call(on, inquiry, done=False),
        },
    )
    time.sleep(2)
    began = time.monotonic()
    on.call(call_id, "ended", **facts, status="answered", talk_seconds=95, answered_by="101")
    ended = times_of(
        began,
        {
            "amocrm, end to finished card": lambda: amo_call(on, inquiry),
            "bitrix24, end to finished card": lambda: bitrix_call(on, inquiry, done=True),
        },
    )
    time.sleep(REST_SECONDS)
    began = time.monotonic()
    form = on.inquire(kind="form", external_id=call_id, name="Ann", phones=[f"+7917555{number:04}"], text="Price?")
    formed = times_of(
        began,
        {
            "amocrm, form to finished card": lambda: amo_note(on, form),
            "bitrix24, form to finished card": lambda: bitrix_note(on, form),
        },
    )
    return rang | ended | formed


def times_of(began: float, conditions: Mapping[str, Callable[[], bool]]) -> dict[str, float]:
    """Seconds from `began` until each condition first held."""
    found: dict[str, float] = {}
    while len(found) < len(conditions):
        now = time.monotonic()
        if now - began > LONGEST_SECONDS:
            raise TimeoutError(f"never finished: {sorted(set(conditions) - set(found))}")
        found |= {what: now - began for what, holds in conditions.items() if what not in found and holds()}
        time.sleep(0.005)
    return found


def amo_note(on: Stage, inquiry: str) -> bool:
    notes = list(on.account.notes.values())
    return any(str(note.params.get("text", "")).endswith(inquiry) for note in notes)


def amo_call(on: Stage, inquiry: str) -> bool:
    return any(str(note.params.get("uniq", "")).endswith(inquiry) for note in list(on.account.notes.values()))


def bitrix_note(on: Stage, inquiry: str) -> bool:
    return any(inquiry in row["COMMENT"] for row in list(on.portal.comments.values()))


def bitrix_call(on: Stage, inquiry: str, *, done: bool) -> bool:
    calls = [one for one in list(on.portal.activities.values()) if str(one.get("ORIGIN_ID", "")).endswith(inquiry)]
    return any(one["COMPLETED"] == "Y" or not done for one in calls)


if __name__ == "__main__":
    main()
