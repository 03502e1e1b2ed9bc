"""What alerts say, in English and Russian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.alerts.models import Condition


@dataclass(frozen=True)
class Words:
    """One language. `{site}`, `{subject}`, `{value}` stand for what the sentence is about; see `telling.facts`."""

    began: Mapping[Condition, str]
    ended: Mapping[Condition, str]
    missed_one: str
    test: str


ENGLISH = Words(
    began={
        Condition.MISSED_CALL: "{site}: {value} missed calls within an hour",
        Condition.COVERAGE: "{site}: the pool {subject} had a number for only {value} of the visitors in 24 hours",
        Condition.NO_PAGE_VIEWS: "{site}: no page views for {value} hours; is the snippet still on the pages?",
        Condition.CONNECTION_BROKEN: "{site}: the connection {subject} is broken; nothing goes out until it is mended",
        Condition.DELIVERIES_STUCK: "{site}: {value} deliveries to {subject} wait too long",
        Condition.TOKEN_ENDING: "{site}: the token of the connection {subject} ends in {value} days",
        Condition.CERTIFICATE_ENDING: "The certificate of {subject} ends in {value} days",
    },
    ended={
        Condition.MISSED_CALL: "{site}: the calls were missed a while ago",
        Condition.COVERAGE: "{site}: the pool {subject} has enough numbers again",
        Condition.NO_PAGE_VIEWS: "{site}: page views arrive again",
        Condition.CONNECTION_BROKEN: "{site}: the connection {subject} works again",
        Condition.DELIVERIES_STUCK: "{site}: deliveries to {subject} go out again",
        Condition.TOKEN_ENDING: "{site}: the connection {subject} has a new token",
        Condition.CERTIFICATE_ENDING: "The certificate of {subject} is renewed",
    },
    missed_one="{site}: missed call from {caller} to {called} at {time}",
    test="This is a test: alerts of Skvoz arrive here",
)

RUSSIAN = Words(
    began={
        Condition.MISSED_CALL: "{site}: пропущено звонков за час: {value}",
        Condition.COVERAGE: "{site}: пулу {subject} хватило номеров только на {value} посетителей за сутки",
        Condition.NO_PAGE_VIEWS: "{site}: просмотров нет уже {value} ч; код на страницах на месте?",
        Condition.CONNECTION_BROKEN: "{site}: подключение {subject} не работает; пока его не починят, ничего не уйдёт",
        Condition.DELIVERIES_STUCK: "{site}: доставки в {subject} ждут слишком долго: {value}",
        Condition.TOKEN_ENDING: "{site}: токен подключения {subject} кончается через {value} дн.",
        Condition.CERTIFICATE_ENDING: "Сертификат {subject} кончается через {value} дн.",
    },
    ended={
        Condition.MISSED_CALL: "{site}: звонки пропущены уже давно",
        Condition.COVERAGE: "{site}: пулу {subject} снова хватает номеров",
        Condition.NO_PAGE_VIEWS: "{site}: просмотры снова идут",
        Condition.CONNECTION_BROKEN: "{site}: подключение {subject} снова работает",
        Condition.DELIVERIES_STUCK: "{site}: доставки в {subject} снова уходят",
        Condition.TOKEN_ENDING: "{site}: у подключения {subject} новый токен",
        Condition.CERTIFICATE_ENDING: "Сертификат {subject} обновлён",
    },
    missed_one="{site}: пропущен звонок с {caller} на {called} в {time}",
    test="Это проверка: оповещения Skvoz приходят сюда",
)

WORDS: Mapping[str, Words] = {"en": ENGLISH, "ru": RUSSIAN}
