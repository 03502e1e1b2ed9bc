from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import WrongDocument
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import reseal, unseal

Apply = Callable[..., list[str]]

SITE = "sites:\n  - key: example\n    domains: [example.com]\n    connections:\n"
CRM = "      - {key: crm, provider: crm/pretend, settings: {token: t1, refresh: r1}, policy: {first: deal}}\n"


def row(session: Session) -> Connection:
    return session.scalars(select(Connection).where(Connection.key == "crm")).one()


def settings(session: Session, secret_key: str) -> dict[str, str]:
    return unseal(row(session).settings, secret_key)


def test_settings_are_completed_and_encrypted(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)

    assert settings(session, secret_key) == {
        "base_url": "https://crm.example.com",
        "token": "t1",
        "refresh": "r1",
        "expires_at": "",
    }
    assert "crm.example.com" not in row(session).settings
    assert row(session).policy == {"first": "deal"}


def test_second_time_changes_nothing(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)
    before = row(session).settings

    assert apply_text(SITE + CRM) == []
    assert row(session).settings == before


def test_changes_are_told_without_secrets(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)

    changes = apply_text(
        SITE + CRM.replace("t1", "t2, base_url: https://sandbox.example").replace("deal", "contact+deal")
    )

    assert changes == [
        'connection crm: policy {"first": "deal"} → {"first": "contact+deal"}',
        "connection crm: base_url https://crm.example.com → https://sandbox.example",
        "connection crm: token changed",
    ]


def test_stars_and_absence_keep_secrets(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)

    assert apply_text(SITE + CRM.replace("t1, refresh: r1", '"***"')) == []
    assert settings(session, secret_key)["refresh"] == "r1"


def test_empty_secret_is_cleared(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)

    assert apply_text(SITE + CRM.replace("r1", "''")) == ["connection crm: refresh changed"]
    assert settings(session, secret_key)["refresh"] == ""


def test_stars_without_a_stored_value_are_a_mistake(apply_text: Apply) -> None:
    with pytest.raises(WrongDocument, match=r"line 5: sites\.0\.connections\.0\.settings\.token: \*\*\* keeps"):
        apply_text(SITE + CRM.replace("t1", '"***"'))


def test_required_setting_is_asked_for(apply_text: Apply) -> None:
    with pytest.raises(WrongDocument, match=r"line 5: sites\.0\.connections\.0\.settings\.token: token is required"):
        apply_text(SITE + CRM.replace("token: t1, ", ""))


def test_renewed_token_survives_the_same_file(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)
    row(session).settings = reseal(row(session).settings, {"refresh": "r2"}, secret_key)
    session.commit()

    assert apply_text(SITE + CRM) == []
    assert settings(session, secret_key)["refresh"] == "r2"


def test_note_of_the_program_survives_any_file(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)
    row(session).settings = reseal(row(session).settings, {"expires_at": "tomorrow"}, secret_key)
    session.commit()

    assert apply_text(SITE + CRM.replace("t1", "t2")) == ["connection crm: token changed"]
    assert settings(session, secret_key)["expires_at"] == "tomorrow"


def test_setting_taken_out_of_the_file_gets_its_default(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM.replace("t1", "t1, base_url: https://sandbox.example"))

    changes = apply_text(SITE + CRM)

    assert changes == ["connection crm: base_url https://sandbox.example → https://crm.example.com"]


def test_new_token_in_the_file_replaces_a_renewed_one(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)
    row(session).settings = reseal(row(session).settings, {"refresh": "r2"}, secret_key)
    session.commit()

    assert apply_text(SITE + CRM.replace("r1", "r3")) == ["connection crm: refresh changed"]
    assert settings(session, secret_key)["refresh"] == "r3"


def test_full_file_replaces_settings_of_a_lost_secret_key(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)

    apply_text(SITE + CRM, secret_key="another key")

    assert settings(session, "another key")["token"] == "t1"


def test_new_settings_mend_a_broken_connection(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)
    row(session).state, row(session).state_sentence = ConnectionState.BROKEN, "The token was revoked."
    session.commit()

    apply_text(SITE + CRM.replace("t1", "t2"))

    assert (row(session).state, row(session).state_sentence) == (ConnectionState.OK, None)


def test_absent_connection_is_switched_off_and_comes_back(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)

    gone = apply_text(SITE.replace("connections:\n", "connections: []\n"))
    back = apply_text(SITE + CRM)

    assert gone == ["connection crm: switched off: absent from the file"]
    assert back == ["connection crm: switched on"]


def test_connection_of_another_site_is_refused_by_name(apply_text: Apply) -> None:
    apply_text(SITE + CRM)

    with pytest.raises(
        WrongDocument, match=r"line 5: sites\.0\.connections\.0\.key: connection crm belongs to site exam"
    ):
        apply_text(SITE.replace("key: example", "key: other") + CRM, only=["other"])


def test_connection_moves_to_another_site_in_one_file(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + CRM)

    changes = apply_text(
        SITE.replace("connections:\n", "connections: []\n")
        + SITE.replace("sites:\n", "").replace("key: example", "key: other")
        + CRM
    )

    assert changes == [
        "site other: created",
        "connection crm: switched off: absent from the file",
        "connection crm: moved to this site",
        "connection crm: switched on",
    ]


def test_another_provider_does_not_inherit_secrets(session: Session, apply_text: Apply, secret_key: str) -> None:
    apply_text(SITE + CRM)

    apply_text(SITE + "      - {key: crm, provider: telephony/pretend, settings: {secret: s}}\n")

    assert settings(session, secret_key) == {"secret": "s"}
