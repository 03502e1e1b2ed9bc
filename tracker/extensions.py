"""Shared extensions, not yet bound to an app; imports nothing of ours."""

from __future__ import annotations

from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

db = SQLAlchemy()
babel = Babel()
login = LoginManager()
csrf = CSRFProtect()
