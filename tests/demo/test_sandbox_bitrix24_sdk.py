"""The official client library takes the pretend portal for a real one."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from b24pysdk import BitrixWebhook, Client
from b24pysdk.errors import BitrixAPIBadRequest, BitrixAPIQueryLimitExceeded, BitrixAPIWrongAuthType
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sandbox_server import serving

from demo.sandbox.bitrix24 import Portal, create_app, demo_portal


def certificate(folder: Path) -> tuple[Path, Path]:
    """Makes a certificate for 127.0.0.1: the library speaks HTTPS only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    return paths


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def portal() -> Portal:
    return demo_portal(https_only=True)


@pytest.fixture
def client(portal: Portal, tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    with serving(create_app(portal), ssl_context=context) as address:
        yield Client(BitrixWebhook(domain=address, webhook_token="1/secret"), max_retries=1)


FIELDS = {"NAME": "Ann", "PHONE": [{"VALUE": "+79161234567", "VALUE_TYPE": "WORK"}]}


def test_contact_is_added_read_and_changed(client, portal):
    id = client.crm.contact.add(fields=FIELDS).result
    client.crm.contact.update(bitrix_id=id, fields={"LAST_NAME": "Lee"}).result  # noqa: B018 - sends the request

    card = client.crm.contact.get(bitrix_id=id).result
    assert (card["ID"], card["NAME"], card["LAST_NAME"]) == (str(id), "Ann", "Lee")
    assert [phone["VALUE"] for phone in card["PHONE"]] == ["+79161234567"]


def test_list_is_followed_over_its_pages(client, portal):
    portal.bucket.capacity = 200
    requests = [client.crm.contact.add(fields={"NAME": f"Person {n}"}) for n in range(60)]
    client.call_batches(requests).result  # noqa: B018 - sends the requests

    everybody = client.crm.contact.list(select=["ID", "NAME"], order={"ID": "ASC"}).as_list().result

    assert [person["NAME"] for person in everybody] == [f"Person {n}" for n in range(60)]


def test_batch_brings_each_result_and_each_error(client, portal):
    id = client.crm.contact.add(fields=FIELDS).result

    answer = client.call_batch(
        {
            "found": client.crm.duplicate.findbycomm(type="PHONE", values=["+79161234567"], entity_type="CONTACT"),
            "card": client.crm.contact.get(bitrix_id=id),
            "nobody": client.crm.contact.get(bitrix_id=404),
        }
    ).result

    assert answer.result["found"] == {"CONTACT": [id]}
    assert answer.result["card"]["NAME"] == "Ann"
    assert answer.result_error["nobody"]["error_description"] == "Not found"


def test_refusals_are_recognised(client, portal):
    with pytest.raises(BitrixAPIBadRequest):
        client.crm.contact.get(bitrix_id=404).result  # noqa: B018 - sends the request
    with pytest.raises(BitrixAPIWrongAuthType):
        client._bitrix_token.call_method("telephony.externalLine.get")
    portal.bucket.capacity = 0
    with pytest.raises(BitrixAPIQueryLimitExceeded):
        client.crm.contact.get(bitrix_id=1).result  # noqa: B018 - sends the request
