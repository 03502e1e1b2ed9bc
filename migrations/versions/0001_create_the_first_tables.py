"""Create the first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tracker.database import BigId, Json, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)

    op.create_table(
        "sites",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("allow_tests", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("staff_phones", Json, nullable=False),
        sa.Column("blocked_callers", Json, nullable=False),
        sa.Column("test_callers", Json, nullable=False),
        sa.Column("short_call_seconds", sa.Integer(), nullable=False),
        sa.Column("deliver_uncounted", sa.Boolean(), nullable=False),
        sa.Column("unique_days", sa.Integer(), nullable=False),
        sa.Column("target_talk_seconds", sa.Integer(), nullable=False),
        sa.Column("target_labels", Json, nullable=False),
        sa.Column("target_needs_label", sa.Boolean(), nullable=False),
        sa.Column("never_target_labels", Json, nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("tag_length", sa.Integer(), nullable=False),
        sa.Column("tag_key", sa.String(), nullable=False),
        sa.Column("next_tag", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("key", name="uq_sites_key"),
    )
    op.create_table(
        "users",
        sa.Column("id", BigId, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_step", BigId, nullable=True),
        sa.Column("recovery_codes", Json, nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "administrator", "analyst", "agent", name="role", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_login_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "reset_letters",
        sa.Column("id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_reset_letters_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reset_letters"),
    )
    op.create_table(
        "site_roles",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "administrator", "analyst", "agent", name="role", native_enum=False, length=20),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_roles_site_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_site_roles_user_id"),
        sa.PrimaryKeyConstraint("user_id", "site_id", name="pk_site_roles"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("site_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_api_tokens_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_table(
        "connections",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("policy", Json, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "state", sa.Enum("ok", "broken", name="connectionstate", native_enum=False, length=20), nullable=False
        ),
        sa.Column("state_sentence", sa.String(), nullable=True),
        sa.Column("state_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_connections_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("key", name="uq_connections_key"),
    )
    op.create_index("ix_connections_site_id", "connections", ["site_id"], unique=False)

    op.create_table(
        "domains",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_domains_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_domains"),
        sa.UniqueConstraint("site_id", "host", name="uq_domains_site_id_host"),
    )
    op.create_table(
        "people",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("merged_into_id", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into_id"], ["people.id"], name="fk_people_merged_into_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_people_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("key", name="uq_people_key"),
    )
    op.create_table(
        "pools",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.Enum("dynamic", "static", name="poolkind", native_enum=False, length=20), nullable=False),
        sa.Column("swap", sa.String(), nullable=False),
        sa.Column("conditions", Json, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("hold_seconds", sa.Integer(), nullable=False),
        sa.Column("max_age_seconds", sa.Integer(), nullable=False),
        sa.Column("sticky_seconds", sa.Integer(), nullable=False),
        sa.Column(
            "lease_on", sa.Enum("arrival", "engagement", name="leaseon", native_enum=False, length=20), nullable=False
        ),
        sa.Column(
            "overflow",
            sa.Enum("original", "shared", "static", name="overflow", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("overflow_number", sa.String(), nullable=True),
        sa.Column("paid_reserve", sa.Integer(), nullable=False),
        sa.Column("network_limit", sa.Integer(), nullable=False),
        sa.Column("messengers", sa.Boolean(), nullable=False),
        sa.Column("source", Json, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_pools_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pools"),
        sa.UniqueConstraint("site_id", "key", name="uq_pools_site_id_key"),
    )
    op.create_table(
        "site_emails",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column(
            "style",
            sa.Enum("plus", "catchall", "static", name="emailstyle", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("mail_domain", sa.String(), nullable=True),
        sa.Column("source", Json, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_emails_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_site_emails"),
        sa.UniqueConstraint("site_id", "address", name="uq_site_emails_site_id_address"),
    )
    op.create_table(
        "stream_cursors",
        sa.Column("site_id", BigId, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(), nullable=False),
        sa.Column("last_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_stream_cursors_site_id"),
        sa.PrimaryKeyConstraint("site_id", name="pk_stream_cursors"),
    )
    op.create_table(
        "stream_rejects",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_stream_rejects_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stream_rejects"),
    )
    op.create_table(
        "visitors",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("ga_client_id", sa.String(), nullable=True),
        sa.Column("ym_client_id", sa.String(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("bot_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_visitors_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visitors"),
        sa.UniqueConstraint("site_id", "key", name="uq_visitors_site_id_key"),
    )
    op.create_table(
        "connection_owners",
        sa.Column("connection_id", BigId, autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_connection_owners_connection_id"),
        sa.PrimaryKeyConstraint("connection_id", name="pk_connection_owners"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subject_type", sa.Enum("inquiry", name="subjecttype", native_enum=False, length=20), nullable=False),
        sa.Column("subject_id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("wanted_revision", sa.Integer(), nullable=False),
        sa.Column("done_revision", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("pending", "sent", "failed", "dead", name="deliverystatus", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("entities", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_deliveries_connection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "subject_type", "subject_id", "connection_id", name="uq_deliveries_subject_type_subject_id_connection_id"
        ),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["connection_id", "status", "next_at"], unique=False)
    op.create_index("ix_deliveries_status", "deliveries", ["status", "id"], unique=False)

    op.create_table(
        "email_tags",
        sa.Column("site_id", BigId, autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("visitor_id", BigId, nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_email_tags_site_id"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_email_tags_visitor_id"),
        sa.PrimaryKeyConstraint("site_id", "tag", name="pk_email_tags"),
    )
    op.create_index("ix_email_tags_visitor", "email_tags", ["visitor_id"], unique=False)

    op.create_table(
        "errands",
        sa.Column("id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("kind", sa.Enum("test", "connect", name="errandkind", native_enum=False, length=20), nullable=False),
        sa.Column("argument", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("findings", Json, nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_errands_connection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_errands"),
    )
    op.create_index("ix_errands_waiting", "errands", ["connection_id", "done_at"], unique=False)

    op.create_table(
        "known_cards",
        sa.Column("id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_known_cards_connection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_known_cards"),
        sa.UniqueConstraint(
            "connection_id", "value", "type", "card", name="uq_known_cards_connection_id_value_type_card"
        ),
    )
    op.create_table(
        "mailbox_folders",
        sa.Column("connection_id", BigId, autoincrement=False, nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uidvalidity", BigId, nullable=False),
        sa.Column("last_uid", BigId, nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_mailbox_folders_connection_id"),
        sa.PrimaryKeyConstraint("connection_id", "folder", name="pk_mailbox_folders"),
    )
    op.create_table(
        "source_places",
        sa.Column("connection_id", BigId, autoincrement=False, nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("place", Json, nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("looked_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_source_places_connection_id"),
        sa.PrimaryKeyConstraint("connection_id", name="pk_source_places"),
    )
    op.create_table(
        "numbers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("pool_id", BigId, nullable=False),
        sa.Column("e164", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=True),
        sa.Column("forwards_to", sa.String(), nullable=True),
        sa.Column("cost_minor", sa.Integer(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.Column("quarantined_until", UtcDateTime(), nullable=True),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name="fk_numbers_pool_id"),
        sa.PrimaryKeyConstraint("id", name="pk_numbers"),
        sa.UniqueConstraint("e164", name="uq_numbers_e164"),
    )
    op.create_index("ix_numbers_pool_id", "numbers", ["pool_id"], unique=False)

    op.create_table(
        "person_identifiers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column(
            "kind", sa.Enum("phone", "email", name="identifierkind", native_enum=False, length=20), nullable=False
        ),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_identifiers_person_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_person_identifiers_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_person_identifiers"),
        sa.UniqueConstraint("site_id", "kind", "value", name="uq_person_identifiers_site_id_kind_value"),
    )
    op.create_index("ix_person_identifiers_person_id", "person_identifiers", ["person_id"], unique=False)

    op.create_table(
        "person_visitors",
        sa.Column("visitor_id", BigId, autoincrement=False, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_visitors_person_id"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_person_visitors_visitor_id"),
        sa.PrimaryKeyConstraint("visitor_id", name="pk_person_visitors"),
    )
    op.create_index("ix_person_visitors_person_id", "person_visitors", ["person_id"], unique=False)

    op.create_table(
        "pool_hours",
        sa.Column("pool_id", BigId, autoincrement=False, nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name="fk_pool_hours_pool_id"),
        sa.PrimaryKeyConstraint("pool_id", "hour", name="pk_pool_hours"),
    )
    op.create_table(
        "raw_messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=True),
        sa.Column("entrance", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("new", "understood", "unknown", "malformed", name="rawstatus", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_raw_messages_connection_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_raw_messages_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_raw_messages"),
        sa.UniqueConstraint("key", name="uq_raw_messages_key"),
    )
    op.create_index("ix_raw_messages_status", "raw_messages", ["status", "received_at"], unique=False)

    op.create_table(
        "visitor_traits",
        sa.Column("id", BigId, nullable=False),
        sa.Column("visitor_id", BigId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_visitor_traits_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visitor_traits"),
        sa.UniqueConstraint("visitor_id", "kind", "value", name="uq_visitor_traits_visitor_id_kind_value"),
    )
    op.create_index("ix_visitor_traits_value", "visitor_traits", ["kind", "value"], unique=False)

    op.create_table(
        "visits",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("visitor_id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("utm_source", sa.String(), nullable=True),
        sa.Column("utm_medium", sa.String(), nullable=True),
        sa.Column("utm_campaign", sa.String(), nullable=True),
        sa.Column("utm_term", sa.String(), nullable=True),
        sa.Column("utm_content", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("click_ids", Json, nullable=False),
        sa.Column("landing_page", sa.String(), nullable=False),
        sa.Column("landing_path", sa.String(), nullable=False),
        sa.Column("referrer", sa.String(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("ga_client_id", sa.String(), nullable=True),
        sa.Column("ga_sessions", Json, nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=True),
        sa.Column("os", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("bot_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_visits_site_id"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_visits_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visits"),
        sa.UniqueConstraint("key", name="uq_visits_key"),
    )
    op.create_index("ix_visits_site", "visits", ["site_id", "started_at"], unique=False)
    op.create_index("ix_visits_started", "visits", ["started_at", "id"], unique=False)
    op.create_index("ix_visits_visitor", "visits", ["visitor_id", "started_at"], unique=False)

    op.create_table(
        "delivery_steps",
        sa.Column("delivery_id", BigId, autoincrement=False, nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_delivery_steps_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "step", name="pk_delivery_steps"),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("connection_id", BigId, nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "call",
                "email",
                "form",
                "chat",
                "callback",
                "order",
                "subscription",
                name="inquirykind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("caller", sa.String(), nullable=True),
        sa.Column("called", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("ringing", "answered", "missed", "busy", "failed", name="callstatus", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("ring_seconds", sa.Integer(), nullable=True),
        sa.Column("talk_seconds", sa.Integer(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("recording_url", sa.String(), nullable=True),
        sa.Column(
            "letter_class",
            sa.Enum(
                "human",
                "auto_reply",
                "bounce",
                "list",
                "system",
                "own",
                "spam",
                name="letterclass",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("phones", Json, nullable=False),
        sa.Column("emails", Json, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("page", sa.String(), nullable=True),
        sa.Column("sum_minor", BigId, nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column(
            "attribution_status",
            sa.Enum(
                "certain",
                "probable",
                "given",
                "static",
                "unknown",
                "other",
                name="attributionstatus",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("visitor_id", BigId, nullable=True),
        sa.Column("visit_id", BigId, nullable=True),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("explanation", sa.String(), nullable=True),
        sa.Column("candidates", Json, nullable=False),
        sa.Column("told_source", Json, nullable=True),
        sa.Column("static_source", Json, nullable=True),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("correction", Json, nullable=True),
        sa.Column(
            "not_counted",
            sa.Enum("staff", "blocked", "test_caller", "short", name="notcounted", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("haystack", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_inquiries_connection_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_inquiries_person_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_inquiries_site_id"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_inquiries_visit_id"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_inquiries_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiries"),
        sa.UniqueConstraint("key", name="uq_inquiries_key"),
        sa.UniqueConstraint("scope", "external_id", name="uq_inquiries_scope_external_id"),
    )
    op.create_index("ix_inquiries_caller", "inquiries", ["caller"], unique=False)
    op.create_index("ix_inquiries_person", "inquiries", ["person_id", "at"], unique=False)
    op.create_index("ix_inquiries_site", "inquiries", ["site_id", "at"], unique=False)
    op.create_index(
        "ix_inquiries_at",
        "inquiries",
        [
            "at",
            "id",
            "site_id",
            "kind",
            "status",
            "is_test",
            "not_counted",
            "letter_class",
            "visit_id",
            "person_id",
            "visitor_id",
            "talk_seconds",
        ],
        unique=False,
    )
    op.create_index("ix_inquiries_called", "inquiries", ["called", "at"], unique=False)
    op.create_index("ix_inquiries_visitor_id", "inquiries", ["visitor_id"], unique=False)
    op.create_table(
        "inquiry_labels",
        sa.Column("inquiry_id", BigId, nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_inquiry_labels_inquiry_id"),
        sa.PrimaryKeyConstraint("inquiry_id", "label", name="pk_inquiry_labels"),
    )
    op.create_index("ix_inquiry_labels_label", "inquiry_labels", ["label"], unique=False)
    op.create_table(
        "inquiry_comments",
        sa.Column("id", BigId, nullable=False),
        sa.Column("inquiry_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_inquiry_comments_inquiry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiry_comments"),
    )
    op.create_index("ix_inquiry_comments_inquiry_id", "inquiry_comments", ["inquiry_id"], unique=False)

    op.create_table(
        "journal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=True),
        sa.Column("connection_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("request", Json, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", Json, nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_journal_connection_id"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_journal_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_delivery", "journal", ["delivery_id", "id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("pool_id", BigId, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("visitor_id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("last_beat_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pools.id"], name="fk_leases_pool_id"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_leases_site_id"),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_leases_visit_id"),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name="fk_leases_visitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leases"),
        sa.UniqueConstraint("number", "visitor_id", "started_at", name="uq_leases_number_visitor_id_started_at"),
    )
    op.create_index("ix_leases_number", "leases", ["number", "started_at"], unique=False)
    op.create_index("ix_leases_visitor", "leases", ["visitor_id", "started_at"], unique=False)
    op.create_index("ix_leases_until", "leases", ["until"], unique=False)

    op.create_table(
        "page_views",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("month", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_page_views_visit_id"),
        sa.PrimaryKeyConstraint("visit_id", "key", "month", name="pk_page_views"),
        postgresql_partition_by="RANGE (month)",
    )
    op.create_table(
        "visit_events",
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("month", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name="fk_visit_events_visit_id"),
        sa.PrimaryKeyConstraint("visit_id", "entry_id", "month", name="pk_visit_events"),
        postgresql_partition_by="RANGE (month)",
    )
    if op.get_bind().dialect.name == "postgresql":  # for months that nobody has prepared; see tracker/visits/months.py
        for table in ("page_views", "visit_events"):
            op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")

    op.create_table(
        "inquiry_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("inquiry_id", BigId, nullable=False),
        sa.Column("raw_message_id", BigId, nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_inquiry_events_inquiry_id"),
        sa.ForeignKeyConstraint(["raw_message_id"], ["raw_messages.id"], name="fk_inquiry_events_raw_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiry_events"),
        sa.UniqueConstraint("inquiry_id", "fingerprint", name="uq_inquiry_events_inquiry_id_fingerprint"),
    )

    op.create_table(
        "other_ids",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("inquiry_id", BigId, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_other_ids_inquiry_id"),
        sa.PrimaryKeyConstraint("scope", "external_id", "inquiry_id", name="pk_other_ids"),
    )

    op.create_table(
        "forgotten_ids",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_forgotten_ids"),
    )
    op.create_table(
        "site_checks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("findings", Json, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_site_checks_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_site_checks"),
    )
    op.create_index("ix_site_checks_site", "site_checks", ["site_id", "id"], unique=False)

    op.create_table(
        "call_curves",
        sa.Column("site_id", BigId, autoincrement=False, nullable=False),
        sa.Column("shares", Json, nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_call_curves_site_id"),
        sa.PrimaryKeyConstraint("site_id", name="pk_call_curves"),
    )

    op.create_table(
        "alert_channels",
        sa.Column("id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=True),
        sa.Column(
            "kind",
            sa.Enum("mail", "telegram", "webhook", name="channelkind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_alert_channels_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_channels"),
    )
    op.create_table(
        "alert_rules",
        sa.Column("site_id", BigId, autoincrement=False, nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                "missed-call",
                "coverage",
                "no-page-views",
                "connection-broken",
                "deliveries-stuck",
                "token-ending",
                "certificate-ending",
                name="condition",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_alert_rules_site_id"),
        sa.PrimaryKeyConstraint("site_id", "condition", name="pk_alert_rules"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("site_id", BigId, nullable=True),
        sa.Column(
            "condition",
            sa.Enum(
                "missed-call",
                "coverage",
                "no-page-views",
                "connection-broken",
                "deliveries-stuck",
                "token-ending",
                "certificate-ending",
                name="condition",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_alerts_site_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
    )
    op.create_index("ix_alerts_is_on", "alerts", ["is_on"], unique=False)
    op.create_table(
        "alert_messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("channel_id", BigId, nullable=False),
        sa.Column("alert_id", BigId, nullable=True),
        sa.Column("what", sa.Enum("began", "ended", "test", name="what", native_enum=False, length=20), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_messages_alert_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["alert_channels.id"], name="fk_alert_messages_channel_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_messages"),
    )
    op.create_index("ix_alert_messages_due", "alert_messages", ["is_open", "next_at"], unique=False)
