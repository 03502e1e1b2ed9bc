"""The way in for the snippet: `/w/visit|beat|leave|event|form`, as a thin WSGI layer beside Flask.

These few endpoints carry nearly all of the traffic, so they skip routing, sessions and templates: one msgspec
parse, one call of `flow`, one answer. Never 5xx because a part behind is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from tracker import clock, flow, metrics
from tracker.errors import InvalidInput, NotFound, StoreDown, TooMany
from tracker.leases.directory import SiteInUse
from tracker.leases.leasing import Granted, Shown, served_emails
from tracker.services import Services
from tracker.values.landing_url import host_of
from tracker.visits import link
from tracker.visits.messages import BeatMessage, EventMessage, FormMessage, PageViewMessage
from tracker.web import page_call, raw_intake
from tracker.web.page_call import ANYBODY, LOCAL_HOSTS, PREFLIGHT, Call, Problem, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)
T = TypeVar("T")

BEAT_SECONDS = 45
Handler = Callable[[Call], Reply]
FindSite = Callable[[Services, str], SiteInUse]


class Collector:
    """WSGI middleware that answers everything below the prefix and leaves the rest to the application.

    Args:
        services: what the steps of `flow` work with.
        context: enters the application context; needed only where the database is asked.
    """

    def __init__(self, app: WSGIApplication, prefix: str, services: Services, context: Callable[[], Any]) -> None:
        self._app = app
        self._prefix = prefix + "/"
        self._services = services
        self._context = context
        self._handlers: Mapping[str, Handler] = {
            "visit": self._visit,
            "beat": self._beat,
            "leave": self._leave,
            "event": self._event,
            "form": self._form,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        handler = self._handlers.get(path[len(self._prefix) :]) if path.startswith(self._prefix) else None
        if handler is None:
            return self._app(environ, start_response)
        reply = self._answer(environ, handler, path[len(self._prefix) :])
        return page_call.send(reply, start_response)

    def _answer(self, environ: WSGIEnvironment, handler: Handler, kind: str) -> Reply:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return Reply(204, None, PREFLIGHT)
        try:
            call = page_call.read(environ)
            reply = handler(call)
            metrics.signs.labels(kind, _outcome(reply)).inc()
            return Reply(reply.status, reply.body, (*reply.headers, *page_call.cors(call)))
        except Problem as problem:
            metrics.signs.labels(kind, str(problem.status)).inc()
            return Reply(problem.status, {"error": str(problem), "field": problem.field}, ANYBODY)
        except StoreDown as error:
            self._services.store_away.tell(flow.STORE_AWAY, error)
            metrics.signs.labels(kind, "store-down").inc()
        except Exception:
            log.exception("a sign of life could not be handled")
            metrics.signs.labels(kind, "failed").inc()
        return Reply(200, {"numbers": [], "emails": [], "beat": BEAT_SECONDS, "reason": "store-down"}, ANYBODY)

    def _visit(self, call: Call) -> Reply:
        message = page_call.parse(call.body, PageViewMessage)
        site = self._site(message.site, call, "url", message.url)
        granted = self._granted(lambda: flow.open_visit(self._services, site, message, call.client, call.cookie()))
        return Reply(
            200, self._grant(site, granted), page_call.visitor_cookie(call, granted.visitor, site.served.domains)
        )

    def _beat(self, call: Call) -> Reply:
        message = page_call.parse(call.body, BeatMessage)
        site = self._site(message.site, call)
        granted = self._granted(lambda: flow.keep_alive(self._services, site, message, call.client))
        return Reply(200, self._grant(site, granted))

    def _leave(self, call: Call) -> Reply:
        message = page_call.parse(call.body, BeatMessage)
        site = self._site(message.site, call)
        self._granted(lambda: flow.leave(self._services, site, message, call.client))
        return Reply(204)

    def _event(self, call: Call) -> Reply:
        message = page_call.parse(call.body, EventMessage)
        site = self._site(message.site, call)
        self._granted(lambda: flow.note_event(self._services, site, message, call.client))
        return Reply(204)

    def _form(self, call: Call) -> Reply:
        message = page_call.parse(call.body, FormMessage)
        with self._context():
            site = self._site(message.site, call, "page", message.page, find=flow.find_site_anyhow)
        try:
            inquiry = self._granted(lambda: self._kept_form(site, call, message.id))
        except OSError:
            log.exception("a form could not be kept; the page is to send it again")
            return Reply(200, {"inquiry": None, "reason": "store-down"})
        return Reply(202, {"inquiry": inquiry})

    def _kept_form(self, site: SiteInUse, call: Call, form_id: str | None) -> str:
        flow.admit(self._services, site, call.client)
        with self._context():
            return raw_intake.receive_form(self._services, site.served, call.body, call.client, call.environ, form_id)

    def _granted(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except InvalidInput as error:
            raise Problem(400, str(error), error.field) from error
        except TooMany as error:
            raise Problem(429, str(error)) from error

    def _site(
        self, key: str, call: Call, field: str = "url", page: str | None = None, find: FindSite = flow.find_site
    ) -> SiteInUse:
        """Finds the site and makes sure that the page is one of its own; `field` names the one that holds `page`."""
        site = self._find(find, key)
        if page is not None and not host_of(page):
            raise Problem(400, f"{field} is not a web address", field)
        host = host_of(call.origin or page)
        if not (call.origin or host) or _is_own(site, host):
            return site
        site = self._find(flow.find_site_again, key)  # its domains may have been mended meanwhile
        if not _is_own(site, host):
            raise Problem(403, f"{host or call.origin} is not a domain of the site {key}; add it there", "site")
        return site

    def _find(self, find: FindSite, key: str) -> SiteInUse:
        try:
            return find(self._services, key)
        except NotFound as error:
            raise Problem(404, str(error), "site") from error

    def _grant(self, site: SiteInUse, granted: Granted) -> dict[str, object]:
        answer: dict[str, object] = {
            "visitor": granted.visitor,
            "visit": granted.visit,
            "tag": granted.tag,
            "numbers": [_number(shown) for shown in granted.numbers],
            "emails": served_emails(site, granted.tag),
            "beat": BEAT_SECONDS,
            "reason": granted.reason,
        }
        if len(site.served.domains) > 1:
            secret, now = self._services.config.secret_key, clock.now().timestamp()
            answer["link"] = link.token(granted.visitor, site.served.key, secret, now)
        return answer


def _is_own(site: SiteInUse, host: str) -> bool:
    if host in LOCAL_HOSTS:
        return site.served.allow_tests
    return any(host == domain or host.endswith("." + domain) for domain in site.served.domains)


def _number(shown: Shown) -> dict[str, object]:
    answer: dict[str, object] = {
        "swap": shown.original.swap,
        "match": shown.original.match,
        "number": shown.number,
        "until": clock.to_iso(shown.until) if shown.until else None,
        "ttl": shown.ttl_seconds,
        "shared": shown.is_shared,
    }
    return answer | {"messengers": True} if shown.messengers else answer


def _outcome(reply: Reply) -> str:
    reason = reply.body.get("reason") if isinstance(reply.body, dict) else None
    return str(reason or "ok")
