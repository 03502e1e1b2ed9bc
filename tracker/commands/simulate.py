"""`skvoz simulate-call` and `simulate-email`: pretend inquiries through the real intake, marked as tests."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import click
from flask import current_app
from sqlalchemy import select

from tracker import clock, flow
from tracker.commands.database import needs_database
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.inquiries.intake import Entrance
from tracker.inquiries.models import Inquiry
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.interpretation import Interpreter
from tracker.services import Services
from tracker.sites.models import Site
from tracker.values import email_address, phone

_site = click.option("--site", required=True, help="Key of the site.")
_deliver = click.option("--deliver", is_flag=True, help="Deliver it to the CRM too.")


@click.command("simulate-call")
@_site
@click.option("--from", "caller", required=True, help="Number of the caller.")
@click.option("--to", "called", required=True, help="Number that was dialled.")
@_deliver
@needs_database
def simulate_call(site: str, caller: str, called: str, deliver: bool) -> None:
    """Pretend a call: it rings, is answered, and ends after a minute."""
    found = _find_site(site)
    numbers = [_number(text, found.country, name) for text, name in ((caller, "--from"), (called, "--to"))]
    call_id, now = f"simulated-{secrets.token_hex(6)}", clock.now()
    events = [
        CallEvent(call_id, CallStage.RINGING, numbers[0], numbers[1], now, is_test=True),
        CallEvent(call_id, CallStage.ANSWERED, numbers[0], numbers[1], now, ring_seconds=0, is_test=True),
        CallEvent(
            call_id, CallStage.ENDED, numbers[0], numbers[1], None,
            status=CallStatus.ANSWERED, talk_seconds=60, is_test=True,
        ),
    ]  # fmt: skip
    _show([flow.take(_services(), _entrance(found), event, deliver) for event in events][-1:])


@click.command("simulate-email")
@_site
@click.option("--from", "sender", required=True, help="Address of the sender.")
@click.option("--to", "recipient", required=True, help="Address it is sent to, with the tag.")
@click.option("--subject", default="A pretend letter", show_default=True)
@click.option("--text", default="This letter was made by skvoz simulate-email.", show_default=True)
@_deliver
@needs_database
def simulate_email(site: str, sender: str, recipient: str, subject: str, text: str, deliver: bool) -> None:
    """Pretend a letter."""
    found = _find_site(site)
    for address, name in ((sender, "--from"), (recipient, "--to")):
        if email_address.normalise(address) is None:
            raise InvalidInput(f"{name} {address!r} is no address", name)
    raw = _letter(sender, recipient, subject, text)
    rules = Interpreter(db.session(), _services().config.secret_key).tag_rules()
    event = replace(
        read_letter(taken_apart(raw), rules, received_at=clock.now(), envelope_to=[recipient]), is_test=True
    )
    _show([flow.take(_services(), _entrance(found), event, deliver)])


def _letter(sender: str, recipient: str, subject: str, text: str) -> bytes:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, recipient, subject
    letter["Date"], letter["Message-ID"] = format_datetime(clock.now()), make_msgid(domain="simulated.invalid")
    letter.set_content(text)
    return letter.as_bytes()


def _services() -> Services:
    services: Services = current_app.extensions["services"]
    return services


def _find_site(key: str) -> Site:
    site = db.session.scalar(select(Site).where(Site.key == key))
    if site is None:
        known = ", ".join(db.session.scalars(select(Site.key).order_by(Site.key))) or "none yet"
        raise NotFound(f"There is no site {key!r}; known: {known}.")
    return site


def _entrance(site: Site) -> Entrance:
    return Entrance(site, f"simulation:{site.key}")


def _number(text: str, country: str, option: str) -> str:
    number = phone.parse(text, country)
    if number is None:
        raise InvalidInput(f"{option} {text!r} cannot be read as a phone number of {country}", option)
    return number


def _show(inquiries: Sequence[Inquiry]) -> None:
    for inquiry in inquiries:
        answer = {
            "inquiry": inquiry.key,
            "status": str(inquiry.attribution_status),
            "visitor": inquiry.visitor.key if inquiry.visitor else None,
            "probability": inquiry.probability,
            "explanation": inquiry.explanation,
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
