"""The pretend telephone and mail program: they report to the generic webhooks over HTTP, like any PBX."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from http import HTTPStatus

import requests
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional, Regexp

from demo.seeding import own_url, secret
from tracker import clock
from tracker.config import Config

blueprint = Blueprint("demo_inquiring", __name__)

PATIENCE = (3.05, 10)  # seconds to connect and to answer
PHONE = Regexp(r"^\+[0-9]{7,15}$")
WORD = [InputRequired(), Length(max=200)]


class CallForm(FlaskForm):
    """One step of a pretend call."""

    call = StringField(validators=[InputRequired(), Regexp(r"^[0-9a-f-]{8,40}$")])
    step = StringField(validators=[AnyOf(["ringing", "answered", "ended"])])
    caller = StringField(validators=[InputRequired(), PHONE])
    number = StringField(validators=[InputRequired(), PHONE])
    status = StringField(validators=[Optional(), AnyOf(["answered", "missed"])])
    ring = IntegerField(validators=[Optional(), NumberRange(0, 3600)])
    talk = IntegerField(validators=[Optional(), NumberRange(0, 3600)])


class LetterForm(FlaskForm):
    """A pretend letter."""

    to = StringField(validators=[InputRequired(), Length(max=200), Regexp(r"^[^@\s<>,]+@[^@\s<>,]+$")])
    name = StringField(validators=[*WORD, Regexp(r"^[^\r\n]+$")])
    address = StringField(validators=[InputRequired(), Length(max=200), Regexp(r"^[^@\s<>,]+@[^@\s<>,]+$")])
    subject = StringField(validators=[*WORD, Regexp(r"^[^\r\n]+$")])
    text = StringField(validators=[InputRequired(), Length(max=4000)])


@blueprint.post("/call")
def call() -> ResponseReturnValue:
    """Reports one step of a call; the answer is the webhook's own."""
    form = CallForm()
    if not form.validate():
        return jsonify({"error": form.errors}), HTTPStatus.BAD_REQUEST
    event = {
        "call_id": f"demo-{form.call.data}",
        "event": form.step.data,
        "from": form.caller.data,
        "to": form.number.data,
        "at": clock.to_iso(clock.now()),
        "answered_by": "101" if form.status.data == "answered" or form.step.data == "answered" else None,
        "status": form.status.data or None,
        "ring_seconds": form.ring.data,
        "talk_seconds": form.talk.data,
    }
    told = {name: value for name, value in event.items() if value is not None}
    answer = requests.post(
        f"{own_url()}/hooks/telephony/generic/demo-pbx", json=told, headers=_proof("pbx"), timeout=PATIENCE
    )
    return jsonify(answer.json()), answer.status_code


@blueprint.post("/letter")
def letter() -> ResponseReturnValue:
    """Sends a letter to the address that the page shows."""
    form = LetterForm()
    if not form.validate():
        return jsonify({"error": form.errors}), HTTPStatus.BAD_REQUEST
    headers = {**_proof("mail"), "Content-Type": "message/rfc822", "X-Envelope-To": form.to.data}
    answer = requests.post(
        f"{own_url()}/hooks/email/generic/demo-mail", data=_mime(form), headers=headers, timeout=PATIENCE
    )
    return jsonify(answer.json()), answer.status_code


def _mime(form: LetterForm) -> bytes:
    message = EmailMessage()
    message["From"] = formataddr((form.name.data, form.address.data))
    message["To"] = form.to.data
    message["Subject"] = form.subject.data
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain="mail.example")
    message.set_content(form.text.data)
    return message.as_bytes()


def _proof(purpose: str) -> dict[str, str]:
    config: Config = current_app.config["SKVOZ"]
    return {"Authorization": f"Bearer {secret(config, purpose)}"}
