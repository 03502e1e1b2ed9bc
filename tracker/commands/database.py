"""What every command needs that works with the database: the application, and a schema that fits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, has_app_context
from sqlalchemy.exc import OperationalError
from werkzeug.utils import import_string

from tracker.config import Config
from tracker.database import schema_revisions
from tracker.errors import ConfigurationError
from tracker.extensions import db

P = ParamSpec("P")
R = TypeVar("R")


def needs_database(command: Callable[P, R]) -> Callable[P, R]:
    """Runs a command inside an application context, once the database answers and its schema fits.

    Raises:
        ConfigurationError: says what to do, such as `skvoz db upgrade`.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if has_app_context():  # `flask --app wsgi`
            return _run(command, *args, **kwargs)
        with _create_app().app_context():
            try:
                return _run(command, *args, **kwargs)
            finally:
                db.engine.dispose()

    return run


def _create_app() -> Flask:
    # By name, because the factory registers the commands and so stands after them.
    app: Flask = import_string("tracker:create_app")()
    return app


def _run(command: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        _require_schema()
        return command(*args, **kwargs)
    except OperationalError as error:
        cause = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"The database does not answer ({cause}). {_remedy()}") from error
    finally:
        db.session.remove()


def settings() -> Config:
    """Returns the settings of the running application."""
    config: Config = current_app.config["SKVOZ"]
    return config


def _require_schema() -> None:
    present, needed = schema_revisions(db.engine)
    if present == needed:
        return
    if present is None:
        raise ConfigurationError("The database is empty. Prepare it with: skvoz db upgrade")
    if present > needed:  # revisions are numbered
        raise ConfigurationError(
            f"The database (schema {present}) is newer than this program ({needed}). Update the program."
        )
    raise ConfigurationError(
        f"The database schema is old ({present}, this program needs {needed}). Bring it up to date with: "
        "skvoz db upgrade"
    )


def _remedy() -> str:
    if settings().database_url is None:
        return f"Check that {settings().instance} is writable and the disk is not full."
    return "Check DATABASE_URL and that the server is running."
