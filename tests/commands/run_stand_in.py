"""`python run_stand_in.py PORT [demo]`: `skvoz run` on `SKVOZ_INSTANCE` with the stand-ins and no database."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tracker import config, database
from tracker.commands.run import Plan, serve
from tracker.errors import SkvozError

HERE = Path(__file__).parent


def main() -> None:
    os.chdir(HERE)
    database.upgrade = lambda settings: None
    plan = Plan(
        "127.0.0.1",
        int(sys.argv[1]),
        workers=2,
        demo="demo" in sys.argv,
        app="stand_in:app",
        worker=(str(HERE / "stand_in.py"),),
    )
    try:
        serve(config.load(), plan)
    except SkvozError as error:
        sys.exit(str(error))


main()
