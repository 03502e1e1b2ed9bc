from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from tracker import clock
from tracker.checks import CHECKS
from tracker.checks.store import WORKERS_KEY
from tracker.commands.check import check


@pytest.fixture
def environ(tmp_path: Path, redis_url: str, database_url: str) -> dict[str, str]:
    return {
        "SKVOZ_INSTANCE": str(tmp_path),
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "SKVOZ_SMTP_URL": "smtp://mail.test",
    }


def run(environ: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(check, list(words), env=environ)


def test_sound_installation_passes_all_checks(environ: dict[str, str], valkey: Redis) -> None:
    valkey.hset(WORKERS_KEY, "all@one", clock.to_millis(clock.now()))

    result = run(environ, "--json")

    found = json.loads(result.output)
    assert found["ok"] is True
    assert [(each["name"], each["level"]) for each in found["findings"]] == [(each.name, "ok") for each in CHECKS]
    assert result.exit_code == 0


def test_failure_gives_a_remedy_and_a_non_zero_exit(environ: dict[str, str]) -> None:
    result = run(environ)

    assert result.exit_code == 1
    assert "fail workers:" in result.output
    assert "→ Start `skvoz worker`" in result.output


def test_checks_that_need_a_failed_one_are_left_out(environ: dict[str, str]) -> None:
    result = run({**environ, "REDIS_URL": "redis://127.0.0.1:1"}, "--json")

    names = {each["name"] for each in json.loads(result.output)["findings"]}
    assert "store" in names
    assert names.isdisjoint({each.name for each in CHECKS if "store" in each.needs})
