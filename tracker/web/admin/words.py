"""What the interface calls things: one table of translatable words for each closed set of values."""

from __future__ import annotations

from enum import Enum
from typing import Any

from flask_babel import lazy_gettext as _

from tracker.access.models import Role
from tracker.alerts.models import ChannelKind, Condition, What
from tracker.deliveries.models import DeliveryStatus, ErrandKind
from tracker.deliveries.policy import First, Repeat
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, NotCounted, RawStatus
from tracker.pools.models import LeaseOn, Overflow, PoolKind
from tracker.reports.touches import Model
from tracker.sites.models import ConnectionState

KIND = {
    InquiryKind.CALL: _("Call"),
    InquiryKind.EMAIL: _("Letter"),
    InquiryKind.FORM: _("Form"),
    InquiryKind.CHAT: _("Chat"),
    InquiryKind.CALLBACK: _("Callback"),
    InquiryKind.ORDER: _("Order"),
    InquiryKind.SUBSCRIPTION: _("Subscription"),
}

KINDS = {
    InquiryKind.CALL: _("Calls"),
    InquiryKind.EMAIL: _("Letters"),
    InquiryKind.FORM: _("Forms"),
    InquiryKind.CHAT: _("Chats"),
    InquiryKind.CALLBACK: _("Callbacks"),
    InquiryKind.ORDER: _("Orders"),
    InquiryKind.SUBSCRIPTION: _("Subscriptions"),
}

CALL_STATUS = {
    CallStatus.RINGING: _("ringing"),
    CallStatus.ANSWERED: _("answered"),
    CallStatus.MISSED: _("missed"),
    CallStatus.BUSY: _("busy"),
    CallStatus.FAILED: _("not connected"),
    CallStatus.UNKNOWN_END: _("end unknown"),
}

LETTER = {
    LetterClass.HUMAN: _("written by a person"),
    LetterClass.AUTO_REPLY: _("automatic reply"),
    LetterClass.BOUNCE: _("delivery report"),
    LetterClass.LIST: _("mailing list"),
    LetterClass.SYSTEM: _("notification"),
    LetterClass.OWN: _("sent by us"),
    LetterClass.SPAM: _("marked as spam"),
}

MATCH = {
    AttributionStatus.CERTAIN: _("certain"),
    AttributionStatus.PROBABLE: _("probable"),
    AttributionStatus.GIVEN: _("told by the provider"),
    AttributionStatus.STATIC: _("bound to a source"),
    AttributionStatus.UNKNOWN: _("unknown"),
    AttributionStatus.OTHER: _("other traffic"),
}

NOT_COUNTED = {
    NotCounted.STAFF: _("staff"),
    NotCounted.BLOCKED: _("blocked"),
    NotCounted.TEST_CALLER: _("test telephone"),
    NotCounted.SHORT: _("too short"),
}

MARK = {
    Mark.MANY_CALLERS: _("several callers in one visit"),
    Mark.STALE: _("visit more than a day ago"),
    Mark.SHARED: _("number was shared"),
    Mark.REMEMBERED: _("remembered caller"),
    Mark.SAME_DEVICE: _("same device"),
}

MODEL = {
    Model.LAST_NON_DIRECT: _("Last visit that was not direct"),
    Model.LAST: _("Last visit"),
    Model.FIRST: _("First visit"),
    Model.LINEAR: _("Equal shares"),
    Model.POSITION: _("First and last 40 % each"),
}

SIGNAL = {
    "tap": _("tapped or copied the number"),
    "caller": _("caller is known to be him"),
    "region": _("number is of his region"),
    "device": _("device fits the number"),
}

AGAINST = {
    "caller": _("caller is somebody else"),
    "other_callers": _("others called in this visit"),
    "region": _("number is of another region"),
    "device": _("device does not fit the number"),
}

DELIVERY = {
    DeliveryStatus.PENDING: _("waiting"),
    DeliveryStatus.SENT: _("sent"),
    DeliveryStatus.FAILED: _("will be repeated"),
    DeliveryStatus.DEAD: _("refused"),
}

