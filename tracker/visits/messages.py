"""What the snippet says, field for field. Unknown fields are ignored, most may be absent or null."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

VisitorId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
VisitId = Annotated[str, Meta(pattern="^[0-9a-f]{8,64}$")]
ViewId = Annotated[str, Meta(pattern="^[0-9a-f]{1,64}$")]
Short = Annotated[str, Meta(max_length=300)]
# Indentation may stand between the halves of a number, so a writing can be long.
Numbers = Annotated[list[str], Meta(max_length=20)]


class PageViewMessage(msgspec.Struct):
    """`POST /w/visit`."""

    site: Short
    url: Annotated[str, Meta(min_length=1)]
    visitor: VisitorId | None = None
    view: ViewId | None = None
    late_ms: Annotated[int, Meta(ge=0)] | None = None
    title: str | None = None
    referrer: str | None = None
    ga: str | None = None
    ga_streams: dict[str, str] | None = None
    ym: str | None = None
    fbp: str | None = None
    fbc: str | None = None
    screen: Short | None = None
    language: Short | None = None
    timezone: Short | None = None
    webdriver: bool | None = None
    engaged: bool | None = None
    numbers: Numbers | None = None
    held: Numbers | None = None
    test: bool | None = None
    link: Short | None = None


class BeatMessage(msgspec.Struct):
    """`POST /w/beat` and `POST /w/leave`. A beat repeats the cookies: analytics scripts set theirs when they please."""

    site: Short
    visitor: VisitorId
    visit: VisitId | None = None
    engaged: bool | None = None
    numbers: Numbers | None = None
    held: Numbers | None = None
    ga: str | None = None
    ga_streams: dict[str, str] | None = None
    ym: str | None = None
    fbp: str | None = None
    fbc: str | None = None


class EventMessage(msgspec.Struct):
    """`POST /w/event`."""

    site: Short
    visitor: VisitorId
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    visit: VisitId | None = None
    data: dict[str, Any] | None = None


class FormMessage(msgspec.Struct):
    """`POST /w/form`. `fields` maps the form's field names to what was typed.

    `id`: 16 hex, made by the page; the same form sent again carries the same, and makes repetition harmless.
    """

    site: Short
    fields: dict[str, Any]
    visitor: VisitorId | None = None
    visit: VisitId | None = None
    form: Short | None = None
    page: str | None = None
    kind: Short | None = None
    subscribe: bool | None = None
    id: ViewId | None = None
    test: bool | None = None
