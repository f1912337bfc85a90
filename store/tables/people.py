"""Who works here: persons, their identities at the sources, teams and memberships over time."""

from sqlalchemy import Column, DateTime

from store.tables.base import at, document, flag, key, maybe, names, number, table, whole, words

person = table("person", key(), words("display_name"), words("author_type", required=True), at("active_from"), at("active_to"))
"""`author_type`: human, ai_agent or bot."""

identity = table(
    "identity",
    key(),
    words("site", required=True),
    words("source", required=True),
    words("external_id", required=True),
    words("person_id"),
    words("login"),
    words("display_name"),
    words("email"),
    words("verified_email"),
    words("company"),
    words("account_type"),
    words("author_type"),
    words("time_zone"),
    maybe("active"),
    words("match_rule"),
    words("confirmed_by"),
    indexes=[("person_id",), ("login",)],
)
"""An account at jira, github or git; `author_type` is derived (R10). `id` = `{site}:user:{external id}`; git authors `git:{e-mail, lower case}`."""

identity_organization = table("identity_organization", key("identity_id"), key("organization"))
"""Organisations that a user shows to belong to; `identity_id` = `{site}:login:{login}` where only the login is known."""

team = table(
    "team",
    key(),
    words("key", required=True),
    words("name", required=True),
    words("parent_team_id"),
    words("timezone"),
    words("source", required=True),
    words("external_id"),
    names("github_teams"),
    names("jira_projects"),
)
"""`id` = `team:{key}`; `source`: yaml, github or import."""

team_member = table(
    "team_member",
    key("team_id"),
    key("person_id"),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    at("valid_to"),
    number("allocation"),
    flag("is_primary", default=True),
    words("source"),
    indexes=[("person_id",)],
)
"""Half-open membership [valid_from, valid_to); a move adds a row and never rewrites the past. Unknown beginnings are -infinity-like 1970-01-01."""

primary_team = table(
    "primary_team",
    key("person_id"),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    at("to_at"),
    words("team", required=True),
)
"""Derived: to which team (its key) the work of a person counted from when to when; half-open, `to_at` is infinity for the present one."""

identity_suggestion = table("identity_suggestion", key("identity_a"), key("identity_b"), words("rule", required=True), whole("bearers"))
"""R8: two accounts of different persons that may belong together, to be confirmed by somebody; `rule`: equal_name, which `bearers` persons have."""

source_team = table(
    "source_team", key(), words("site", required=True), words("key", required=True), words("name"), words("parent_id"), words("external_id")
)
"""A GitHub team as it stands now; `id` = `{site}:team:{database id}`, `key` its slug, `external_id` `organisation/slug`."""

source_team_member = table("source_team_member", key("team_id"), key("identity_id"))
"""Who is in a GitHub team now."""

source_team_repository = table("source_team_repository", key("team_id"), key("repo_id"), words("permission"))
"""Which repositories a GitHub team may use; `permission` in GitHub's words (admin, maintain, push, triage, pull)."""

mapping_decision = table(
    "mapping_decision",
    key(),
    words("kind", required=True),
    words("subject", required=True),
    words("object", required=True),
    words("decision", required=True),
    number("score"),
    document("evidence"),
    words("decided_by"),
    at("decided_at", required=True),
    words("undone_by"),
    at("undone_at"),
    writer="app",
    also="etl",
    indexes=[("kind", "subject")],
)
"""What a person decided about a proposed mapping. `kind`: identity (two accounts are one person) or membership (a person is in a team);
`decision`: accepted or rejected; an undone one counts no more and stays for the record."""