ERRAND = {
    ErrandKind.TEST: _("Test"),
    ErrandKind.CONNECT: _("Connecting"),
    ErrandKind.DRY_RUN: _("Dry run"),
    ErrandKind.UNDO: _("Taking back"),
}

LEVEL = {"ok": _("good"), "warning": _("note this"), "error": _("does not work")}

CONNECTION = {ConnectionState.OK: _("works"), ConnectionState.BROKEN: _("broken")}

FAMILY = {
    "telephony": _("Telephony"),
    "email": _("Mail"),
    "form": _("Forms"),
    "chat": _("Chats"),
    "crm": _("CRM"),
    "analytics": _("Analytics"),
    "newsletter": _("Newsletters"),
}

RAW = {
    RawStatus.NEW: _("not read yet"),
    RawStatus.UNDERSTOOD: _("understood"),
    RawStatus.UNKNOWN: _("of an unknown kind"),
    RawStatus.MALFORMED: _("cannot be read"),
    RawStatus.FAILED: _("our own mistake"),
}

POOL_KIND = {PoolKind.DYNAMIC: _("dynamic"), PoolKind.STATIC: _("static")}

LEASE_ON = {
    LeaseOn.ENGAGEMENT: _("when engaged; paid clicks at once"),
    LeaseOn.ARRIVAL: _("with the first page view"),
}

OVERFLOW = {
    Overflow.ORIGINAL: _("show the original number"),
    Overflow.SHARED: _("let several visitors share a number"),
    Overflow.STATIC: _("show one fixed number"),
}

SCOPE = {"read": _("read inquiries, visitors and pools"), "write": _("report inquiries")}

