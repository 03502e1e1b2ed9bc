"""What people do after their visits: they call, write and fill in forms, each at his own moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.month.traffic import Stay
from tracker import clock, flow
from tracker.inquiries import (
    annotating,
    correcting,
    intake,
    letter_intake,
    letter_writer,
    letters,
    matching,
    raw_messages,
)
from tracker.inquiries.events import CallEvent, CallStage, CallStatus, EmailEvent, FormEvent, InquiryKind, TagCandidate
from tracker.inquiries.intake import Entrance
from tracker.inquiries.models import Inquiry, InquiryComment, RawStatus
from tracker.leases.models import EmailTag
from tracker.pools.models import Number
from tracker.pools.verifying import verify_number
from tracker.providers.interpretation import Interpreter
from tracker.sites.models import Connection, Site

RECORDINGS = "https://recordings.pbx.example"
COLLEAGUE = "sales@northlight.example"
LETTER = b"""From: "Maya Lindqvist" <maya.lindqvist@mail.example>
To: hello+TAG@northlight.example
Subject: Plans of the ground floor
Message-ID: <plans-1@mail.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="cut"

--cut
Content-Type: text/plain; charset=utf-8

Hello, here are the plan and the list of windows. Could you quote for oak and for pine?
Maya Lindqvist
--cut
Content-Type: image/svg+xml
Content-Disposition: attachment; filename="ground floor.svg"

<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60">
<path fill="none" stroke="#333" d="M5 5h80v50H5zM45 5v50"/></svg>
--cut
Content-Type: text/csv; charset=utf-8
Content-Disposition: attachment; filename="windows.csv"

