"""HTTP only: read, check, call `flow`, answer."""

from __future__ import annotations

from flask import Flask, request, session

LANGUAGES = ("en", "ru")


def register(app: Flask) -> None:
    """Adds every blueprint and the way in for the snippet."""


def choose_language() -> str:
    """Returns the interface language: the user's choice, else what the browser prefers."""
    return session.get("language") or request.accept_languages.best_match(LANGUAGES) or "en"
