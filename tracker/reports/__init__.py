"""Read-only questions to the database, one module per page of the admin; answers are frozen dataclasses."""
