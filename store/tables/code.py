"""Repositories, pull requests and what happened to them."""

from sqlalchemy import Column, Integer, Text

from store.tables.base import at, document, flag, key, large, maybe, names, table, whole, words

service = table(
    "service",
    key(),
    words("key", required=True),
    words("name"),
    words("owner_team_id"),
    words("source"),
    words("deployment_source"),
    words("deployment_environment"),
    words("deployment_workflow"),
    words("deployment_branch"),
    words("deployment_tag"),
    words("chosen_source"),
)
"""`id` = `service:{key}`; `source`: yaml, repository (the default, one per repository) or given.

`deployment_*` is what pulse.yaml says (`auto` without it); `chosen_source` is what R1 made of it, null when there is no deployment source.
"""

repository = table(
    "repository",
    key(),
    words("site", required=True),
    words("full_name", required=True),
    words("name", required=True),
    words("owner"),
    words("default_branch"),
    flag("archived"),
    flag("fork"),
    flag("private"),
    words("description"),
    words("url"),
    at("created_at"),
    at("pushed_at"),
    at("updated_at"),
    at("deleted_at"),
    document("activity"),
    indexes=[("full_name",)],
)
"""`id` = `{site}:repo:{database id}`: renames and transfers keep it. `activity`: the newest change of each kind of part, as seen upstream."""

former_repository_name = table("former_repository_name", key("name"), key("repo_id"), at("until_at", required=True))
"""Names, in lower case, that repositories bore before they were renamed or transferred: texts go on mentioning them. Written by the database
itself when a name changes, together with the keys of the issues. The view `repository_called` has them with the names of today."""

service_repository = table(
    "service_repository",
    key("service_id"),
    key("repo_id"),
    Column("path_prefix", Text, primary_key=True, server_default=""),
    indexes=[("repo_id",)],
)

pull_request = table(
    "pull_request",
    key(),
    words("site", required=True),
    words("repo_id", required=True),
    Column("number", Integer, nullable=False),
    words("title"),
    words("body"),
    words("author_id"),
    words("author_login"),
    words("author_type"),
    words("state", required=True),
    at("created_at", required=True),
    at("updated_at"),
    flag("created_as_draft"),
    flag("is_draft"),
    at("merged_at"),
    at("closed_at"),
    words("merged_by_id"),
    words("merge_commit_sha"),
    words("base_ref"),
    words("base_sha"),
    words("head_ref"),
    words("head_sha"),
    words("head_repo_id"),
    whole("additions"),
    whole("deletions"),
    whole("changed_files"),
    names("labels"),
    names("assignee_ids"),
    at("last_activity_at"),
    flag("files_truncated"),
    words("reverts_pr_id"),
    words("url"),
    at("deleted_at"),
    indexes=[("repo_id", "number"), ("repo_id", "head_ref"), ("repo_id", "merged_at"), ("merge_commit_sha",), ("author_id",)],
)
"""`id` = `{site}:pr:{database id}`; `state`: open, merged or closed; `author_id`, `merged_by_id`, `assignee_ids` are identity ids."""

pr_event = table(
    "pr_event",
    key(),
    words("pr_id", required=True),
    words("kind", required=True),
    at("at", required=True),
    words("actor_id"),
    words("actor_login"),
    indexes=[("pr_id", "at")],
)
"""`kind`: ready_for_review, converted_to_draft, push, review_requested, reopened, closed, commented."""

pr_file = table("pr_file", key("pr_id"), key("path"), whole("additions"), whole("deletions"), maybe("generated"), words("change_type"))

review = table(
    "review",
    key(),
    words("pr_id", required=True),
    words("reviewer_id"),
    words("reviewer_login"),
    words("reviewer_type"),
    words("state", required=True),
    at("submitted_at", required=True),
    words("commit_sha"),
    indexes=[("pr_id", "submitted_at")],
)
"""`state`: approved, changes_requested, commented or dismissed; pending reviews are not stored."""

commit = table(
    "commit",
    key("repo_id"),
    key("sha"),
    words("author_id"),
    words("author_name"),
    words("author_email"),
    words("author_login"),
    at("authored_at"),
    at("committed_at"),
    names("parents"),
    words("message"),
    maybe("on_default_branch"),
    indexes=[("sha",), ("author_id",)],
)
"""`author_id`: identity id of the account, else `git:{e-mail}`."""

pr_commit = table("pr_commit", key("pr_id"), key("sha"), whole("position"), indexes=[("sha",)])
"""Commits of a pull request in their order; position counts from 0."""

comment = table(
    "comment",
    key(),
    words("site", required=True),
    words("repo_id"),
    words("belongs_to", required=True),
    whole("number"),
    words("pr_id"),
    words("review_id"),
    words("author_id"),
    words("author_login"),
    at("created_at"),
    at("updated_at"),
    words("commit_sha"),
    words("path"),
    indexes=[("repo_id", "number")],
)
"""Comments read on demand; `belongs_to`: issue, pull_request or review (a comment on a line)."""

issue_event = table(
    "issue_event",
    key(),
    words("site", required=True),
    words("issue_id", required=True),
    words("kind", required=True),
    at("at", required=True),
    words("actor_id"),
    words("actor_login"),
    indexes=[("issue_id", "at")],
)
"""Events of GitHub issues read on demand, in GitHub's words."""

issue_pr = table("issue_pr", key("issue_id"), key("pr_id"), words("link_kind"), indexes=[("pr_id",)])
"""R13 links; `link_kind`: branch, title, commit, closing_keyword or development."""

pr_mention = table("pr_mention", key("pr_id"), key("link_kind"), key("key"), indexes=[("key",)])
"""Derived: issue keys that a pull request names and no stored issue has yet."""

pr_revert = table(
    "pr_revert",
    key("pr_id"),
    words("repo_id"),
    words("given_reverts"),
    words("repo"),
    large("number"),
    words("sha"),
    indexes=[("number",), ("repo_id",)],
)
"""Derived: pull requests that take back another, and what they call it: its id, its number (in `repo`, else their own), or a commit's sha."""