ROLE = {
    Role.OWNER: _("owner"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.ANALYST: _("analyst"),
    Role.AGENT: _("agent"),
}

ROLE_MEANING = {
    Role.OWNER: _("everything, users included"),
    Role.ADMINISTRATOR: _("everything but users"),
    Role.ANALYST: _("sees everything, changes nothing"),
    Role.AGENT: _("sees the journal of inquiries, tags and comments"),
}

CONDITION = {
    Condition.MISSED_CALL: _("missed call"),
    Condition.COVERAGE: _("poor coverage"),
    Condition.NO_PAGE_VIEWS: _("no page views"),
    Condition.CONNECTION_BROKEN: _("connection broken"),
    Condition.DELIVERIES_STUCK: _("deliveries stuck"),
    Condition.TOKEN_ENDING: _("token ending"),
    Condition.CERTIFICATE_ENDING: _("certificate ending"),
}

CHANNEL_KIND = {
    ChannelKind.MAIL: _("Mail"),
    ChannelKind.TELEGRAM: _("Telegram"),
    ChannelKind.WEBHOOK: _("Webhook"),
}

ALERT_WHAT = {What.BEGAN: _("begun"), What.ENDED: _("over"), What.TEST: _("test")}

CHANNEL = {
    "direct": _("Direct"),
    "cross-network": _("Cross-network"),
    "paid-shopping": _("Paid shopping"),
    "paid-search": _("Paid search"),
    "paid-social": _("Paid social"),
    "paid-video": _("Paid video"),
    "display": _("Display"),
    "paid-other": _("Other paid"),
    "organic-shopping": _("Organic shopping"),
    "organic-social": _("Organic social"),
    "organic-video": _("Organic video"),
    "organic-search": _("Organic search"),
    "referral": _("Referral"),
    "email": _("Email"),
    "affiliates": _("Affiliates"),
    "audio": _("Audio"),
    "sms": _("SMS"),
    "push": _("Push"),
    "ai": _("AI assistants"),
    "unassigned": _("Unassigned"),
}

DEVICE = {
    "mobile": _("phone"),
    "tablet": _("tablet"),
    "desktop": _("computer"),
    "bot": _("bot"),
    "other": _("other device"),
}

DEED = {
    "tel_click": _("tapped the number"),
    "tel_copy": _("copied the number"),
    "mail_click": _("tapped the address"),
    "mail_copy": _("copied the address"),
}

ENTITY = {"contact": _("contact"), "deal": _("deal"), "lead": _("lead"), "task": _("task"), "note": _("note")}

FIRST = {
    First.CONTACT: _("a contact"),
    First.DEAL: _("a deal without a contact"),
    First.CONTACT_DEAL: _("a contact and a deal, linked"),
    First.CONTACT_EVENT: _("a contact with the call or letter on it"),
    First.LEAD: _("a lead (in amoCRM: unsorted)"),
}

REPEAT = {
    Repeat.EVENT: _("the call or letter on his contact and open deal"),
    Repeat.EVENT_ON_LEAD: _("the call or letter on his waiting lead"),
    Repeat.CONTACT: _("one more contact"),
    Repeat.DEAL: _("one more deal on his contact"),
    Repeat.LEAD: _("one more lead on his contact"),
    Repeat.LEAD_ALONE: _("one more lead that belongs to nobody"),
}

ACTION = {
    "site.create": _("Site added"),
    "site.change": _("Site changed"),
    "site.check": _("Installation checked"),
    "pool.create": _("Pool added"),
    "pool.change": _("Pool changed"),
    "pool.add_numbers": _("Numbers added to a pool"),
    "number.change": _("Number changed"),
    "number.take_out": _("Number taken out of use"),
    "number.take_back": _("Number put back to use"),
    "connection.create": _("Connection added"),
    "connection.change": _("Connection changed"),
    "connection.test": _("Connection tested"),
    "connection.policy": _("Policy of a CRM changed"),
    "connection.replay": _("Raw messages read again"),
    "inquiry.tag": _("Tag put on an inquiry"),
    "inquiry.untag": _("Tag taken off an inquiry"),
    "inquiry.comment": _("Inquiry commented"),
    "inquiry.correct": _("Source corrected"),
    "delivery.retry": _("Delivery sent again"),
    "delivery.dry-run": _("Delivery tried without sending"),
    "delivery.undo": _("Delivery undone"),
    "user.create": _("User added"),
    "user.add": _("User added"),
    "user.change": _("User changed"),
    "user.password": _("Password set"),
    "user.second_factor_on": _("Second factor switched on"),
    "user.second_factor_off": _("Second factor switched off"),
    "user.recovery_codes": _("New recovery codes"),
    "token.create": _("Token made"),
    "token.add": _("Token made"),
    "token.revoke": _("Token ended"),
    "alert_channel.create": _("Alert channel added"),
    "alert_channel.change": _("Alert channel changed"),
    "alert_channel.test": _("Alert channel tested"),
    "alert_channel.switch": _("Alert channel switched on or off"),
    "alert_channel.remove": _("Alert channel removed"),
    "alert_thresholds.change": _("Alert limits changed"),
    "configuration.apply": _("Configuration applied"),
}

TABLES: dict[str, dict[Any, Any]] = {
    "kind": KIND,
    "kinds": KINDS,
    "call_status": CALL_STATUS,
    "letter": LETTER,
    "match": MATCH,
    "not_counted": NOT_COUNTED,
    "mark": MARK,
    "model": MODEL,
    "signal": SIGNAL,
    "against": AGAINST,
    "delivery": DELIVERY,
    "connection": CONNECTION,
    "errand": ERRAND,
    "level": LEVEL,
    "family": FAMILY,
    "raw": RAW,
    "pool_kind": POOL_KIND,
    "lease_on": LEASE_ON,
    "overflow": OVERFLOW,
    "scope": SCOPE,
    "role": ROLE,
    "role_meaning": ROLE_MEANING,
    "condition": CONDITION,
    "channel_kind": CHANNEL_KIND,
    "alert_what": ALERT_WHAT,
    "channel": CHANNEL,
    "device": DEVICE,
    "deed": DEED,
    "entity": ENTITY,
    "first": FIRST,
    "repeat": REPEAT,
    "action": ACTION,
}


def word(value: Any, table: str) -> str:
    """What the interface calls a value; a value without a word is shown as it is."""
    shown = value.value if isinstance(value, Enum) else value
    return str(TABLES[table].get(value, shown))
