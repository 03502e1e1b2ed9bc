"""Call instructions in TwiML, for customers who want Skvoz to direct their calls: forward, record, whisper.

Only where a connection says where to forward; by default we listen to status callbacks and stay out of the way.
Source: the vendor's pages on `<Dial>`, `<Number>` and `<Sip>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

from tracker.errors import InvalidInput
from tracker.providers import reading
from tracker.providers.settings import SettingField
from tracker.providers.webhook import WebhookAnswer
from tracker.values import phone

VOICE, WHISPER, DIALLED = "/voice", "/whisper", "/dial-done"
RINGS_SECONDS = 25
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def _check_target(written: str) -> None:
    if not written.startswith("sip:") and phone.parse(written, None) is None:
        raise InvalidInput("use a number such as +14155550123, or sip:user@host")


def _check_fallback(written: str) -> None:
    reading.web_address({"fallback_url": written}, "fallback_url")


INSTRUCTIONS = (
    SettingField(
        "forward_to",
        "Forward calls to",
        required=False,
        help="Only if Skvoz shall direct the calls: a number with + or sip:user@host. Empty: it only listens.",
        check=_check_target,
        needs="fallback_url",
    ),
    SettingField(
        "fallback_url",
        "Instructions without Skvoz",
        kind="url",
        required=False,
        help="Address of instructions that forward to the same phone and live at the carrier (a TwiML Bin). Enter it "
        "there for the case that the primary handler fails, too: then calls arrive even if Skvoz does not answer.",
        check=_check_fallback,
    ),
    SettingField("record", "Record the calls", kind="bool", required=False, help="Callers must be told, by law."),
    SettingField(
        "whisper",
        "Said to the employee",
        required=False,
        help="Before the caller is connected, for example: A call from the web site.",
    ),
)


def instructions(settings: Mapping[str, str], path: str, url: str) -> WebhookAnswer | None:
    """Returns what the carrier shall do now; None where nothing is asked, or the connection only listens.

    Args:
        path: of the request; its end says what is asked.
        url: of the request, as the carrier wrote it; the other addresses are made from it.
    """
    if not settings["forward_to"]:
        return None
    if path.endswith(VOICE):
        return twiml(_dial(settings, url))
    if path.endswith(WHISPER):
        return twiml(_say(settings["whisper"]))
    return None


def twiml(content: str) -> WebhookAnswer:
    """Returns an answer with these instructions."""
    body = f"{DECLARATION}<Response>{content}</Response>" if content else f"{DECLARATION}<Response/>"
    return WebhookAnswer(200, body, "text/xml; charset=utf-8")


def _dial(settings: Mapping[str, str], url: str) -> str:
    """The caller hears ringing until the employee answers; the employee sees the caller's number."""
    report = _at(url, "/leg")
    options = {"timeout": str(RINGS_SECONDS), "answerOnBridge": "true", "action": _at(url, DIALLED), "method": "POST"}
    if settings["record"] == "true":
        options |= {"record": "record-from-answer-dual", "recordingStatusCallback": _at(url, "/rec")}
    called = {"statusCallback": report, "statusCallbackEvent": "initiated ringing answered completed"}
    if settings["whisper"]:
        called["url"] = _at(url, WHISPER)
    target = settings["forward_to"]
    noun = "Sip" if target.startswith("sip:") else "Number"
    return f"<Dial{_written(options)}><{noun}{_written(called)}>{escape(target)}</{noun}></Dial>"


def _say(words: str) -> str:
    if not words:
        return ""
    language = "ru-RU" if any("а" <= letter <= "я" for letter in words.lower()) else "en-US"
    return f'<Say language="{language}">{escape(words)}</Say>'


def _written(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _at(url: str, place: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.removesuffix(VOICE) + place))
