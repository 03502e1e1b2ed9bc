"""Bitrix24: contacts, leads, deals, timeline comments, calls, user fields and its own analytics."""

from tracker.providers.crm.bitrix24.provider import Bitrix24

__all__ = ["Bitrix24"]
