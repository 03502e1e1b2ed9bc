"""A pretend amoCRM account, as strict as the real one: it refuses, ignores and replaces what that does."""

from demo.sandbox.amocrm.account import Account
from demo.sandbox.amocrm.app import create_blueprint, create_sandbox

__all__ = ["Account", "create_blueprint", "create_sandbox"]
