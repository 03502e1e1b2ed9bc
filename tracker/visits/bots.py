"""Which visits are made by machines, and by what they are known.

A machine is recorded with its reason and gets no number and no tag. People must not be taken for machines, so
names are compared as whole words: a Cubot is a telephone, YaBrowser a browser.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from tracker.values import networks
from tracker.values.networks import Networks
from tracker.visits.device import MAX_USER_AGENT, Device

Reason = Literal["empty-ua", "webdriver", "headless", "crawler", "library", "data-centre"]
REASONS: Final = ("empty-ua", "webdriver", "headless", "crawler", "library", "data-centre")

HEADLESS = (
    "headlesschrome", "headless", "phantomjs", "slimerjs", "htmlunit", "puppeteer", "playwright", "selenium",
    "webdriver", "cypress", "jsdom", "zombie.js", "splash", "ghost inspector",
)  # fmt: skip

# Words that crawlers of all sorts use of themselves: the end of a name (`AhrefsBot`), or an address (`/bots`).
CRAWLER_PATTERNS = (
    r"(?<!cu)bots?(?![a-z])", r"robot", r"spiders?(?![a-z])", r"crawl(?:er|ers|ing)?(?![a-z])", r"archiver",
    r"scrap(?:er|y)(?![a-z])", r"link ?check(?:er)?(?![a-z])", r"uptime", r"validator(?![a-z])",
)  # fmt: skip

# Machines whose names have none of those words.
CRAWLERS = (
    # search engines and their tools
    "mediapartners-google", "google-inspectiontool", "googleother", "google-read-aloud", "apis-google",
    "feedfetcher-google", "google-site-verification", "google-safety", "google-extended", "google favicon",
    "google web preview", "duplexweb-google", "storebot-google", "bingpreview", "microsoftpreview", "slurp",
    "baiduspider-render", "sogou web", "yeti", "daum", "teoma", "heritrix", "nutch", "qwantify", "coccoc",
    # previews of links in messengers and networks
    "facebookexternalhit", "facebookcatalog", "meta-externalagent", "meta-externalfetcher", "whatsapp", "vkshare",
    "skypeuripreview", "embedly", "iframely", "outbrain", "quora link preview", "snap url preview service",
    "bitlybot", "flipboardproxy", "tumblr", "nuzzel", "redditbot", "mastodon", "pleroma",
    # assistants and collectors of text
    "chatgpt-user", "chatgpt agent", "claude-user", "claude-web", "anthropic-ai", "perplexity-user", "cohere-ai",
    "mistralai-user", "diffbot", "omgili", "img2dataset", "google-cloudvertexbot", "gemini-deep-research",
    "duckassistbot", "youbot", "firecrawl", "bytespider", "petalbot", "ai2bot",
    # search engine optimisation, advertising checks
    "screaming frog", "sitebulb", "netpeak", "serpstat", "siteauditbot", "site-shot", "seokicks", "megaindex",
    "adstxt", "ias-va", "ias-or", "grapeshot", "peer39", "proximic", "admantx", "integralads",
    # speed and availability
    "chrome-lighthouse", "lighthouse", "google page speed", "pagespeed", "ptst", "gtmetrix", "pingdom", "statuscake",
    "site24x7", "newrelicpinger", "datadogsynthetics", "catchpoint", "dotcom-monitor", "host-tracker",
    "monitis", "nagios", "zabbix", "better uptime", "checkly", "rigor", "yottaa", "speedcurve",
    # security scanners
    "censysinspect", "zgrab", "masscan", "nmap", "nikto", "sqlmap", "nuclei", "acunetix", "nessus", "qualys",
    "netcraft", "expanse", "shodan", "wpscan", "detectify", "burp",
    # readers and savers
    "feedly", "feedburner", "inoreader", "newsblur", "wayback", "archive.org", "httrack", "wp rocket", "wordpress",
    "cloudflare-alwaysonline", "cloudflare-healthchecks", "prerender", "rendertron", "dataprovider",
)  # fmt: skip

# Clients without a page: nobody reads what they fetch.
LIBRARIES = (
    "python-requests", "python-urllib", "python-httpx", "python", "aiohttp", "httpx", "curl", "libcurl", "wget",
    "go-http-client", "fasthttp", "java", "okhttp", "apache-httpclient", "jakarta commons-httpclient", "axios",
    "node-fetch", "node", "undici", "got", "superagent", "ruby", "faraday", "rest-client", "httparty", "mechanize",
    "libwww-perl", "lwp-trivial", "perl", "php", "guzzlehttp", "postmanruntime", "insomnia", "httpie", "colly",
    "dart", "reqwest", "hyper", "winhttp", "powershell", "restsharp", "aria2", "lua-resty-http", "unirest",
)  # fmt: skip


def _words(names: tuple[str, ...]) -> str:
    return r"(?<![a-z0-9])(?:" + "|".join(re.escape(name) for name in names) + r")(?![a-z0-9])"


_HEADLESS = re.compile(_words(HEADLESS))
_CRAWLER = re.compile("|".join(CRAWLER_PATTERNS) + "|" + _words(CRAWLERS))
_LIBRARY = re.compile(r"^(?:" + "|".join(re.escape(name) for name in LIBRARIES) + r")(?![a-z])")


def reason(
    user_agent: str | None,
    device: Device,
    webdriver: bool = False,
    *,
    ip: str | None = None,
    data_centres: Networks = networks.NONE,
) -> Reason | None:
    """Tells why a visit is a machine's; None for people.

    Args:
        user_agent: as received.
        device: what `device.parse` made of it.
        webdriver: the page saw `navigator.webdriver`.
        ip: the visitor's address, compared with `data_centres`, the networks of the setting.
    """
    text = (user_agent or "")[:MAX_USER_AGENT].strip()
    if not text:
        return "empty-ua"
    if webdriver:
        return "webdriver"
    named = _by_name(text)
    if named:
        return named
    if device.kind == "bot":
        return "crawler"
    return "data-centre" if data_centres.contains(ip) else None


@lru_cache(maxsize=4096)
def _by_name(user_agent: str) -> Reason | None:
    text = user_agent.lower()
    if _HEADLESS.search(text):
        return "headless"
    if _LIBRARY.match(text):
        return "library"
    return "crawler" if _CRAWLER.search(text) else None
