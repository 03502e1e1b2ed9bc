"""Debian's nginx with the example site, on free ports, before a small upstream that tells what reached it."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tracker.config import ROOT

NAME = "track.example.com"


class Upstream(http.server.ThreadingHTTPServer):
    """Answers every request with the headers it got, and counts the requests by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.seen: list[str] = []


class _Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        self.server.seen.append(f"{self.command} {self.path}")
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path.startswith("/w.js") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.path.startswith("/w.js"):
            self.send_header("Cache-Control", "public, max-age=300")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


class Site:
    """The running examples: `https` and `http` are the base addresses of ours, `certificate` what to trust,
    `customer` the base address of a customer's site that passes `/w/` on to us.
    """

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.upstream = upstream
        self.certificate = folder / "fullchain.pem"
        plain, secure, customer = _free_port(), _free_port(), _free_port()
        self.http, self.https = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        self.customer = f"http://127.0.0.1:{customer}"
        _make_certificate(folder)
        (folder / "sites").mkdir()
        (folder / "sites" / "skvoz.conf").write_text(_moved(folder, plain, secure, upstream.server_port))
        (folder / "sites" / "customer.conf").write_text(_customer(folder, customer, secure))
        (folder / "nginx.conf").write_text(_around(folder))
        self._process: subprocess.Popen[bytes] | None = None
        self._command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]

    def start(self) -> None:
        checked = subprocess.run([*self._command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        self._process = subprocess.Popen(self._command)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(self.https.rpartition(":")[2]))).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < deadline and self._process.poll() is None, "nginx does not start"
                time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def ask(self, method: str, path: str, **words: object) -> requests.Response:
        headers = {"Host": NAME, **words.pop("headers", {})}
        return requests.request(
            method, self.https + path, headers=headers, verify=str(self.certificate), timeout=10, **words
        )


def _moved(folder: Path, plain: int, secure: int, upstream: int) -> str:
    """The example as it stands, on our ports and in our folder."""
    text = (ROOT / "nginx" / "skvoz.conf").read_text()
    text = re.sub(r"(?m)^\s*listen \[::\].*\n", "", text)
    changes = (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{secure} "),
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
        ("/var/cache/nginx/skvoz", str(folder / "cache")),
    )
    return _changed(text, changes)


def _customer(folder: Path, port: int, secure: int) -> str:
    """A customer's site that includes the example; its Skvoz is the one above."""
    changes = (
        (f"set $skvoz {NAME};", f"set $skvoz 127.0.0.1:{secure};"),
        ("/etc/ssl/certs/ca-certificates.crt", str(folder / "fullchain.pem")),
    )
    included = _changed((ROOT / "nginx" / "first-party.conf").read_text(), changes)
    return f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 home; }}\n{included}\n}}\n"


def _changed(text: str, changes: Iterable[tuple[str, str]]) -> str:
    for here, there in changes:
        assert here in text, f"the example no longer says {here}"
        text = text.replace(here, there)
    return text


def _around(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} worker_processes 1; daemon off; pid {folder / 'nginx.pid'}; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/sites/*.conf; }}\n"
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "privkey.pem").write_bytes(private)
