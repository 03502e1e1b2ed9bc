"""What a contact is made with."""

from __future__ import annotations


def person(phone="+79161234567", **fields):
    return {"fields": {"NAME": "Ann", "PHONE": [{"VALUE": phone, "VALUE_TYPE": "WORK"}], **fields}}
