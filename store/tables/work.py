"""Issues, their history, boards, sprints and versions."""

from sqlalchemy import Column, DateTime, Index

from store.tables.base import at, document, flag, key, large, names, number, table, whole, words

project = table(
    "project",
    key(),
    words("site", required=True),
    words("source", required=True),
    words("key", required=True),
    words("name"),
    words("lead_id"),
    words("style"),
    flag("archived"),
    at("deleted_at"),
    words("url"),
)
"""A Jira project, or for GitHub issues the repository (`key` = full name)."""

status = table(
    "status",
    key(),
    words("site", required=True),
    words("external_id", required=True),
    words("name", required=True),
    words("category", required=True),
    words("kind"),
    words("project_id"),
)
"""`category`: todo, in_progress or done; `kind`: active or waiting (R11)."""

field = table(
    "field",
    key(),
    words("site", required=True),
    words("external_id", required=True),
    words("name", required=True),
    words("schema_type"),
    words("original_name"),
    words("schema_custom"),
    words("role"),
    flag("custom"),
)
"""Jira fields; `role`: what Pulse uses it for (story_points, sprint, team, epic_link, …), found by schema or by pulse.yaml."""

board = table(
    "board", key(), words("site", required=True), words("external_id", required=True), words("name"), words("type"), words("project_id")
)

issue = table(
    "issue",
    key(),
    words("site", required=True),
    words("source", required=True),
    words("key", required=True),
    words("project_id"),
    words("project_key"),
    words("title"),
    words("body"),
    words("type"),
    words("type_id"),
    words("level", required=True),
    words("priority"),
    words("priority_id"),
    words("status"),
    words("status_id"),
    words("category", required=True),
    words("resolution"),
    at("resolved_at"),
    at("created_at", required=True),
    at("updated_at"),
    words("creator_id"),
    words("reporter_id"),
    words("assignee_id"),
    number("points"),
    words("team_name"),
    words("team_id"),
    words("parent_id"),
    words("epic_id"),
    words("parent_key"),
    words("epic_key"),
    names("sprint_ids"),
    names("labels"),
    names("components"),
    names("fix_versions"),
    words("found_in"),
    words("severity"),
    words("cause"),
    words("service_name"),
    at("impact_start_at"),
    at("impact_end_at"),
    words("caused_by_ref"),
    words("work_class_field"),
    words("initiative"),
    at("original_target_at"),
    at("target_at"),
    number("cod_per_week"),
    at("due_at"),
    flag("flagged"),
    words("duplicate_of"),
    document("custom"),
    number("original_estimate_s"),
    number("spent_s"),
    whole("comments"),
    whole("changes"),
    flag("has_history", default=True),
    words("url"),
    at("deleted_at"),
    indexes=[("key",), ("project_id",), ("epic_id",), ("parent_id",), ("epic_key",), ("updated_at",)],
)
"""`id` = `{site}:issue:{id}`; `source`: jira or github; `level`: epic, item or subtask; `category`: todo, in_progress or done; `custom`: other mapped fields;
`epic_key`: the epic where only its key is known; `sprint_ids`: Jira's ids of the sprints the issue is or was in; `changes`: entries of its history."""

Index("ix_issue_subtask", issue.c.id, postgresql_include=["parent_id"], postgresql_where=issue.c.level == "subtask")

issue_transition = table(
    "issue_transition",
    key(),
    words("issue_id", required=True),
    at("at", required=True),
    large("position"),
    words("from_status"),
    words("to_status"),
    words("from_status_id"),
    words("to_status_id"),
    words("from_category"),
    words("to_category", required=True),
    words("to_kind"),
    words("actor_id"),
    words("actor_name"),
    words("changelog_id"),
    indexes=[("issue_id", "at", "position")],
)
"""Status changes; `position` orders equal instants (the number of the history entry); `actor_name` only where the author has no account.

Creation is not a row: an issue begins in todo unless its first change says otherwise."""

issue_field_change = table(
    "issue_field_change",
    key(),
    words("issue_id", required=True),
    words("field", required=True),
    at("at", required=True),
    large("position"),
    words("field_id"),
    words("field_name"),
    words("field_type"),
    words("old"),
    words("new"),
    words("old_id"),
    words("new_id"),
    words("actor_id"),
    words("actor_name"),
    words("changelog_id"),
    indexes=[("issue_id", "at"), ("field",)],
)
"""Every other change of the changelog; `field` is Pulse's role name (story_points, sprint, assignee, …) or Jira's field name.

Changes of `key` tell what a moved issue was called before: the view `issue_called` has these keys with those of today.
"""

Index("ix_issue_former_key", issue_field_change.c.old, postgresql_where=issue_field_change.c.field == "key")

work_interval = table(
    "work_interval",
    key("issue_id"),
    Column("from_at", DateTime(timezone=True), primary_key=True),
    words("assignee_id"),
    at("to_at"),
    indexes=[("to_at",)],
)
"""Derived: spans in progress, active, assigned to that person."""

sprint = table(
    "sprint",
    key(),
    words("site", required=True),
    words("external_id", required=True),
    words("board_id"),
    words("team_id"),
    words("name"),
    words("state", required=True),
    words("goal"),
    at("started_at"),
    at("planned_end_at"),
    at("completed_at"),
    indexes=[("board_id", "completed_at")],
)
"""`state`: future, active or closed."""

sprint_issue = table(
    "sprint_issue",
    key("sprint_id"),
    key("issue_id"),
    Column("added_at", DateTime(timezone=True), primary_key=True),
    at("removed_at"),
    number("points_at_start"),
    number("points_at_end"),
    indexes=[("issue_id",)],
)
"""One row per stay of an issue in a sprint, rebuilt from the changelog."""

milestone = table(
    "milestone",
    key(),
    words("site"),
    words("kind", required=True),
    words("external_id"),
    words("project_id"),
    words("name"),
    at("original_target_at"),
    at("target_at"),
    at("started_at"),
    at("done_at"),
    flag("cancelled"),
    flag("archived"),
    words("url"),
)
"""`kind`: jira_version, github_release, github_milestone or epic."""

worklog = table(
    "worklog",
    key(),
    words("issue_id", required=True),
    words("author_id"),
    words("update_author_id"),
    at("started_at"),
    number("seconds"),
    words("time_spent"),
    at("created_at"),
    at("updated_at"),
    indexes=[("issue_id",)],
)
"""`seconds` is null where the source cannot say; never guessed."""

issue_link = table(
    "issue_link",
    key(),
    words("issue_id", required=True),
    words("owner"),
    words("kind", required=True),
    words("direction"),
    words("other_id"),
    words("other_key"),
    words("type_id"),
    words("relationship"),
    words("inward"),
    words("outward"),
    words("sha"),
    words("url"),
    words("title"),
    indexes=[("issue_id",), ("owner",)],
)
"""Links between issues and remote links; `direction`: inward, outward or remote; `kind` of a remote one: commit, pull_request or link.

`owner` is the issue whose record names the link (replaced with it), or `{issue_id}:remote`; `sha`: the commit a remote link points at.
"""

team_cost = table("team_cost", key("team_id"), key("month"), number("amount"), words("currency"))
"""Optional import; `month` as YYYY-MM."""
