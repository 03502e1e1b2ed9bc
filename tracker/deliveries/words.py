"""The words of what we write into CRMs, in Russian and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.inquiries.events import CallStatus, InquiryKind


@dataclass(frozen=True)
class Words:
    """One language. `{}` marks stand for what the sentence is about."""

    kinds: Mapping[InquiryKind, str]
    call_results: Mapping[CallStatus, str]
    nobody: str
    test: str
    from_to: str
    when: str
    source: str
    channel: str
    referrer: str
    landing_page: str
    page: str
    match: str
    probability: str
    path: str
    subject: str
    sum: str
    other_contacts: str
    missed: str
    review: str
    unknown_extension: str
    visit: str
    device: str
    stranger: str


RUSSIAN = Words(
    kinds={
        InquiryKind.CALL: "Звонок",
        InquiryKind.EMAIL: "Письмо",
        InquiryKind.FORM: "Заявка",
        InquiryKind.CHAT: "Чат",
        InquiryKind.CALLBACK: "Обратный звонок",
        InquiryKind.ORDER: "Заказ",
        InquiryKind.SUBSCRIPTION: "Подписка",
    },
    call_results={
        CallStatus.RINGING: "звонит",
        CallStatus.ANSWERED: "отвечен",
        CallStatus.MISSED: "пропущен",
        CallStatus.BUSY: "занято",
        CallStatus.FAILED: "не соединён",
        CallStatus.UNKNOWN_END: "чем кончился, неизвестно",
    },
    nobody="номер скрыт",
    test="Проверочное обращение",
    from_to="от {who} на {called}",
    when="Когда",
    source="Источник",
    channel="канал",
    referrer="Откуда перешёл",
    landing_page="Первая страница",
    page="Страница обращения",
    match="Сопоставление",
    probability="вероятность",
    path="Путь визита",
    subject="Тема",
    sum="Сумма",
    other_contacts="Тот же номер или адрес есть и в контактах: {ids}. Скорее всего, это дубли",
    missed="Пропущенный звонок: перезвонить {who}",
    review="С вашим клиентом говорил другой сотрудник: {who}. Посмотрите, всё ли в порядке",
    unknown_extension="Ответил «{extension}»: такого внутреннего номера нет в настройках подключения, добавьте его",
    visit="Визит на сайт {site}",
    device="Устройство",
    stranger="Посетитель сайта {site}, {channel}",
)

ENGLISH = Words(
    kinds={
        InquiryKind.CALL: "Call",
        InquiryKind.EMAIL: "Letter",
        InquiryKind.FORM: "Form",
        InquiryKind.CHAT: "Chat",
        InquiryKind.CALLBACK: "Callback",
        InquiryKind.ORDER: "Order",
        InquiryKind.SUBSCRIPTION: "Subscription",
    },
    call_results={
        CallStatus.RINGING: "ringing",
        CallStatus.ANSWERED: "answered",
        CallStatus.MISSED: "missed",
        CallStatus.BUSY: "busy",
        CallStatus.FAILED: "not connected",
        CallStatus.UNKNOWN_END: "end unknown",
    },
    nobody="number withheld",
    test="Test inquiry",
    from_to="from {who} to {called}",
    when="When",
    source="Source",
    channel="channel",
    referrer="Referrer",
    landing_page="First page",
    page="Page of the inquiry",
    match="Match",
    probability="probability",
    path="Path of the visit",
    subject="Subject",
    sum="Sum",
    other_contacts="The same number or address is also in contacts {ids}: probably duplicates",
    missed="Missed call: call back {who}",
    review="Somebody else spoke with your client {who}: please review",
    unknown_extension="“{extension}” answered, an extension that the settings of the connection lack: add it",
    visit="Visit of {site}",
    device="Device",
    stranger="Visitor of {site}, {channel}",
)


def words_for(language: str) -> Words:
    """Returns the words of `ru`, else the English ones."""
    return RUSSIAN if language == "ru" else ENGLISH
