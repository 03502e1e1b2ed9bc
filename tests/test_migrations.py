"""Models and migrations agree, on both databases, and down to the names of constraints."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from tracker.database import Base

ROOT = Path(__file__).parents[1]

for _models in (ROOT / "tracker").glob("*/models.py"):
    importlib.import_module(f"tracker.{_models.parent.name}.models")


def test_models_and_migrations_agree(database_url: str) -> None:
    engine = create_engine(database_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()

    assert differences == []


def _is_ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Partitions belong to their table."""
    return not (kind == "table" and name in ("alembic_version", "page_views_default", "visit_events_default"))


def test_unique_constraints_are_those_of_the_models(database_url: str) -> None:
    engine = create_engine(database_url)
    found = inspect(engine)

    for table in Base.metadata.sorted_tables:
        wanted = {
            tuple(column.name for column in constraint.columns)
            for constraint in table.constraints
            if type(constraint).__name__ == "UniqueConstraint"
        }
        present = {tuple(one["column_names"]) for one in found.get_unique_constraints(table.name)}
        present |= {tuple(one["column_names"]) for one in found.get_indexes(table.name) if one["unique"]}
        assert wanted <= present, table.name
    engine.dispose()


def test_every_time_is_kept_in_utc() -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.type.__class__.__name__ in ("DateTime", "TIMESTAMP", "Date", "Time")
    ]

    assert naive == []
