"""Shared extensions, not yet bound to an app; imports nothing of ours."""

from __future__ import annotations
