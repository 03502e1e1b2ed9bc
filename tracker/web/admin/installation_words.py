"""What a look at a page found, as one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from tracker.web.admin.showing import phone_or_address

SENTENCES: Mapping[str, Any] = {
    # the page
    "site-switched-off": _("The site is switched off, so nothing is counted: switch it on in its settings."),
    "not-on-domains": _(
        "%(host)s is not one of the site's domains, so visits from there are refused: add it in the settings."
    ),
    "not-an-address": _("“%(url)s” is not the address of a page: write it like https://example.com/."),
    "private-host": _(
        "%(host)s leads into a private network, where we do not look: name it in SKVOZ_ALLOW_PRIVATE_HOSTS if it may "
        "be called."
    ),
    "no-such-host": _("There is no host %(host)s: look for a typing mistake, or whether the domain is paid for."),
    "unreachable": _(
        "The server of %(host)s does not answer: see whether it runs, and whether a firewall keeps us out."
    ),
    "too-slow": _("The server of %(host)s took too long to answer: try again, or see what holds it up."),
    "bad-certificate": _("The certificate of %(host)s is not valid, so browsers refuse the page: renew it."),
    "too-many-redirects": _("The page redirects again and again, at last to %(url)s: mend the redirects."),
    "leads-elsewhere": _(
        "The page redirects to %(host)s, which is not one of the site's domains: add it, or check another page."
    ),
    "page-needs-login": _("The page asks for a login (%(status)s): check one that everybody may open."),
    "page-refuses": _(
        "The server refuses us this page (%(status)s), as guards against robots do: open it yourself and type "
        "skvoz('debug') into the console."
    ),
    "page-not-found": _("There is no such page (%(status)s): check the address."),
    "page-fails": _("The server failed on this page (%(status)s): mend it first, or try again later."),
    "not-a-page": _("The address answers with %(type)s, not with a page: check another one."),
    # the snippet
    "script-missing": _("The snippet is not on the page: put the two lines above into its head."),
    "only-tag-manager": _(
        "The snippet is not in the page itself, which has a tag manager: if the tag manager loads it, the last page "
        "view tells; if not, put the two lines above into the head."
    ),
    "no-key": _('The snippet does not say which site it belongs to: add data-site="%(wanted)s".'),
    "wrong-key": _('The snippet has the key “%(key)s”: write data-site="%(wanted)s".'),
    "twice": _("The snippet is on the page %(times)s times: leave one, the others only cost time."),
    "two-sites": _(
        "Snippets of other sites are on the page too (%(keys)s), and only the first one works: remove them."
    ),
    "does-not-run": _(
        "Browsers do not run the snippet because its type is “%(type)s”: a consent or speed plug-in has put it off; "
        "make an exception for w.js there."
    ),
    "mixed-content": _("The page is https and the snippet is not, so browsers refuse it: write https in %(url)s."),
    "script-blocked-header": _(
        "The page's Content-Security-Policy (the header) refuses the snippet: add %(source)s to its %(directive)s."
    ),
    "script-blocked-meta": _(
        "The page's Content-Security-Policy (a meta element) refuses the snippet: add %(source)s to its %(directive)s."
    ),
    "talk-blocked-header": _(
        "The page's Content-Security-Policy (the header) keeps the snippet from talking to us: add %(source)s to its "
        "connect-src; %(directive)s refuses it."
    ),
    "talk-blocked-meta": _(
        "The page's Content-Security-Policy (a meta element) keeps the snippet from talking to us: add %(source)s to "
        "its connect-src; %(directive)s refuses it."
    ),
    "script-unreachable": _("Nothing answers at %(url)s: see whether that server runs and is open to the world."),
    "script-bad-certificate": _(
        "The certificate of %(url)s is not valid, so browsers do not load the snippet: renew it."
    ),
    "script-not-served": _(
        "%(url)s answers with %(status)s: let the web server pass /w.js and everything below /w/ on to us."
    ),
    "script-is-no-script": _(
        "%(url)s answers with something that is no script, probably a page: let the web server pass /w.js on to us."
    ),
    "other-host": _("The snippet comes from %(host)s, which is not this server: copy the snippet above again."),
    "old-version": _("%(url)s is not the script of today: a cache in between keeps an old one, so empty it."),
    "talk-not-passed-on": _(
        "The script is there, but %(url)s does not lead to us (%(status)s): let the web server pass everything below "
        "/w/ on, too."
    ),
    "waits-for-consent": _("The snippet waits for consent: until skvoz('consent', true) is called nothing is counted."),
    "marked-as-test": _("The snippet says data-test, so visits count as tests: remove it before real visitors come."),
    "script-works": _("The snippet stands well, is of today's version and reaches us."),
    # the numbers
    "no-pools": _("The site has no pool yet, so no number is swapped: add one under Numbers."),
    "number-missing": _(
        "%(number)s, which a pool replaces, is not on the page: add it, check a page that has it, or ignore this if a "
        "script writes it later."
    ),
    "number-found": _("%(number)s is on the page and can be swapped."),
    "our-mistake": _("The look failed through a mistake of ours; the server's log has the details."),
}


def sentence(found: Mapping[str, Any]) -> str:
    """A finding as kept, `{"level": "error", "code": "wrong-key", "about": {…}}`, in the reader's language."""
    about = dict(found["about"])
    if "number" in about:
        about["number"] = phone_or_address(about["number"])
    return str(SENTENCES[found["code"]]) % about
