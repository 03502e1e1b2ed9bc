"""Looks at pages of customers' sites when somebody asks in the admin whether the snippet stands there well."""

from __future__ import annotations

import logging
from datetime import timedelta

from tracker.commands.background import Chore
from tracker.database import writing
from tracker.extensions import db
from tracker.installation import asking
from tracker.installation.checking import check
from tracker.installation.findings import error
from tracker.installation.loading import Loader
from tracker.services import Services
from tracker.web import snippet

log = logging.getLogger(__name__)


def look_at_pages(services: Services) -> int:
    """Takes the looks that wait, one after the other; returns how many."""
    config = services.config
    with writing(db.session()) as session:
        look = asking.take(session)
        if look is None:
            return 0
        look_id, url = look.id, look.url
        wanted = asking.expected(session, look, config.prefix, snippet.version(config.prefix))
    try:
        found = check(Loader(config.allow_private_hosts), wanted, url)
    except Exception:
        log.exception("the look at %s failed in our own code", url)
        found = [error("our-mistake")]
    with writing(db.session()) as session:
        asking.finish(session, look_id, found)
    return 1


LOOK_AT_PAGES = Chore("look at pages", look_at_pages, timedelta(seconds=1))
