from __future__ import annotations

import http.client
import ssl

import requests
from nginx_site import Site, Upstream


def test_site_speaks_tls_and_says_so_to_the_server(site: Site) -> None:
    answer = site.ask("GET", "/admin/")

    assert answer.status_code == 200
    assert answer.json()["x-forwarded-proto"] == "https"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_plain_http_is_sent_to_https(site: Site) -> None:
    answer = requests.post(
        f"{site.http}/w/visit?a=1", headers={"Host": "track.example.com"}, allow_redirects=False, timeout=10
    )

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://track.example.com/w/visit?a=1"


def test_client_address_is_what_nginx_sees_not_what_the_client_says(site: Site) -> None:
    claims = {"X-Forwarded-For": "203.0.113.66, 10.0.0.1", "X-Forwarded-Proto": "http"}

    for path in ("/w/visit", "/admin/", "/admin/login", "/w.js", "/hooks/telephony/generic/pbx"):
        told = site.ask("GET", path, headers=claims).json()
        assert (path, told["x-forwarded-for"], told["x-forwarded-proto"]) == (path, "127.0.0.1", "https")


def test_host_reaches_the_server_with_its_port(site: Site) -> None:
    told = site.ask("GET", "/w/visit", headers={"Host": "track.example.com:8443"}).json()

    assert told["host"] == "track.example.com:8443"


def test_page_may_send_16_kilobytes_and_no_more(site: Site, upstream: Upstream) -> None:
    fits = site.ask("POST", "/w/visit", data=b"x" * 16 * 1024)
    too_large = site.ask("POST", "/w/visit", data=b"x" * (16 * 1024 + 1))

    assert fits.status_code == 200
    assert too_large.status_code == 413
    assert too_large.json() == {"error": "the body is larger than 16 KB", "field": None}
    assert too_large.headers["Access-Control-Allow-Origin"] == "*"
    assert upstream.seen == ["POST /w/visit"]


def test_webhook_may_carry_a_letter(site: Site) -> None:
    assert site.ask("POST", "/hooks/email/generic/mail", data=b"x" * 2_000_000).status_code == 200


def test_script_is_asked_for_once_and_kept_apart_by_site(site: Site, upstream: Upstream) -> None:
    first, second = site.ask("GET", "/w.js?site=one"), site.ask("GET", "/w.js?site=one")
    site.ask("GET", "/w.js?site=two")

    assert first.headers["X-Cache-Status"] == "MISS"
    assert second.headers["X-Cache-Status"] == "HIT"
    assert upstream.seen == ["GET /w.js?site=one", "GET /w.js?site=two"]


def test_script_is_served_from_the_cache_while_the_server_is_down(site: Site, upstream: Upstream) -> None:
    site.ask("GET", "/w.js?site=one")

    upstream.shutdown()
    upstream.server_close()

    assert site.ask("GET", "/w.js?site=one").status_code == 200


def test_pages_are_told_store_down_while_the_server_is_down(site: Site, upstream: Upstream) -> None:
    upstream.shutdown()
    upstream.server_close()

    answer = site.ask("POST", "/w/visit", data=b"{}")

    assert answer.status_code == 200
    assert answer.json() == {"numbers": [], "emails": [], "beat": 45, "reason": "store-down"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_webhooks_see_that_the_server_is_down_and_repeat(site: Site, upstream: Upstream) -> None:
    upstream.shutdown()
    upstream.server_close()

    assert site.ask("POST", "/hooks/telephony/generic/pbx", data=b"{}").status_code == 502


def test_guessing_passwords_is_slowed(site: Site, upstream: Upstream) -> None:
    codes = [site.ask("POST", "/admin/login").status_code for _ in range(20)]

    assert codes[:10] == [200] * 10
    assert 429 in codes


def test_figures_are_for_the_machine_itself(site: Site) -> None:
    host, _, port = site.https.removeprefix("https://").partition(":")
    context = ssl.create_default_context(cafile=str(site.certificate))
    stranger = http.client.HTTPSConnection(
        host, int(port), context=context, timeout=10, source_address=("127.0.0.2", 0)
    )
    stranger.request("GET", "/metrics")

    assert stranger.getresponse().status == 403
    assert site.ask("GET", "/metrics").status_code == 200
    stranger.close()


def test_customers_own_host_serves_script_and_reports(site: Site) -> None:
    own = {"Host": "www.example.com", "X-Forwarded-For": "203.0.113.66"}

    script = requests.get(f"{site.customer}/w.js?site=one", headers=own, timeout=10)
    report = requests.post(f"{site.customer}/w/visit", data=b"{}", headers=own, timeout=10)
    home = requests.get(site.customer + "/wonderful", headers=own, timeout=10)

    assert script.headers["Content-Type"] == "text/javascript"
    assert report.json()["host"] == "www.example.com"
    assert report.json()["x-forwarded-for"] == "127.0.0.1"
    assert home.text == "home"


def test_customers_host_never_shows_that_we_are_gone(site: Site, upstream: Upstream) -> None:
    upstream.shutdown()
    upstream.server_close()

    assert requests.get(f"{site.customer}/w.js", timeout=10).status_code in (502, 503)
    assert requests.post(f"{site.customer}/w/beat", data=b"{}", timeout=10).json()["reason"] == "store-down"