room,width,height
kitchen,1200,1300
hall,900,1300
--cut--
"""
LABELS = ("quote sent", "hot, measuring", "spam", "measuring", "quote sent")


@dataclass(frozen=True)
class Planned:
    """Somebody will inquire then, after this stay; None: he never was on the site."""

    at: datetime
    kind: InquiryKind
    stay: Stay


def plan(stays: list[Stay], now: datetime, choose: random.Random) -> list[Planned]:
    """Who inquires, how and when; only what has happened by now."""
    planned = []
    for stay in stays:
        if stay.visit.bot_reason or choose.random() * 1000 > stay.way.inquire:
            continue
        kinds, weights = [InquiryKind.FORM], [3]
        if stay.number:
            kinds, weights = [*kinds, InquiryKind.CALL], [*weights, 7]
        if stay.tag and stay.company.connections[1]:
            kinds, weights = [*kinds, InquiryKind.EMAIL], [*weights, 2]
        kind = choose.choices(kinds, weights)[0]
        late = {InquiryKind.CALL: choose.expovariate(1 / 150), InquiryKind.EMAIL: choose.uniform(600, 90_000)}
        planned.append(Planned(stay.ends_at + timedelta(seconds=late.get(kind, -8)), kind, stay))
    return sorted((one for one in planned if one.at < now), key=lambda one: one.at)


@contextmanager
def moment(at: datetime) -> Iterator[None]:
    """Lets everything inside believe that it is that moment."""
    with patch.object(clock, "now", lambda: at):
        yield


def handed_over(connection: Connection, content_type: str) -> dict[str, object]:
    """The request that brought a message to a webhook, as it is kept."""
    path = f"/hooks/{connection.provider}/{connection.key}"
    facts = {"method": "POST", "path": path, "content_type": content_type, "remote_ip": None}
    return facts | {"headers": [["Content-Type", content_type]], "query": []}


class Inquiring:
    """Takes planned inquiries one after the other, as the web would."""

    def __init__(self, session: Session, choose: random.Random) -> None:
        self.session, self.choose = session, choose
        self.connections = {one.key: one for one in session.scalars(select(Connection))}
        self.count = 0

    def take(self, planned: Planned) -> Inquiry:
        """Records, matches and announces one inquiry."""
        self.count += 1
        site = self.session.get_one(Site, planned.stay.visit.site_id)
        with moment(planned.at):
            if planned.kind is InquiryKind.CALL:
                inquiry = self._call(planned, site)
            elif planned.kind is InquiryKind.EMAIL:
                inquiry = self._letter(planned, site)
            else:
                inquiry = self._form(planned, site)
            flow.finish(self.session, inquiry)
        return inquiry

    def _person(self, planned: Planned) -> tuple[str, str, str]:
        """Name, telephone and address of whoever the visitor is; the same for the same visitor."""
        company, visitor = planned.stay.company, planned.stay.visit.visitor_id
        name, box = company.people[visitor % len(company.people)]
        digits = 10 ** (12 - len(company.mobile)) if company.country == "RU" else 1000
        return name, f"{company.mobile}{visitor * 37 % digits:0{len(str(digits)) - 1}}", f"{box}{visitor}@mail.example"

    def _entrance(self, site: Site, key: str | None) -> Entrance:
        connection = self.connections[key] if key else None
        return Entrance(site, connection.key if connection else f"snippet:{site.key}", connection)

    def _call(self, planned: Planned, site: Site) -> Inquiry:
        entrance = self._entrance(site, planned.stay.company.connections[0])
        _, caller, _ = self._person(planned)
        for event in self._steps(f"call-{self.count}", caller, planned):
            inquiry = intake.record_call(self.session, entrance, event)
        verify_number(self.session, planned.stay.number, planned.at)
        matching.match_call(self.session, inquiry)
        return inquiry

    def _steps(self, call_id: str, caller: str, planned: Planned) -> Iterator[CallEvent]:
        number, at = planned.stay.number, planned.at
        is_answered = self.choose.random() < 0.86
        ring, talk = self.choose.randrange(4, 25), int(self.choose.lognormvariate(4.6, 0.8))
        yield CallEvent(call_id, CallStage.RINGING, caller, number, at)
        if not is_answered:
            status = self.choose.choice([CallStatus.MISSED, CallStatus.MISSED, CallStatus.BUSY])
            over = at + timedelta(seconds=30)
            yield CallEvent(call_id, CallStage.ENDED, caller, number, over, at, status, ring_seconds=30)
            return
        who, over = self.choose.choice(["101", "102", "104"]), at + timedelta(seconds=ring + talk)
        yield CallEvent(call_id, CallStage.ENDED, caller, number, over, at, CallStatus.ANSWERED, who, ring, talk)
        file = f"{RECORDINGS}/{call_id}.mp3"
        yield CallEvent(call_id, CallStage.RECORDED, caller, number, over, at, recording_url=file)

    def _letter(self, planned: Planned, site: Site) -> Inquiry:
        entrance = self._entrance(site, planned.stay.company.connections[1])
        name, _, address = self._person(planned)
        subject, text = self.choose.choice(planned.stay.company.questions)
        box, _, host = site.emails[0].address.partition("@")
        to, tag = f"{box}+{planned.stay.tag}@{host}", planned.stay.tag or ""
        candidates = (TagCandidate(tag, host, "to"),)
        message_id, text = f"letter-{self.count}@mail.example", f"{text}\n{name}"
        event = EmailEvent(message_id, address, name, (to,), candidates, subject, text, planned.at)
        found = letter_writer.find_writer(self.session, site, entrance.scope, event)
        inquiry = letter_intake.record_letter(self.session, entrance, event, found.tag if found else None)
        matching.match_letter(self.session, inquiry, found, None)
        return inquiry

    def _form(self, planned: Planned, site: Site) -> Inquiry:
        name, phone, address = self._person(planned)
        question, answer = planned.stay.company.form_fields
        visit = planned.stay.visit
        event = FormEvent(
            InquiryKind.FORM, f"form-{self.count}", planned.at, planned.stay.visit.visitor.key, visit.key, name=name,
            phones=(phone,), emails=(address,), fields={question: answer}, page=visit.landing_page.partition("?")[0],
        )  # fmt: skip
        inquiry = intake.record_form(self.session, self._entrance(site, None), event)
        matching.match_form(self.session, inquiry, event)
        return inquiry


def call_from_poster(session: Session, inquiring: Inquiring, at: datetime, caller: str) -> Inquiry:
    """Somebody saw the poster and called; he has never been on the site."""
    number = session.scalars(select(Number).where(Number.label.is_not(None))).one()
    site = session.get_one(Site, number.pool.site_id)
    entrance = inquiring._entrance(site, "office-pbx")
    with moment(at):
        over = at + timedelta(seconds=100)
        call_id, said = f"poster-{at:%d%H}", (CallStatus.ANSWERED, "101", 9, 91)
        event = CallEvent(call_id, CallStage.ENDED, caller, number.e164, over, at, *said)
        inquiry = intake.record_call(session, entrance, event)
        verify_number(session, number.e164, at)
        matching.match_call(session, inquiry)
        flow.finish(session, inquiry)
    return inquiry


def write_with_files(session: Session, secret_key: str, at: datetime) -> Inquiry:
    """A letter as the mail server hands it over: with its raw message, from which the admin takes the files."""
    connection = session.scalars(select(Connection).where(Connection.key == "office-mail")).one()
    site = session.get_one(Site, connection.site_id)
    tag = session.scalars(
        select(EmailTag.tag)
        .where(EmailTag.site_id == site.id, EmailTag.issued_at < at)
        .order_by(EmailTag.issued_at.desc())
    ).first()
    letter = LETTER.replace(b"TAG", (tag or "").encode())
    with moment(at):
        arrived = replace(letters.arrived(connection, letter, at), request=handed_over(connection, "message/rfc822"))
        raw = raw_messages.keep(session, arrived)
        raw.status = RawStatus.UNDERSTOOD
        entrance = Entrance(site, connection.key, connection, raw)
        (event,) = Interpreter(session, secret_key).read(raw, site, connection)
        assert isinstance(event, EmailEvent)
        found = letter_writer.find_writer(session, site, entrance.scope, event)
        inquiry = letter_intake.record_letter(session, entrance, event, found.tag if found else None)
        matching.match_letter(session, inquiry, found, None)
        flow.finish(session, inquiry)
    return inquiry


def annotate(session: Session, calls: list[Inquiry]) -> None:
    """People correct some matches, and leave tags and comments on others."""
    for inquiry in calls[::9]:
        first = inquiry.candidates[0] if inquiry.candidates else None
        with moment(inquiry.at + timedelta(hours=2)):
            correcting.correct(session, inquiry, first and first["visitor"], None, COLLEAGUE)
    for inquiry, labels in zip(calls[-2::-5], LABELS, strict=False):
        annotating.add_labels(session, inquiry, labels)
    for inquiry in calls[-2::-8][:4]:
        text = "Wants the measuring on Saturday morning; ask for the garden gate."
        comment = InquiryComment(inquiry_id=inquiry.id, author=COLLEAGUE, text=text, folded=text.lower())
        comment.at = inquiry.at + timedelta(hours=1)
        session.add(comment)
