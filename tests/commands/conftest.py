"""Runs commands in this process as the console script does: exit code, standard output, standard error."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tracker import commands


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Skvoz = Callable[..., Done]


@pytest.fixture
def empty_skvoz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Skvoz:
    """`skvoz` in a fresh instance folder, without a database."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SKVOZ_INSTANCE", str(tmp_path / "instance"))

    def run(*words: str, stdin: str = "") -> Done:
        monkeypatch.setattr("sys.argv", ["skvoz", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = 0
        try:
            commands.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


@pytest.fixture
def skvoz(empty_skvoz: Skvoz, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Skvoz:
    """`skvoz` with an empty store and a migrated database, once of each kind."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    return empty_skvoz
