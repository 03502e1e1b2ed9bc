from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracker.commands.children import Child, restart_delay


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (2, 1), (3, 2), (4, 4), (6, 16), (7, 30), (60, 30), (5000, 30)]
)
def test_delay_before_the_next_start_doubles_up_to_half_a_minute(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(said: list[str]) -> Iterator[Callable[[str], Child]]:
    made: list[Child] = []

    def begin(program: str) -> Child:
        made.append(Child("odd", [sys.executable, "-c", program], os.environ, say=said.append))
        return made[-1]

    yield begin
    for child in made:
        child.stop(0, hurry=lambda: True)


def tend_until(child: Child, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        child.tend()
        time.sleep(0.01)


def test_child_that_fails_is_started_at_once_and_then_later(make: Callable[[str], Child], said: list[str]) -> None:
    child = make("raise SystemExit(3)")

    tend_until(child, lambda: len(said) == 2)

    assert said == [
        "The odd process ended (exit code 3); it is started again now.",
        "The odd process ended (exit code 3); it is started again in 1 s.",
    ]
    child.tend()
    assert child.pid is None


def test_stop_ends_a_deaf_child_and_what_it_started(make: Callable[[str], Child], tmp_path: Path) -> None:
    child = make(
        "import signal, subprocess, pathlib, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = subprocess.Popen(['sleep', '1000'])\n"
        f"pathlib.Path({str(tmp_path / 'new')!r}).write_text(str(grandchild.pid))\n"
        f"pathlib.Path({str(tmp_path / 'new')!r}).rename({str(tmp_path / 'pid')!r})\n"
        "time.sleep(1000)\n"
    )
    tend_until(child, (tmp_path / "pid").exists)
    grandchild = Path("/proc") / (tmp_path / "pid").read_text()

    child.stop(0.1, hurry=lambda: False)

    assert child.pid is None
    tend_until(make("pass"), lambda: not grandchild.exists() or ") Z " in (grandchild / "stat").read_text())
