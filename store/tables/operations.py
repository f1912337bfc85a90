"""Runs and their log, receipts, users, audit."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Text, text

from store.tables.base import at, document, flag, key, names, number, table, whole, words

sync_run = table(
    "sync_run",
    key(),
    words("source", required=True),
    Column("connection", Text, nullable=False, server_default=text("''")),
    words("mode", required=True),
    words("status", required=True),
    at("requested_at", required=True),
    at("started_at"),
    at("finished_at"),
    at("heartbeat_at"),
    whole("epoch"),
    words("requested_by"),
    document("arguments"),
    document("progress"),
    flag("cancel_requested"),
    words("error"),
    words("remedy"),
    words("failure"),
    also="app",
    indexes=[("source", "requested_at")],
)
"""`source`: github or jira (a run of all is one run per source and connection); `connection`: empty for the one of the settings, else the
site of a stored one; `status`: queued, running, ok, partial, failed or cancelled; `epoch`: fencing number; `failure`: attention when only a
person can mend it."""

Index("uq_sync_run_active", sync_run.c.source, sync_run.c.connection, unique=True, postgresql_where=text("status in ('queued', 'running')"))

sync_run_entity = table(
    "sync_run_entity",
    key("run_id"),
    key("source"),
    key("entity"),
    whole("fetched"),
    whole("inserted"),
    whole("updated"),
    whole("deleted"),
    whole("unchanged"),
    whole("quarantined"),
    whole("requests"),
    whole("points"),
    number("duration_s"),
    words("cursor"),
    words("error"),
)

schedule = table(
    "schedule",
    key("source"),
    words("cron"),
    flag("paused"),
    words("reason"),
    at("hinted_at"),
    words("changed_by"),
    at("changed_at"),
    writer="app",
    also="etl",
)
"""When a source is read: `cron` null means that of pulse.yaml; `paused` stops scheduled syncs until somebody resumes them; `hinted_at`: when
a webhook last said that something changed."""

run_log = table(
    "run_log",
    Column("id", BigInteger, Identity(), primary_key=True),
    words("run_id"),
    at("at", required=True),
    words("level", required=True),
    words("message", required=True),
    document("context"),
    also="app",
    indexes=[("run_id", "id")],
)

derivation = table("derivation", key("name"), at("refreshed_at"), whole("rows"), number("duration_s"))
"""When each fact table was last derived."""

derivation_state = table(
    "derivation_state", key(), words("fingerprint", required=True), at("as_at", required=True), at("valid_until"), words("version")
)
"""What the facts were derived by (`fingerprint` of configuration and rules), for which instant, and until when time alone changes none.

`version` is another one after each refresh, also between installations."""

touched = table(
    "touched",
    Column("id", BigInteger, Identity(), primary_key=True),
    words("kind", required=True),
    words("key", required=True),
    words("part"),
)
"""What changed since the facts were last derived, written by triggers; a refresh takes the rows away.

`kind`: account, issue, sprint, pull (`part` is "ships" where deployments may be moved), commit (`part` is its sha), repository, run, deployment,
service, incident, or all (derive everything anew)."""

Index("ix_touched_all", touched.c.kind, postgresql_where=text("kind = 'all'"))

receipt = table(
    "receipt",
    key(),
    words("tool", required=True),
    words("metric"),
    words("definition_version"),
    document("arguments"),
    words("sql_fingerprint"),
    at("as_of", required=True),
    document("result"),
    at("created_at", required=True),
    writer="app",
)
"""U1: what was asked, under which definition, and the answer; `id` is derived from these, so the same question twice is one receipt."""

briefing = table(
    "briefing",
    key(),
    words("audience", required=True),
    words("length", required=True),
    words("status", required=True),
    at("made_at", required=True),
    document("document"),
    words("sent_to"),
    at("sent_at"),
    indexes=[("audience", "length", "made_at")],
    writer="app",
)
"""Briefings that were made; `status`: news, silent or no_data; `sent_at` null: nothing passed, or nobody asked for it to be sent."""

app_user = table(
    "app_user",
    key(),
    words("email", required=True),
    words("password_hash"),
    words("role", required=True),
    names("scopes"),
    flag("disabled"),
    at("created_at"),
    writer="app",
)

api_token = table(
    "api_token",
    key(),
    words("user_id", required=True),
    words("name"),
    words("token_hash", required=True),
    words("role", required=True),
    at("created_at"),
    at("expires_at"),
    at("revoked_at"),
    at("last_used_at"),
    writer="app",
)

connection = table(
    "connection",
    key(),
    words("source", required=True),
    words("base_url"),
    words("secret"),
    document("options"),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    at("created_at"),
    writer="app",
)
"""Further sites and accounts; `secret` is ciphertext, never plain text; `options` holds all that is no secret."""

webhook_delivery = table(
    "webhook_delivery",
    key("source"),
    key("delivery"),
    words("event"),
    document("hint"),
    words("outcome"),
    at("received_at", required=True),
    writer="app",
    also="etl",
    indexes=[("received_at",)],
)
"""Webhooks that were accepted, so that one delivered twice has no second effect; `hint` is what they say to look at."""

audit = table(
    "audit",
    Column("id", BigInteger, Identity(), primary_key=True),
    at("at", required=True),
    words("subject"),
    words("role"),
    words("action", required=True),
    words("object"),
    words("outcome"),
    document("details"),
    words("previous_hash"),
    words("hash"),
    writer="app",
    also="etl",
    append_only=True,
    indexes=[("at",)],
)
"""Who did what; each row's hash covers the one before it."""

conversation = table(
    "conversation", key(), words("user_id"), at("created_at"), at("updated_at"), words("title"), document("state"), writer="app"
)
"""What a conversation is about: the last plan, filters and evidence, so that a follow-up can build on it."""
