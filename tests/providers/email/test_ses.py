"""Amazon SES through SNS: signed by Amazon for our topic, and nobody but Amazon is asked for anything."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from email_contract import EmailContract, Recorded, letter

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import LetterClass
from tracker.providers.email.ses import Ses, sns
from tracker.providers.settings import read_settings
from tracker.providers.webhook import WebhookRequest

TOPIC = "arn:aws:sns:eu-west-1:123456789012:letters"
AMAZON = "https://sns.eu-west-1.amazonaws.com"
AMAZONS_KEY = rsa.generate_private_key(65537, 2048)


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, AMAZONS_KEY.public_key(), 1, day, day + timedelta(days=3650))
    return made.sign(AMAZONS_KEY, SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses we asked; Amazon has its certificate at each."""
    urls: list[str] = []
    text = certificate()

    def answer(url: str) -> str:
        urls.append(url)
        return text

    monkeypatch.setattr(sns, "_asked", answer)
    sns.signing_key.cache_clear()
    yield urls
    sns.signing_key.cache_clear()


def proven(message: dict[str, Any]) -> dict[str, Any]:
    """Signs as the vendor's page says: the names and values of these fields, a line each."""
    covered = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    if message["Type"] == "Notification":
        covered = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        covered.remove("Subject")
    text = "".join(f"{name}\n{message[name]}\n" for name in covered if name in message)
    digest = SHA256() if message["SignatureVersion"] == "2" else SHA1()
    return {**message, "Signature": base64.b64encode(AMAZONS_KEY.sign(text.encode(), PKCS1v15(), digest)).decode()}


class TestContract(EmailContract):
    name = "email/ses"
    docs = "ses.md"
    settings = {"topic_arn": TOPIC}
    stale_after = timedelta(hours=2, seconds=1)
    recorded = [
        Recorded("received.json", [letter()]),
        Recorded("base64.json", [letter()]),
        Recorded("spam.json", [letter(letter_class=LetterClass.SPAM)]),
        Recorded("s3.json", [letter(text="s3://letters/in/o3vrnil0")]),
        Recorded("test.json", []),
        Recorded("unsubscribe.json", []),
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        message = {**json.loads(body), "TopicArn": self.settings["topic_arn"]}
        return self.of(proven(message))

    def of(self, message: dict[str, Any]) -> WebhookRequest:
        return self.request(
            json.dumps(message).encode(),
            x_amz_sns_message_type=message["Type"],
            x_amz_sns_message_id=message["MessageId"],
            x_amz_sns_topic_arn=message["TopicArn"],
        )

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        return self.of({**request.json(), "Signature": ""})

    malformed = []

    def message(self, file: str = "received.json", **changes: Any) -> dict[str, Any]:
        return {**json.loads(self.payload(file)), **changes}


def confirmation(**changes: Any) -> dict[str, Any]:
    address = f"{AMAZON}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336"
    message = TestContract().message(
        Type="SubscriptionConfirmation", Message="You have chosen…", Token="2336", SubscribeURL=address
    )
    del message["Subject"]
    return {**message, **changes}


@pytest.mark.parametrize("said", [{"content": None}, {"mail": {}}, {"mail": 1, "receipt": []}])
def test_notification_without_the_letter_and_its_headers_is_malformed(said: dict[str, Any]) -> None:
    contract = TestContract()
    data = {"notificationType": "Received", **said}

    with pytest.raises(InvalidInput):
        contract.make().parse(contract.of(contract.message(Message=json.dumps(data))))


def test_certificate_is_fetched_once(asked: list[str]) -> None:
    contract = TestContract()

    for _ in range(2):
        contract.make().verify(contract.received("received.json"))

    assert asked == [f"{AMAZON}/SimpleNotificationService-01.pem"]


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://bucket.s3.amazonaws.com/a.pem",
        "https://[::1/a.pem",
        "",
    ],
)
def test_nobody_but_amazon_is_asked(url: str, asked: list[str]) -> None:
    contract = TestContract()
    for message in (contract.message(SigningCertURL=url), confirmation(SubscribeURL=url)):
        with pytest.raises(NotAuthentic):
            request = contract.of(proven(message))
            contract.make().greet(request)
            contract.make().verify(request)

    assert [one for one in asked if "SimpleNotification" not in one] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:eu-west-1:999999999999:letters"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": "2"},
        {"Message": "{}"},
        {"Timestamp": "now"},
        {"Timestamp": "2026-03-14T09:31:00.000Z"},
        {"Signature": "%"},
        {"Signature": None},
    ],
)
def test_message_changed_after_it_was_signed_is_refused(changes: dict[str, Any]) -> None:
    contract = TestContract()
    message = {**proven(contract.message()), **changes}

    with pytest.raises(NotAuthentic):
        contract.make().verify(contract.of(message))


def test_headers_that_disagree_with_the_message_are_refused() -> None:
    contract = TestContract()
    body = json.dumps(proven(contract.message())).encode()

    with pytest.raises(NotAuthentic):
        contract.make().verify(contract.request(body, x_amz_sns_message_id="other"))


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        TestContract().make().verify(TestContract().request(b"hello"))


def test_subscription_to_our_topic_is_confirmed(asked: list[str]) -> None:
    contract = TestContract()

    greeting = contract.make().greet(contract.of(proven(confirmation())))

    assert greeting is not None
    assert greeting.status == 200
    assert asked[-1] == confirmation()["SubscribeURL"]


def test_subscription_to_another_topic_is_refused(asked: list[str]) -> None:
    contract = TestContract()
    other = proven(confirmation(TopicArn="arn:aws:sns:eu-west-1:123456789012:other"))

    with pytest.raises(NotAuthentic):
        contract.make().greet(contract.of(other))

    assert asked == []


def test_notification_is_no_greeting_and_is_numbered() -> None:
    contract = TestContract()
    request = contract.received("received.json")

    assert contract.make().greet(request) is None
    assert contract.make().number(request) == "00000001-0000-5000-8000-000000000000"


def test_what_is_no_topic_is_refused_when_it_is_set() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(Ses.SETTINGS, {"topic_arn": "letters"})

    assert caught.value.field == "settings.topic_arn"
