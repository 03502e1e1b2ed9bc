"""The sentence that explains a match, in English and Russian."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.inquiries.attribution import Verdict, Weighed
from tracker.inquiries.evidence import Candidate, Mark
from tracker.inquiries.models import AttributionStatus
from tracker.values import phone

RIVAL = 0.01  # below this probability a visitor is none who could be meant
WORTH_SAYING = 0.05  # of all others together

WORDS = {
    "en": {
        "live": "{number} was shown to this visitor from {since}, and he still held it when the call began at {at}",
        "left": "{number} was last shown to this visitor at {beat}, {ago} before the call at {at}",
        "shared": "; others held the number at the same time",
        "tapped": "; he tapped or copied the number at {tap}",
        "linked": "; the caller is known to be him",
        "remembered": "; the same caller was he on {day}",
        "same_device": "; the caller of {day} had the same address and device",
        "many_callers": "; {count} people called while he held it, so look twice",
        "corrected": "decided by {who}",
        "corrected_nobody": "decided by {who}: none of our visitors",
        "others": "; {count} more could have called",
        "unknown": "{count} visitors could have called {number}, the likeliest with {percent}, too little to name one",
        "other": "nobody was shown {number} in the 30 days before the call, so it is other traffic",
        "other_kind": "nothing in it leads to a visit, so it is other traffic",
        "given": "the system that reported the call named this source itself",
        "static": "{number} is bound to this source",
        "tag": "the address carries the tag {tag}, which was given to this visitor alone",
        "thread": "it continues a letter of this visitor",
        "form": "it was sent from this visitor's page",
        "ga": "it carries the Google client id and the address of this visitor",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} d",
    },
    "ru": {
        "live": "{number} показан этому посетителю с {since} и был за ним, когда в {at} начался звонок",
        "left": "{number} последний раз показан этому посетителю в {beat}, за {ago} до звонка в {at}",
        "shared": "; в то же время номер видели и другие",
        "tapped": "; он нажал на номер или скопировал его в {tap}",
        "linked": "; известно, что звонит он",
        "remembered": "; этот же абонент был им {day}",
        "same_device": "; у звонившего {day} тот же адрес и то же устройство",
        "many_callers": "; пока номер был за ним, звонили разные люди: {count}; проверьте",
        "corrected": "решено вручную: {who}",
        "corrected_nobody": "решено вручную: {who}; никто из посетителей",
        "others": "; могли позвонить и другие: {count}",
        "unknown": "позвонить на {number} могли {count}, вероятнее всех один с {percent}, но этого мало",
        "other": "за 30 дней до звонка {number} никому не показывали, поэтому это прочий трафик",
        "other_kind": "ничто в обращении не ведёт к визиту, поэтому это прочий трафик",
        "given": "источник назвала сама система, сообщившая о звонке",
        "static": "{number} закреплён за этим источником",
        "tag": "в адресе метка {tag}, выданная только этому посетителю",
        "thread": "это продолжение переписки с этим посетителем",
        "form": "отправлено со страницы этого посетителя",
        "ga": "в обращении Google client id и адрес этого посетителя",
        "minutes": "{n} мин",
        "hours": "{n} ч",
        "days": "{n} дн.",
    },
}


def explain_call(verdict: Verdict, number: str, at: datetime, language: str, timezone: str) -> str:
    """Returns one sentence; times are those of the site's zone."""
    words = _words(language)
    shown = phone.display(number)
    if verdict.status == AttributionStatus.OTHER:
        return words["other"].format(number=shown)
    if verdict.winner is None:
        percent = f"{verdict.weighed[0].probability:.0%}"
        return words["unknown"].format(count=len(verdict.weighed), number=shown, percent=percent)
    return _explain_winner(verdict, verdict.weighed[0], shown, at, words, ZoneInfo(timezone))


def explain_letter(tag: str | None, language: str) -> str:
    """Why a letter is certain: its tag, or without one the letter it answers."""
    return _words(language)["tag"].format(tag=tag) if tag else _words(language)["thread"]


def explain_form(names_visitor: bool, language: str) -> str:
    """Why a form is certain: it names the visitor, or shows his Google id and address."""
    return _words(language)["form" if names_visitor else "ga"]


def explain_static(called: str, language: str) -> str:
    """Why the number or address itself is the source."""
    return _words(language)["static"].format(number=phone.display(called) if called.startswith("+") else called)


def explain_given(language: str) -> str:
    """Why a call has a source without a visit: whoever reported it said so."""
    return _words(language)["given"]


def explain_other(language: str) -> str:
    """Why an inquiry has no visit."""
    return _words(language)["other_kind"]


def explain_correction(who: str, is_somebody: bool, language: str) -> str:
    """Who decided by hand."""
    return _words(language)["corrected" if is_somebody else "corrected_nobody"].format(who=who)


def _words(language: str) -> dict[str, str]:
    return WORDS.get(language, WORDS["en"])


def _explain_winner(
    verdict: Verdict, best: Weighed, number: str, at: datetime, words: dict[str, str], zone: ZoneInfo
) -> str:
    candidate = best.candidate
    kind = "live" if candidate.holds(at) else "left"
    sentence = words[kind].format(
        number=number,
        since=_clock(candidate.started_at, zone),
        beat=_clock(candidate.last_beat_at, zone),
        ago=_span(candidate.last_beat_at, at, words),
        at=_clock(at, zone),
    )
    if candidate.is_shared:
        sentence += words["shared"]
    if candidate.tapped_at:
        sentence += words["tapped"].format(tap=_clock(candidate.tapped_at, zone))
    if candidate.is_linked:
        sentence += words["linked"]
    sentence += _of_caller(candidate, verdict, words, zone)
    if count := _rivals(verdict):
        sentence += words["others"].format(count=count)
    return sentence


def _rivals(verdict: Verdict) -> int:
    """How many others could really be meant; 0 as well when all of them together hardly could."""
    others = [one.probability for one in verdict.weighed[1:]]
    return sum(share >= RIVAL for share in others) if sum(others) >= WORTH_SAYING else 0


def _of_caller(candidate: Candidate, verdict: Verdict, words: dict[str, str], zone: ZoneInfo) -> str:
    found = ""
    if candidate.was_likely and candidate.remembered_at:
        kind = "same_device" if candidate.is_same_device else "remembered"
        found += words[kind].format(day=f"{candidate.remembered_at.astimezone(zone):%d.%m %H:%M}")
    if Mark.MANY_CALLERS in verdict.marks:
        found += words["many_callers"].format(count=candidate.other_callers + 1)
    return found


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def _span(start: datetime, end: datetime, words: dict[str, str]) -> str:
    minutes = max(1, round((end - start).total_seconds() / 60))
    if minutes < 120:
        return words["minutes"].format(n=minutes)
    hours = round(minutes / 60)
    return words["hours"].format(n=hours) if hours < 48 else words["days"].format(n=round(hours / 24))
