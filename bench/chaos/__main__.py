"""`python -m bench.chaos`: exit code 0 without violations, 1 with some, 2 when the run could not be finished."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bench.chaos import __doc__ as purpose
from bench.chaos.run import Plan, Stalled, chaos


def main() -> int:
    plan = _asked()
    folder = Path(tempfile.mkdtemp(prefix="skvoz-"))
    try:
        verdict, counted = chaos(folder, plan, _say)
    except Stalled as error:
        _say(f"STALLED: {error}; see the logs in {folder}")
        return 2
    for name, value in counted.items():
        _say(f"{name}: {value}")
    for violation in verdict.violations[:20]:
        _say(f"VIOLATION: {violation}")
    _say(f"{len(verdict.violations)} violations")
    if verdict.violations:
        _say(f"database and logs are kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _asked() -> Plan:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=purpose)
    parser.add_argument("--operations", type=int, default=1_000_000, help="decided signs of life")
    parser.add_argument("--minutes", type=float, default=600, help="judge what there is after so long")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", help="default: SQLite in a temporary folder")
    asked = parser.parse_args()
    return Plan(**vars(asked))


if __name__ == "__main__":
    sys.exit(main())
